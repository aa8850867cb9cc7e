import { expect, test } from "vitest";
import { type Machine, topsheet } from "../rig/in-process.ts";

const GOOD = "topsheet: 1\ncampaign: c\nshots:\n  - { id: a, model: kling-v3-pro, prompt: été }\n";
const bytes = (text: string) => new TextEncoder().encode(text);

type File = NonNullable<Machine["files"]>[string];

async function check(name: string, file?: File) {
  return await topsheet(["check", name], file === undefined ? {} : { files: { [name]: file } });
}

test.for([
  ["a byte order mark", bytes(`\ufeff${GOOD}`)],
  ["CRLF", bytes(GOOD.replaceAll("\n", "\r\n"))],
  ["both", bytes(`\ufeff${GOOD.replaceAll("\n", "\r\n")}`)],
  ["no line break at the end", bytes(GOOD.trimEnd())],
  ["--- and ...", bytes(`---\n${GOOD}...\n`)],
] as const)("accepts %s", async ([, file]) => {
  expect(await check("m.yaml", file)).toMatchObject({ code: 0, out: "1 line, no mistakes.\n" });
});

test.for([
  ["Latin-1", Uint8Array.from(Buffer.from(GOOD, "latin1")), /UTF-8/],
  ["half a character", Uint8Array.from([...bytes(GOOD), 0xe2, 0x82]), /UTF-8/],
  [
    "UTF-16 with a mark",
    Uint8Array.from(Buffer.from(`\ufeff${GOOD}`, "utf16le")),
    /UTF-16, not UTF-8/,
  ],
  ["UTF-16 without one", Uint8Array.from(Buffer.from(GOOD, "utf16le")), /UTF-16|UTF-8/],
  ["an escape character", bytes(`${GOOD}x-a: \u001b[2J\n`), /U\+001B/],
  ["a zero byte", bytes(`${GOOD}x-a: \u0000\n`), /U\+0000/],
  ["nothing", bytes(""), /empty/],
  ["only a mark", bytes("\ufeff"), /empty/],
  ["only blanks", bytes("  \n\n"), /empty/],
  ["only a remark", bytes("# shots\n"), /empty/],
  ["null", bytes("~\n"), /empty/],
  ["a word", bytes("shots\n"), /a manifest starts with the line topsheet: 1/],
  ["a list", bytes("- shots\n"), /a manifest starts with the line topsheet: 1/],
  ["a folder", { fault: "directory" }, /is a folder/],
  ["a file that may not be read", { fault: "denied" }, /may not be read/],
  ["a file too large", { fault: "too-large", most: 16 * 1024 * 1024 }, /larger than 16 MiB/],
] as const)("reports one mistake and exits with 2: %s", async ([, file, says]) => {
  const { code, out, err } = await check("m.yaml", file);
  expect(code).toBe(2);
  expect(err).toBe("");
  expect(out).toMatch(says);
  expect(out).toContain("1 error\n");
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("suggests the nearest name for a file that does not exist", async () => {
  const { code, out } = await topsheet(["check", "shotz.yaml"], { files: { "shots.yaml": GOOD } });
  expect(code).toBe(2);
  expect(out).toBe(
    'error: there is no file shotz.yaml\n  hint: did you mean "shots.yaml"?\n\n1 error\n',
  );
});

test("checks every file, whatever is wrong with the first", async () => {
  const files = { "b.yaml": "topsheet: 2\n", "c.yaml": GOOD.replace("prompt", "promt") };
  const { out } = await topsheet(["check", "a.yaml", "b.yaml", "c.yaml"], { files });
  for (const one of ["there is no file a.yaml", "b.yaml:1:11: ", "c.yaml:4:35: "])
    expect(out).toContain(one);
});

test.for(["\u001b[2J.yaml", "a\nb.yaml", "\u202elmay.yaml", "\u009b2J.yaml"])(
  "escapes control characters in a file's name: %j",
  async (name) => {
    for (const file of [
      undefined,
      bytes("\u00e9\n"),
      Uint8Array.of(0xff, 0xfe),
      Uint8Array.of(0xe9),
      { fault: "directory" },
    ] as const) {
      const { code, out } = await check(name, file);
      expect(code).toBe(2);
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(out.split("\n")[0]).toMatch(/error: /);
    }
    const near = await topsheet(["check", `${name}x`], { files: { [name]: GOOD } });
    expect(near.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  },
);
