import { expect } from "vitest";
import * as z from "zod";
import { topsheet } from "../rig/in-process.ts";

const linesSchema = z.object({
  lines: z.array(
    z.object({
      key: z.string(),
      shot: z.string(),
      scene: z.string().nullable(),
      tags: z.array(z.string()),
      priority: z.number(),
      take: z.number(),
      variant: z.record(z.string(), z.string()),
      model: z.string(),
      input: z.record(z.string(), z.unknown()),
      fingerprint: z.string(),
      ordinal: z.number(),
    }),
  ),
});

export type Line = z.output<typeof linesSchema>["lines"][number];

const complaintsSchema = z.object({
  diagnostics: z.array(
    z.object({
      code: z.string(),
      severity: z.string(),
      message: z.string(),
      file: z.string().nullable(),
      line: z.number().nullable(),
      column: z.number().nullable(),
      hint: z.string().nullable(),
    }),
  ),
});

export type Complaint = z.output<typeof complaintsSchema>["diagnostics"][number];

export const HEAD = "topsheet: 1\ncampaign: test\n";

/** The lines that a manifest makes, as `plan --format json` prints them. */
export async function expandLines(
  body: string,
  options: readonly string[] = [],
): Promise<readonly Line[]> {
  const files = { "m.yaml": HEAD + body };
  const { code, out, err } = await topsheet(["plan", "m.yaml", "--format", "json", ...options], {
    files,
  });
  expect([0, 3], `${out}${err}`).toContain(code);
  return linesSchema.parse(JSON.parse(out)).lines;
}

export async function keysOf(body: string): Promise<readonly string[]> {
  return (await expandLines(body)).map(({ key }) => key);
}

export async function inputOf(body: string): Promise<Readonly<Record<string, unknown>>> {
  const [line] = await expandLines(body);
  return line?.input ?? {};
}

/** Every complaint of `check` about a whole manifest. */
export async function complaintsOf(text: string): Promise<readonly Complaint[]> {
  const { out } = await topsheet(["check", "m.yaml", "--format", "json"], {
    files: { "m.yaml": text },
  });
  return complaintsSchema.parse(JSON.parse(out)).diagnostics;
}

/** Formats complaints as `3:5 message`; lines are counted after the head. */
export async function complaintsAbout(body: string): Promise<readonly string[]> {
  return (await complaintsOf(HEAD + body)).map(
    ({ line, column, message }) => `${(line ?? 0) - 2}:${column} ${message}`,
  );
}
