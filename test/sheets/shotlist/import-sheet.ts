import { type Output, topsheet } from "../../rig/in-process.ts";

/** Runs `topsheet import` on one file; the manifest is on standard output. */
export async function importSheet(
  sheet: string | Uint8Array,
  options: readonly string[] = [],
  name = "shots.csv",
): Promise<Output> {
  return await topsheet(["import", name, ...options], { files: { [name]: sheet } });
}
