// GitHub takes 65,536 characters of a comment and 1 MiB of a step's summary, to which other programs add too.
// In bytes of UTF-8, which are never fewer than characters.
const MOST_OF_A_COMMENT = 60_000;
const MOST_OF_A_SUMMARY = 250_000;

const OPEN = /^<details>/;
const CLOSED = /^<\/details>/;

/**
 * A comment's body. Its first line, which no one sees, is how the next one finds it. A manifest so wrong that its
 * campaign cannot be read has none: no campaign is called `-`.
 */
export function makeCommentBody(campaign: string, markdown: string): string {
  const marker = `<!-- topsheet:${campaign === "" ? "-" : campaign} -->`;
  return `${marker}\n${cutMarkdown(markdown, MOST_OF_A_COMMENT)}`;
}

/** Makes the part that is appended to a step's summary, which may not end with a line break. */
export function makeSummaryPart(markdown: string): string {
  return `\n${cutMarkdown(markdown, MOST_OF_A_SUMMARY)}`;
}

/** At most so many bytes, whole lines only, with nothing left open, and saying so. */
export function cutMarkdown(markdown: string, most: number): string {
  if (countBytes(markdown) <= most) return markdown;
  const notice = "**Cut here:** the rest is more than GitHub takes. `--format md` has it all.\n";
  const closing = "\n</details>\n";
  const kept: string[] = [];
  let room = most - countBytes(`\n${notice}${closing}`);
  let open = 0;
  for (const line of markdown.split("\n")) {
    room -= countBytes(line) + 1;
    if (room < 0) break;
    kept.push(line);
    if (OPEN.test(line)) open += 1;
    if (CLOSED.test(line)) open -= 1;
  }
  return `${kept.join("\n")}\n${open > 0 ? closing : ""}\n${notice}`;
}

function countBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
