import { printable, shortened } from "../diagnostics/printable.ts";
import { cents } from "../money/usd.ts";
import { duration } from "../report/duration.ts";
import { type RunBoard, share } from "./run-board.ts";

const BAR = 24;
const MOST_ACTIVE = 12;

/** A bar of lines, a bar of money, and each line that is under way. */
export function runPicture(board: RunBoard, width: number, rehearsal: boolean): string {
  const { done, failed, total, spent, held, left, active } = board;
  const over = done + failed;
  const remaining = board.timeLeft();
  const wait = remaining === null ? "" : ` · about ${duration(remaining)} left`;
  const lines = `${bar([total === 0 ? 1 : over / total])} ${over} of ${total} lines${failed === 0 ? "" : `, ${failed} not made`}${wait}`;
  const all = board.planned;
  const money = `${bar([share(spent, all), share(held, all)])} ${cents(spent)} spent · ${cents(held)} held · ${cents(left)} left`;
  const shown = active.slice(0, MOST_ACTIVE).map((line) => {
    const took = duration(board.since(line));
    const usual = line.usually === null ? "" : ` of about ${duration(line.usually)}`;
    return `  ${shortened(printable(line.key), 48)} · ${line.stage} · ${took}${usual}`;
  });
  const more = active.length > MOST_ACTIVE ? [`  and ${active.length - MOST_ACTIVE} more`] : [];
  const title = rehearsal ? ["REHEARSAL"] : [];
  return [...title, lines, money, ...shown, ...more]
    .map((line) => shortened(line, Math.max(20, width - 1)))
    .join("\n");
}

/** Shares of one bar, each with a mark of its own. */
function bar(shares: readonly number[]): string {
  const marks = ["█", "▒"];
  let text = "";
  for (const [index, part] of shares.entries())
    text += (marks[index] ?? "░").repeat(Math.round(part * BAR));
  return text.slice(0, BAR).padEnd(BAR, "░");
}
