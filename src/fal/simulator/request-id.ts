import { randomBytes } from "node:crypto";

/** A UUIDv7, as in recorded traffic: the first 48 bits are `now`, in milliseconds UTC. */
export function requestId(now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, "0");
  const rest = randomBytes(10);
  rest[0] = 0x70 | ((rest[0] ?? 0) & 0x0f);
  rest[2] = 0x80 | ((rest[2] ?? 0) & 0x3f);
  const hex = time + rest.toString("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${parts.join("-")}-${hex.slice(20)}`;
}
