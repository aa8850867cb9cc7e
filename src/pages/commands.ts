import type { Wing } from "../cli/wing.ts";

// The wing of HTML: pages to keep, and the live page of a run. formats.ts chooses the page of a document: one of its own
// (plan, cost report, difference), or its blocks (document-page.ts). A page is made of answers and sections (document.ts),
// tables (table.ts) and charts (chart.ts); html.ts escapes all text. live/ serves a page during a run.

export const pages: Wing = {
  formats: {
    html: { load: async () => (await import("./formats.ts")).renderHtml },
  },
  runModes: {
    page: async () => ({
      serve: (await import("./live/live-page.ts")).serveCampaign,
      status: (await import("./live/live-page.ts")).serveUntilInterrupted,
    }),
  },
};
