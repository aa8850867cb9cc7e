/**
 * Milliseconds of the processor that this process has used. What must not grow with the square of its input is measured
 * by this: the wall's clock also counts what a busy machine does for others.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
