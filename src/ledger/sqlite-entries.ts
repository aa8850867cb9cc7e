import { type Fact, writtenFact } from "./entry.ts";
import { folded } from "./held-caps.ts";
import type { Surroundings } from "./ledger.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** Adds entries to a ledger's file, inside a transaction. */
export class SqliteEntries {
  readonly #file: SqliteFile;
  readonly #around: Surroundings;

  constructor(file: SqliteFile, around: Surroundings) {
    this.#file = file;
    this.#around = around;
  }

  write(
    fact: Fact,
    about: {
      readonly campaign?: string;
      readonly run?: string;
      readonly hold?: string;
      readonly at?: number;
    },
  ): void {
    this.#file.run(
      "INSERT INTO entries (at, campaign, run, hold, fact) VALUES (?, ?, ?, ?, ?)",
      about.at ?? this.#around.now(),
      about.campaign === undefined ? null : folded(about.campaign),
      about.run ?? null,
      about.hold ?? null,
      writtenFact(fact),
    );
  }
}
