import {
  formatDuration,
  toPrintable,
  quoteForShell,
  shorten,
} from "../../diagnostics/printable.ts";
import type { LineFile } from "../../disk.ts";
import { dollars, exact, type MicroUsd, NOTHING } from "../../money.ts";
import { describeUnapproved } from "../../report/approvals.ts";
import type { RunEvent } from "../../run/events.ts";
import type { Buying, Shell } from "../shell.ts";

/** Describes an event in one line; returns null if only a progress display shows it. `bad` is printed even when quiet. */
export function describeEvent(
  event: RunEvent,
  campaign: string,
  /** The ledger as a command to paste has to name it; null if it is found without. */
  ledger: string | null,
  timezone: string,
): { readonly text: string; readonly bad: boolean } | null {
  const bad = (text: string) => ({ text, bad: true });
  const plain = (text: string) => ({ text, bad: false });
  switch (event.event) {
    case "started":
    case "reserved":
    case "sending":
    case "waiting":
    case "progress":
    case "downloading":
    case "charge":
    case "cancel":
    case "ended":
      return null;
    case "buried": {
      const what =
        event.state === "unknown" ? "was being sent: its outcome is not known" : "was not sent";
      const text = `${toPrintable(event.key)} ${what} when its run died`;
      return event.state === "unknown" ? bad(text) : plain(text);
    }
    case "taken-up":
      return plain(`${nameLine(event)} resumes: request ${toPrintable(event.request)}`);
    case "unfamiliar-status":
      return bad(
        `${nameLine(event)} has an undocumented status: ${shortenForPeople(event.status)}. It is asked again until --wait is over.`,
      );
    case "submitted":
      return plain(
        `${nameLine(event)} sent for ${dollars(event.line.cost)}: request ${toPrintable(event.request)}`,
      );
    case "settled": {
      const units =
        event.billableUnits === null ? "" : ` for ${toPrintable(event.billableUnits)} units`;
      if (event.excess > NOTHING) {
        return bad(
          `${nameLine(event)} was billed ${dollars(event.spent)}${units}, ${dollars(event.line.cost)} were planned`,
        );
      }
      const made = `${nameLine(event)} is made: ${dollars(event.spent)}`;
      return event.doubt === null
        ? plain(made)
        : bad(`${made}, but: ${shortenForPeople(event.doubt)}`);
    }
    case "delivered": {
      const { path, warnings } = event.delivery;
      const text = `${nameLine(event)} is in ${toPrintable(path)}`;
      return warnings.length === 0
        ? plain(text)
        : bad(`${text}, but: ${warnings.map(toPrintable).join("; ")}`);
    }
    case "undelivered":
      return bad(
        `${nameLine(event)} is paid for, and not here: ${shortenForPeople(event.why)}. Run again to fetch it.`,
      );
    case "released":
      return bad(
        `${nameLine(event)} was not bought: ${shortenForPeople(event.fault.why)}.${describeNextTry(event.again)}`,
      );
    case "failed":
      return bad(
        `${nameLine(event)} failed: ${shortenForPeople(event.fault.why)}. ${describeCharge(event)}${describeNextTry(event.again)}`,
      );
    case "unsent":
      return plain(`${nameLine(event)} was not sent: the run was stopped`);
    case "unknown":
      return bad(
        `${nameLine(event)} may have been bought: ${shortenForPeople(event.fault.why)}. ${dollars(event.line.cost)} stay held.`,
      );
    case "in-flight":
    case "missing":
      return bad(`${nameLine(event)} stays in flight: ${shortenForPeople(event.why)}`);
    case "over-cap": {
      // The reason why the run stops states the same.
      if (event.cap.startsWith("breaker.")) return null;
      const of = event.of === null ? "" : ` ${toPrintable(event.of)}`;
      return bad(
        `${toPrintable(event.key)} is not started: ${dollars(event.used)} of ${toPrintable(event.cap)}${of} ${dollars(event.limit)} are spent or held, it costs ${dollars(event.cost)}`,
      );
    }
    case "not-approved":
      return bad(
        `${toPrintable(event.key)} is not started: ${describeUnapproved(event, event.cost, timezone)}`,
      );
    case "taken":
      return plain(`${toPrintable(event.key)} is ${event.state} in another run`);
    case "pausing":
      return plain(
        `Nothing is sent for ${formatDuration(event.ms)}: ${shortenForPeople(event.why)}`,
      );
    case "stopping":
      return bad(`Nothing more is started: ${shortenForPeople(event.why)}.`);
    case "unwritten": {
      const { line, request, what, why } = event;
      // Names the hold, for the line may have another hold by the time that this is pasted.
      const key = quoteForShell(`${campaign}/${line.hold}`);
      const at = ledger === null ? "" : ` --ledger ${quoteForShell(ledger)}`;
      const paste =
        request === null
          ? ""
          : `\n  Keep this: topsheet resolve ${key} --request-id ${quoteForShell(request)} --by YOU --why "ledger was not writable"${at}`;
      return bad(
        `${nameLine(event)} is ${what}, and the ledger cannot be told: ${shortenForPeople(why)}. Retrying.${paste}`,
      );
    }
    case "written-after-all":
      return plain(`${nameLine(event)} is in the ledger now`);
  }
}

/** Describes, once when a run is over, which prices could not be checked; empty if all could. */
export function describeUncheckedPrices(models: readonly string[]): string {
  if (models.length === 0) return "";
  const price = models.length === 1 ? "this price" : "each price";
  return `What a billable unit costs is not known for ${models.map(toPrintable).join(", ")}: ${price} cannot be checked against a bill.\n`;
}

function nameLine({ line }: { readonly line: { readonly key: string } }): string {
  return toPrintable(line.key);
}

function shortenForPeople(why: string): string {
  return toPrintable(shorten(why, 300));
}

function describeNextTry(another: boolean | null): string {
  return another === true ? " It is tried again." : "";
}

/** Describes what a failure costs, and what is wrong with its bill. */
function describeCharge({
  charge,
  excess,
  doubt,
}: Pick<Extract<RunEvent, { readonly event: "failed" }>, "charge" | "excess" | "doubt">): string {
  const odd = doubt === null ? "" : ` Its bill: ${shortenForPeople(doubt)}.`;
  switch (charge) {
    case "none":
      return `It costs nothing.${odd}`;
    case "unknown":
      return `Whether it was billed is not known; its money stays held.${odd}`;
    case "charged": {
      const more = excess > NOTHING ? `, ${dollars(excess)} more than planned` : "";
      return `It was billed${more}.${odd}`;
    }
  }
}

/** Formats an event as a line of JSON: amounts as decimal text, times in UTC. */
export function formatEventJson(
  event: { readonly event: string; readonly campaign?: string | null },
  at: number,
): string {
  return JSON.stringify({ at: new Date(at).toISOString(), ...event }, (key, value: unknown) =>
    AMOUNTS.has(key) && isAmount(value) ? exact(value) : value,
  );
}

const AMOUNTS = new Set(["cost", "spent", "held", "excess", "limit", "used"]);

function isAmount(value: unknown): value is MicroUsd {
  return Number.isSafeInteger(value);
}

/** Opens a file for events, each on a line. If it cannot be written, one warning is printed and the run continues. */
export async function openEventFile(
  shell: Shell,
  buying: Buying,
  path: string | undefined,
): Promise<{ readonly add: (line: string) => void; readonly close: () => Promise<void> } | null> {
  if (path === undefined) return null;
  const opened = await buying.openLines(path);
  const complain = (): void =>
    shell.err(`warning: events cannot be written to ${toPrintable(path)}\n`);
  if ("fault" in opened) {
    complain();
    return null;
  }
  const file: LineFile = opened;
  let told = false;
  let last = Promise.resolve();
  return {
    add: (line) => {
      last = last.then(async () => {
        if ((await file.add(line)) !== null && !told) {
          told = true;
          complain();
        }
      });
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}
