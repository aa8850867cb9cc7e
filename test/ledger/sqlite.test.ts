import { ledgerContract } from "./contract.ts";
import { sqlite } from "./sqlite-places.ts";

ledgerContract("SQLite", sqlite);
