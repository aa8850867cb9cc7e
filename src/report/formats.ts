import type { Document, Rendered, Target } from "./document.ts";

/** Renders any document. */
type Renderer = (document: Document, target: Target) => Rendered | Promise<Rendered>;

export interface Format {
  /** Loads the renderer when someone asks for the format. */
  readonly load: () => Promise<Renderer>;
}

interface CoreFormat extends Format {
  /** The ending of the files that `-o` writes in it. Those of the wings' formats stand in src/cli/outputs.ts. */
  readonly ending: string;
  /** Whether every command has it; if left out, only commands that list it. */
  readonly everywhere?: true;
}

/** Every format of the core, by the name that `--format` has for it; wings bring others. To add one, add a line. */
export const FORMATS: Readonly<Record<string, CoreFormat>> = {
  table: {
    ending: ".txt",
    load: async () => {
      const { renderText: text } = await import("./formats/text.ts");
      return (document, { screen }) => text(document, screen);
    },
  },
  json: {
    ending: ".json",
    load:
      async () =>
      async ({ json }) => {
        const data = (await json?.()) ?? "";
        return typeof data === "string" ? data : `${JSON.stringify(data, null, 2)}\n`;
      },
  },
  md: { ending: ".md", load: async () => (await import("./formats/markdown.ts")).renderMarkdown },
};
