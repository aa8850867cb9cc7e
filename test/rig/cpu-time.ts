/**
 * Returns the milliseconds of processor time that this process has used. A time limit is checked against it, because real
 * time also counts what a busy machine does for others.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
