import { ledgerContract } from "./contract.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

ledgerContract("SQLite", sqlite);
