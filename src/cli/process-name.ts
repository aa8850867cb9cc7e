import { hostname } from "node:os";

/** Names this process for people. */
export function processName(): string {
  return JSON.stringify([hostname(), process.pid]);
}

/** A process as a person knows it: what its machine is called, and its number there. */
export function processInWords(name: string): { readonly machine: string; readonly pid: string } {
  const [where, pid] = readName(name);
  if (where === null || pid === null) return { machine: name, pid: "" };
  // Older versions wrote the boot and the namespace behind the machine's name.
  return { machine: where.split(" ", 1).join(""), pid: String(pid) };
}

function readName(name: string): readonly [string | null, number | null] {
  try {
    const read: unknown = JSON.parse(name);
    const [where, pid]: unknown[] = Array.isArray(read) ? read : [];
    return [typeof where === "string" ? where : null, typeof pid === "number" ? pid : null];
  } catch {
    return [null, null];
  }
}
