import "../rig/whole-catalogue.ts";
import { expect, test } from "vitest";
import { MODELS } from "../../src/catalogue/models.ts";
import { MODELS as SIMULATED } from "../../src/simulator/models.ts";
import { FAL } from "../../src/vendors/fal/facts.ts";

const endpoints = MODELS.filter(({ vendor }) => vendor === FAL).map(({ endpoint }) => endpoint);

test.for(endpoints)("knows %s, so that a run of it can be rehearsed", (endpoint) => {
  expect([...SIMULATED.keys()]).toContain(endpoint);
});
