import type { Files } from "../delivery/video-store.ts";
import { makeFolder, readFile, receiveFile, renameFile, hashFile, writeFile } from "../disk.ts";

/** The disk, as the port of the video store. */
export const STORE_FILES: Files = {
  folder: makeFolder,
  receive: receiveFile,
  sum: hashFile,
  rename: renameFile,
  read: readText,
  write: async (path, text, isOurs) => {
    const there = await readText(path);
    if (there !== null && !isOurs(there)) {
      return `${path} is there already and is something else`;
    }
    const fault = await writeFile(path, text);
    if (fault === null) return null;
    const { describeDiskFault } = await import("./load.ts");
    return describeDiskFault(path, fault, "write").message;
  },
};

async function readText(path: string): Promise<string | null> {
  const there = await readFile(path);
  return there instanceof Uint8Array ? new TextDecoder().decode(there) : null;
}
