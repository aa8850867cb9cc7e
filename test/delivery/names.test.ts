import { basename, join, relative, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { videoPath } from "../../src/delivery/video-path.ts";

const PRINT = "ab12cd34ef567890";

const named = (key: string, campaign = "film"): { folder: string; file: string } =>
  videoPath({ campaign, key, fingerprint: PRINT });

test.for([
  ["hero~t1", "hero~t1.ab12cd34.mp4"],
  [
    "packshot[aspect_ratio=9:16,colour=amber]~t1",
    "packshot[aspect_ratio=9%3A16,colour=amber]~t1.ab12cd34.mp4",
  ],
  ["a/b", "a%2Fb.ab12cd34.mp4"],
  ["a\\b", "a%5Cb.ab12cd34.mp4"],
  ["../../etc/passwd", "%2E%2E%2F..%2Fetc%2Fpasswd.ab12cd34.mp4"],
  ["/etc/passwd", "%2Fetc%2Fpasswd.ab12cd34.mp4"],
  ["C:\\x", "C%3A%5Cx.ab12cd34.mp4"],
  [".hidden", "%2Ehidden.ab12cd34.mp4"],
  ["...", "%2E%2E%2E.ab12cd34.mp4"],
  ["end.", "end%2E.ab12cd34.mp4"],
  ["end ", "end%20.ab12cd34.mp4"],
  ["nul\u0000l", "nul%00l.ab12cd34.mp4"],
  ["line\nfeed", "line%0Afeed.ab12cd34.mp4"],
  ["ä🎬", "%C3%A4%F0%9F%8E%AC.ab12cd34.mp4"],
  ["con", "%63on.ab12cd34.mp4"],
  ["CON.x", "%43ON.x.ab12cd34.mp4"],
  ["Lpt9", "%4Cpt9.ab12cd34.mp4"],
  ["console", "console.ab12cd34.mp4"],
  ['a*b?c"d<e>f|g', "a%2Ab%3Fc%22d%3Ce%3Ef%7Cg.ab12cd34.mp4"],
  ["-rf", "-rf.ab12cd34.mp4"],
  ["", ".ab12cd34.mp4"],
] as const)("names the file of %j: %s", ([key, file]) => {
  expect(named(key)).toEqual({ folder: "film", file });
});

test.for([
  ["..", "%2E%2E"],
  [".", "%2E"],
  ["../up", "%2E%2E%2Fup"],
  ["/root", "%2Froot"],
  ["Aux", "%41ux"],
  ["com1.film", "%63om1.film"],
  ["film.", "film%2E"],
] as const)("gives the campaign %j the folder %s", ([campaign, folder]) => {
  expect(named("a", campaign).folder).toBe(folder);
});

test("has the edition in the name", () => {
  expect(named("hero~t1@2026-11-21T01:00").file).toBe("hero~t1@2026-11-21T01%3A00.ab12cd34.mp4");
});

const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom("a", "A", ".", "/", "\\", "%", " ", ":", "~", "ü", "\u0000") }),
  fc.constantFrom("con", "PRN.txt", "aux", "nul", "COM0", "lpt1", "..", ".", "~", "-"),
);

describe("for any names of campaign and key", () => {
  test("puts the file into a folder directly under the output folder", () => {
    const out = "/work/out";
    fc.assert(
      fc.property(
        anything,
        fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
        (key, campaign) => {
          const { folder, file } = named(key, campaign);
          const path = resolve(join(out, folder, file));
          expect(relative(out, path).split("/")).toEqual([folder, file]);
          expect(basename(path)).toBe(file);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("makes names for any file system: short, plain, neither hidden nor a device", () => {
    fc.assert(
      fc.property(
        anything.filter((key) => key !== ""),
        fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
        (key, campaign) => {
          const { folder, file } = named(key, campaign);
          expect(Buffer.byteLength(file)).toBeLessThanOrEqual(120 + ".ab12cd34.mp4".length);
          for (const name of [folder, file]) {
            expect(name).toMatch(/^[A-Za-z0-9_~=,[\]@%+-][A-Za-z0-9._~=,[\]@%+-]*$/);
            expect(name).not.toMatch(/[. ]$/);
            expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  // Keys percent-encode their parts, so they have no bare %.
  const keys = anything.map((key) => key.replaceAll("%", ""));

  test("gives two keys two names, even if they are long", () => {
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        fc.pre(one.isWellFormed() && other.isWellFormed() && one !== other);
        expect(named(one).file).not.toBe(named(other).file);
        const long = "x".repeat(200);
        expect(named(long + one).file).not.toBe(named(long + other).file);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("gives the same key with other input another name", () => {
  const other = videoPath({
    campaign: "film",
    key: "a",
    fingerprint: "ff".repeat(32),
  });
  expect(other.file).toBe("a.ffffffff.mp4");
  expect(other.file).not.toBe(named("a").file);
});
