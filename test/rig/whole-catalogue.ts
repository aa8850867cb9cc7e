import { FAMILIES, useFamilies } from "../../src/catalogue/models.ts";

// A test about the catalogue imports this before whatever reads it.
useFamilies(FAMILIES);
