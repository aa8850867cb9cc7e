/** Prompts as written, and as a page shows them: none runs, and none changes the direction of text around it. */
export const HOSTILE: readonly (readonly [prompt: string, shown: string])[] = [
  plain("<script>document.title = 'run'</script>"),
  plain("<img src=x onerror=\"document.title='run'\">"),
  plain('" onmouseover="document.title=1" x="'),
  plain("' onfocus='document.title=1' autofocus tabindex=1 '"),
  plain("=cmd()|' /C calc'!A0"),
  plain("]]></style></svg></title><script>alert(1)</script>-->"),
  plain("javascript:alert(1) data:text/html,<script>alert(1)</script>"),
  plain("&lt;b&gt; &amp;amp; &#60;script&#62;"),
  plain("x".repeat(2_500)),
  plain(`${"한".repeat(600)}${"👩‍🚀".repeat(200)}`),
  plain("👩‍🚀🏳️‍🌈🇪🇺 e\u0301\u0301\u0301\u0301 ﷽"),
  plain("مرحبا بالعالم 123 שלום"),
  [
    "\u202eexe.gpj\u202c \u2066in\u2069 \u200fmark",
    "\\u202eexe.gpj\\u202c \\u2066in\\u2069 \\u200fmark",
  ],
  ["first\nsecond", "first\nsecond"],
  ["tab\there \u0007 bell", "tab\\there \\u0007 bell"],
];

function plain(text: string): readonly [string, string] {
  return [text, text];
}

/** Makes a manifest with hostile text in every place that a page shows, over every cap. JSON, because YAML includes it. */
export function hostileManifest(): string {
  const scenes = ['<b>scene</b> & "co"', "\u202egnp.exe", "שלום", "S".repeat(300), "=1+1"];
  const shots = HOSTILE.map(([prompt], index) => ({
    id: index === 0 ? "L".repeat(64) : `shot.${index}`,
    scene: scenes[index % scenes.length],
    tags: ["<i>tag</i>", "\u202elive", "t".repeat(200)],
    prompt,
  }));
  const scripted = {
    id: "matrix",
    prompt: "A ${{ matrix.thing }}.",
    takes: 3,
    matrix: { thing: ["<u>one</u>", "]]>", "=1+1", "&amp;", "\u202etwo", "true"] },
  };
  const parts = {
    id: "parts",
    model: "kling-o3-4k-reference",
    start_image_url: 'https://example.com/a.png?x="><script>alert(1)</script>',
    multi_prompt: [
      { prompt: "<script>alert(1)</script>", duration: 4 },
      { prompt: "y".repeat(2_000), duration: 3 },
    ],
  };
  return JSON.stringify({
    topsheet: 1,
    campaign: "hostile",
    budget: {
      cap: 3,
      per_shot: 2,
      per_day: 1,
      by_scene: Object.fromEntries(scenes.map((scene) => [scene, 1])),
      warn_at: "50%",
    },
    defaults: { model: "kling-v3-turbo-pro" },
    shots: [...shots, scripted, parts],
  });
}
