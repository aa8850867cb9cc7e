import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";

const MANIFEST = [
  "topsheet: 1",
  "campaign: film",
  "defaults: { model: kling-o3-4k-reference }",
  "shots:",
  "  - id: plain",
  "    prompt: Rain.",
  "  - id: warned",
  "    prompt: Rain on @Element1.",
  "    elements:",
  "      - { frontal_image_url: https://example.com/a.png, reference_image_urls: [https://example.com/b.png], voice_id: deep }",
  "    generate_audio: true",
  "budget: { cap: 4.5, warn_at: 80% }",
  "",
].join("\n");

test("a warning is shown at its shot's card with its place, and under what needs attention", async () => {
  const { out } = await topsheet(["plan", "shots.yaml", "--format", "html"], {
    files: { "shots.yaml": MANIFEST },
  });
  const [, attention = "", plain = "", warned = ""] = out.split(
    /<section id="attention">|<article/,
  );
  expect(warned).toContain("Warning:</b>");
  expect(warned).toContain(">shots.yaml:9</code>");
  expect(plain).not.toContain("Warning");
  // The warning about the cap belongs to no shot, although it stands below the last one.
  expect(warned).not.toContain("shots.yaml:12");
  expect(attention).toContain('>shots.yaml:9</code> <a href="#shot-warned">');
  expect(attention).toContain(">shots.yaml:12</code>");
  expect(out).toContain("2 things.");
});
