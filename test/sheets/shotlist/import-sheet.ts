import { type Told, topsheet } from "../../rig/in-process.ts";

/** `topsheet import` of one file: what was said, and the manifest on standard output. */
export async function imported(
  sheet: string | Uint8Array,
  options: readonly string[] = [],
  name = "shots.csv",
): Promise<Told> {
  return await topsheet(["import", name, ...options], { files: { [name]: sheet } });
}
