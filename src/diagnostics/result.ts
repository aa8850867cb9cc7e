/** What a step yields, or why it yields nothing: for whatever users cause. Only what we cause ourselves is thrown. */
export type Result<T, E = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: E };

/** Why a request is refused. The command line has an exit code for each kind. */
export interface Problem {
  /** `wrong`: the manifest or the command. `failed`: neither of them, such as a full disk. */
  readonly kind: "wrong" | "over-budget" | "not-approved" | "failed";
  /** For people, without "error:" before it or a full stop after it. */
  readonly message: string;
}

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refused(
  message: string,
  kind: Problem["kind"] = "wrong",
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { kind, message } };
}
