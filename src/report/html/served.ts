import type { UnderWay } from "./under-way.ts";

/** What a page has beside its own while it is served. */
export interface Served {
  /** The one script that may run: nothing that a person wrote. */
  readonly script: string;
  /** Its Content-Security-Policy, which lets that script run and no other. */
  readonly policy: string;
  readonly underWay: readonly UnderWay[];
}
