import { klingO3 } from "../../src/catalogue/models/kling-o3.ts";
import { klingV3Turbo } from "../../src/catalogue/models/kling-v3-turbo.ts";
import { klingV3 } from "../../src/catalogue/models/kling-v3.ts";
import { useFamilies } from "../../src/catalogue/models.ts";

// The catalogue of every test in this process that does not ask for the whole one: another model changes no golden that
// is not about the catalogue.
export function useFirstCatalogue(): void {
  useFamilies([klingV3, klingO3, klingV3Turbo]);
}

useFirstCatalogue();
