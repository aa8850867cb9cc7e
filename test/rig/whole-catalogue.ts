import { FAMILIES, useFamilies } from "../../src/catalogue/models.ts";

// For a test that is about the catalogue: imported before whatever looks at it.
useFamilies(FAMILIES);
