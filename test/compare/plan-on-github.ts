import { type Machine, type Output, topsheet } from "../rig/in-process.ts";

/** `topsheet plan --format github` over these files, all of which it is given. */
export async function planOnGitHub(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  machine: Machine = {},
): Promise<Output> {
  return await topsheet(["plan", ...Object.keys(files), "--format", "github", ...args], {
    files,
    ...machine,
  });
}
