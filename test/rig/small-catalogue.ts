import { klingO3 } from "../../src/catalogue/models/kling-o3.ts";
import { klingV3Turbo } from "../../src/catalogue/models/kling-v3-turbo.ts";
import { klingV3 } from "../../src/catalogue/models/kling-v3.ts";
import { useFamilies } from "../../src/catalogue/models.ts";

// Every test that does not ask for the whole catalogue has these models alone: a new model then changes no golden that is
// not about the catalogue.
export function useSmallCatalogue(): void {
  useFamilies([klingV3, klingO3, klingV3Turbo]);
}

useSmallCatalogue();
