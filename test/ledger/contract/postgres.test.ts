import { ledgerContract } from "./contract.ts";
import { postgres } from "../rig/postgres-ledgers.ts";

ledgerContract("PostgreSQL", postgres());
