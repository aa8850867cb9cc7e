import type { Wing } from "../cli/wing.ts";

/** HTML: pages to keep, and the live page of a run. */
export const pages: Wing = {
  formats: {
    html: { ending: ".html", load: async () => (await import("./formats.ts")).renderHtml },
  },
  runModes: {
    page: async () => ({
      serve: (await import("./live/live-page.ts")).serveCampaign,
      status: (await import("./live/live-page.ts")).serveUntilInterrupted,
    }),
  },
};
