// The script a user would write in place of topsheet: yaml, zod and cli-table3, no checks to speak of.
import { readFileSync } from "node:fs";
import Table from "cli-table3";
import { parse } from "yaml";
import { z } from "zod";

const Manifest = z.object({
  topsheet: z.literal(1),
  campaign: z.string(),
  shots: z.array(
    z.object({
      id: z.string(),
      model: z.string(),
      prompt: z.string(),
      duration: z.number().min(3).max(15),
    }),
  ),
});

const manifest = Manifest.parse(parse(readFileSync(process.argv[2], "utf8")));
const table = new Table({ head: ["shot", "seconds", "cost"] });
let total = 0;
for (const { id, duration } of manifest.shots) {
  table.push([id, duration, (duration * 0.14).toFixed(2)]);
  total += duration * 14;
}
console.log(table.toString());
console.log(`total $${(total / 100).toFixed(2)}`);
