import { klingO3 } from "../../src/catalogue/models/kling-o3.ts";
import { klingV3Turbo } from "../../src/catalogue/models/kling-v3-turbo.ts";
import { klingV3 } from "../../src/catalogue/models/kling-v3.ts";
import { useFamilies } from "../../src/catalogue/models.ts";

const ALIASES: ReadonlySet<string> = new Set([
  "kling-v3-4k",
  "kling-v3-pro",
  "kling-o3-4k",
  "kling-o3-4k-reference",
  "kling-v3-turbo-pro",
]);

// Every test that does not ask for the whole catalogue has these models alone: a new model then changes no golden that is
// not about the catalogue, nor the date of the newest price.
export function useSmallCatalogue(): void {
  const families = [klingV3, klingO3, klingV3Turbo];
  useFamilies(
    families.map((family) => {
      return { ...family, models: family.models.filter(({ alias }) => ALIASES.has(alias)) };
    }),
  );
}

useSmallCatalogue();
