import { printable, shortened } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import type { FetchEnd } from "../run/fetch-videos.ts";

const MEGA = 1_000_000;

/** How fetching stands: what is on its way, and how much of it came. */
export class FetchBoard {
  readonly #total: number;
  readonly #coming = new Map<string, { readonly key: string; readonly bytes: number }>();
  #over = 0;

  constructor(total: number) {
    this.#total = total;
  }

  coming({ id, key }: Hold, bytes: number): void {
    this.#coming.set(id, { key, bytes });
  }

  over({ id }: Hold): void {
    this.#coming.delete(id);
    this.#over += 1;
  }

  picture(width: number): string {
    const coming = [...this.#coming.values()].map(
      ({ key, bytes }) => `  ${shortened(printable(key), 48)} · ${(bytes / MEGA).toFixed(1)} MB`,
    );
    return [`${this.#over} of ${this.#total} videos looked at`, ...coming]
      .map((line) => shortened(line, Math.max(20, width - 1)))
      .join("\n");
  }
}

/** One line about a video; null where it was here all the time. `bad` is told even when quiet. */
export function fetchedText(
  { key }: Hold,
  end: FetchEnd,
): { readonly text: string; readonly bad: boolean } | null {
  const name = printable(key);
  switch (end.is) {
    case "here":
    case "left":
      return null;
    case "fetched": {
      const { aside } = end;
      const { path, warnings } = end.delivery;
      const kept = aside === null ? "" : `; what had changed there is kept as ${printable(aside)}`;
      const but = warnings.length === 0 ? "" : `, but: ${warnings.map(printable).join("; ")}`;
      return {
        text: `${name} is in ${printable(path)}${kept}${but}`,
        bad: aside !== null || warnings.length > 0,
      };
    }
    case "not-here":
      return { text: `${name} is not here: ${printable(shortened(end.why, 300))}`, bad: true };
  }
}
