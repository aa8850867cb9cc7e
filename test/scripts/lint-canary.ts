// A type-aware lint that sees no types passes everything. Here each comment silences one real
// mistake; when the rule behind it stops working, `npm run lint` fails for the unused comment.

type Outcome = "bought" | "refused";

function floats(): void {
  // oxlint-disable-next-line typescript/no-floating-promises
  Promise.resolve();
}

function forgets(outcome: Outcome): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (outcome) {
    case "bought":
      return "paid";
  }
  return "free";
}

export const canaries = [floats, forgets];
