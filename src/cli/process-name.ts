import { hostname } from "node:os";
import { systemLink, systemText } from "../disk.ts";

/**
 * Names this process so that another can tell whether it still lives: machine, boot, number and start, for
 * numbers are used again. Only Linux tells the boot and the start; elsewhere the number has to do.
 */
export function processName(): string {
  return JSON.stringify([machine(), process.pid, startOf(process.pid)]);
}

/** Whether the process of that name lives; null where it is another machine's. */
export function lives(name: string): boolean | null {
  const [where, pid, start] = readName(name);
  if (where !== machine() || pid === null) return null;
  if (!isThere(pid)) return false;
  // Without its start it may be another process with the same number: then its lease says.
  return start === null ? null : startOf(pid) === start;
}

/** A process as a person knows it: what its machine is called, and its number there. */
export function processInWords(name: string): { readonly machine: string; readonly pid: string } {
  const [where, pid] = readName(name);
  if (where === null || pid === null) return { machine: name, pid: "" };
  // Behind the name stand its boot and its numbers.
  return { machine: where.split(" ", 1).join(""), pid: String(pid) };
}

function readName(name: string): readonly [string | null, number | null, string | null] {
  try {
    const read: unknown = JSON.parse(name);
    const [where, pid, start]: unknown[] = Array.isArray(read) ? read : [];
    return [
      typeof where === "string" ? where : null,
      typeof pid === "number" ? pid : null,
      typeof start === "string" ? start : null,
    ];
  } catch {
    return [null, null, null];
  }
}

function machine(): string {
  // Two containers may have the same name on the same kernel: a number means another process in each.
  const numbers = systemLink("/proc/self/ns/pid") ?? "";
  return `${hostname()} ${systemText("/proc/sys/kernel/random/boot_id")?.trim() ?? ""} ${numbers}`;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Someone else's process is one all the same.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}

/** When a process began, in ticks since the boot: the 22nd field, counted behind its name, which may hold blanks. */
function startOf(pid: number): string | null {
  const stat = systemText(`/proc/${pid}/stat`);
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  // A zombie only waits to be counted.
  return state === "Z" ? null : (fields[18] ?? null);
}
