// GitHub takes 65,536 characters of a comment and 1 MiB of a step's summary, to which other programs add too.
// These limits are in bytes of UTF-8, which are never fewer than characters.
const MOST_OF_A_COMMENT = 60_000;
const MOST_OF_A_SUMMARY = 250_000;

const OPEN = /^<details>/;
const CLOSED = /^<\/details>/;

/**
 * Makes a comment's body. Its first line, which no one sees, lets the next job find the comment. It names the campaign, or
 * `-`, which no campaign is called, if that cannot be read.
 */
export function makeCommentBody(campaign: string, markdown: string): string {
  const marker = `<!-- topsheet:${campaign === "" ? "-" : campaign} -->`;
  return `${marker}\n${cutMarkdown(markdown, MOST_OF_A_COMMENT)}`;
}

/** Makes the part that is appended to a step's summary, which may not end with a line break. */
export function makeSummaryPart(markdown: string): string {
  return `\n${cutMarkdown(markdown, MOST_OF_A_SUMMARY)}`;
}

/** Cuts Markdown to a number of bytes, at the end of a line, closes what is open, and says that it was cut. */
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
