/** What the program tells a script by leaving. The README's table is made from these words. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrong: 2,
  overBudget: 3,
} as const;

export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.done, "done"],
  [
    EXIT.failed,
    "something failed that is neither your manifest nor your command: a full disk, a bug",
  ],
  [EXIT.wrong, "the manifest or the command is wrong; nothing was planned"],
  [EXIT.overBudget, "the plan does not fit under a cap"],
];
