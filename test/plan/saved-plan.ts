import { savePlan } from "../compare/diff-plans.ts";
import { manifest } from "./make-plan.ts";

// A saved plan with one of everything.

export const HERO = `id: hero
scene: "1"
tags: [wide]
priority: 9
takes: 2
model: kling-v3-pro
duration: 7
prompt: A \${{ matrix.c }} lake.
matrix: { c: [blue] }`;

export const HEAD = [
  "timezone: Europe/London",
  "budget: { cap: 9, per_shot: 8, per_day: 7, by_model: { kling-v3-pro: 9 }, by_scene: { '1': 9 }, warn_at: 80% }",
  "concurrency: { total: 4, kling-v3-pro: 1 }",
];

export const PLAN = await savePlan(
  manifest([HERO, "{ id: sea, model: kling-o3-4k, prompt: Sea. }"], HEAD),
);
