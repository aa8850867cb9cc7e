import { type Output, topsheet } from "../../rig/in-process.ts";

/** `topsheet import` of one file: what was said, and the manifest on standard output. */
export async function importSheet(
  sheet: string | Uint8Array,
  options: readonly string[] = [],
  name = "shots.csv",
): Promise<Output> {
  return await topsheet(["import", name, ...options], { files: { [name]: sheet } });
}
