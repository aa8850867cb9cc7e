// What an error that was thrown by Node, or by a library, says of itself.

/** Returns an error's code, such as ENOENT; an empty text if it has none. */
export function errorCode(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : "";
}

/** Returns what an error says, or its cause: fetch itself says only "fetch failed". */
export function explainError(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
