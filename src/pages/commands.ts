import type { Wing } from "../cli/wing.ts";

/** HTML: pages to keep, and the live page of a run. */
export const pages: Wing = {
  formats: { html: async () => (await import("./formats.ts")).HTML },
  runModes: {
    page: async () => ({
      serve: (await import("./live/live-page.ts")).livePage,
      status: (await import("./live/live-page.ts")).statusPage,
    }),
  },
};
