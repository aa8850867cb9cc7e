import type { Diagnostic } from "./diagnostic.ts";

/** What a step yields, or why it yields nothing: for whatever users cause. Only what we cause ourselves is thrown. */
export type Result<T, E = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: E };

/** Why a request is refused. The command line has an exit code for each kind. */
export interface Problem {
  /**
   * `wrong`: the manifest or the command. `failed`: neither of them, such as a full disk. `declined`: a person who was
   * asked said no. `interrupted`: a person who was asked left.
   */
  readonly kind: "wrong" | "over-budget" | "not-approved" | "failed" | "declined" | "interrupted";
  /** For people, without "error:" before it or a full stop after it. */
  readonly message: string;
  /** Lines to print before the message. */
  readonly details?: readonly string[];
  /** The mistakes in the user's files, to print in place of the message. */
  readonly diagnostics?: readonly Diagnostic[];
}

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function failure<E>(problem: E): { readonly ok: false; readonly problem: E } {
  return { ok: false, problem };
}

export function refused(
  message: string,
  kind: Problem["kind"] = "wrong",
): ReturnType<typeof failure<Problem>> {
  return failure({ kind, message });
}
