import { CronPattern } from "croner";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cron, readCron } from "../../src/manifest/cron.ts";

test.for<readonly [string, Partial<Cron>]>([
  ["0 1 * * 1-5", { minutes: [0], hours: [1], weekdays: [1, 2, 3, 4, 5], anyDay: true }],
  ["*/15 8-10 1,15 * *", { minutes: [0, 15, 30, 45], hours: [8, 9, 10], days: [1, 15] }],
  ["5-59/20 0 * JAN-mar *", { minutes: [5, 25, 45], months: [1, 2, 3] }],
  ["0 0 * * fri-sun", { weekdays: [0, 5, 6] }],
  ["0 0 * * 0,7", { weekdays: [0] }],
  ["  0  0\t29 2 *  ", { days: [29], months: [2], anyWeekday: true, anyDay: false }],
  ["0 0 30 2 1", { days: [30], weekdays: [1] }],
])("reads the cron line %s", ([text, expected]) => {
  expect(readCron(text)).toMatchObject({ ok: true, value: expected });
});

test.for([
  ["0 0 1 * * *", "with no seconds and no year"],
  ["0 0 1 * * * 2027", "with no seconds and no year"],
  ["@daily", "five fields"],
  ["", "five fields"],
  ["0 1 * *", "five fields"],
  ["60 1 * * *", "minutes are 0 to 59"],
  ["0 24 * * *", "hours are 0 to 23"],
  ["0 22-2 * * *", "hours are 0 to 23"],
  ["0 1 0 * *", "days of the month are 1 to 31"],
  ["0 1 L * *", "days of the month are 1 to 31"],
  ["0 1 ? * *", "days of the month are 1 to 31"],
  ["0 1 15W * *", "days of the month are 1 to 31"],
  ["0 1 * 13 *", "months are 1 to 12"],
  ["0 1 * * 8", "days of the week"],
  ["0 1 * * MON#2", "days of the week"],
  ["0 1 * * TEU", "days of the week"],
  ["5/15 1 * * *", "minutes are 0 to 59"],
  ["*/0 1 * * *", "minutes are 0 to 59"],
  ["*/61 1 * * *", "minutes are 0 to 59"],
  ["1,,2 1 * * *", "minutes are 0 to 59"],
  ["+1 1 * * *", "minutes are 0 to 59"],
  ["0 0 30 2 *", "no such month has such a day"],
  ["0 0 31 4,6,9,11 *", "no such month has such a day"],
] as const)("refuses the cron line %s", ([text, why]) => {
  const read = readCron(text);
  expect(read.ok ? "read" : read.problem).toContain(why);
});

const names = { month: "JAN FEB mar".split(" "), day: "SUN mon TUE".split(" ") };

const field = (
  least: number,
  most: number,
  words: readonly string[] = [],
): fc.Arbitrary<string> => {
  const number = fc.integer({ min: least, max: most });
  const step = fc.integer({ min: 1, max: most - least + 2 });
  const range = fc.tuple(number, number).map((ends) => ends.toSorted((a, b) => a - b).join("-"));
  const part = fc.oneof(
    { weight: 4, arbitrary: number.map(String) },
    { weight: 4, arbitrary: fc.constant("*") },
    { weight: 4, arbitrary: range },
    { weight: 2, arbitrary: fc.tuple(range, step).map(([ends, by]) => `${ends}/${by}`) },
    { weight: 2, arbitrary: step.map((by) => `*/${by}`) },
    { weight: 1, arbitrary: fc.constantFrom("L", "?", "W", "#", "", "1/2", "a", "1-2-3", "*-5") },
    ...(words.length > 0 ? [{ weight: 2, arbitrary: fc.constantFrom(...words) }] : []),
  );
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));
};

test("croner reads every cron line the way it is read here", () => {
  let read = 0;
  fc.assert(
    fc.property(
      fc.tuple(
        field(0, 59),
        field(0, 23),
        field(1, 31),
        field(1, 12, names.month),
        field(0, 7, names.day),
      ),
      (fields) => {
        const text = fields.join(" ");
        const cron = readCron(text);
        if (!cron.ok) return;
        const ours = cron.value;
        read += 1;
        const theirs = new CronPattern(text, undefined, { mode: "5-part" });
        const on = (flags: readonly number[], first = 0): number[] =>
          flags.flatMap((flag, index) => (flag > 0 ? [index + first] : []));
        expect(ours.minutes).toEqual(on(theirs.minute));
        expect(ours.hours).toEqual(on(theirs.hour));
        expect(ours.days).toEqual(on(theirs.day, 1));
        expect(ours.months).toEqual(on(theirs.month, 1));
        expect(ours.weekdays).toEqual(on(theirs.dayOfWeek.slice(0, 7)));
        expect(ours.anyDay).toBe(theirs.starDOM);
        expect(ours.anyWeekday).toBe(theirs.starDOW);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(read).toBeGreaterThan(100);
});
