import { ledgerContract } from "./contract.ts";
import { postgres } from "./postgres-places.ts";

ledgerContract("PostgreSQL", postgres());
