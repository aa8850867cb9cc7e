import { findVendor } from "../catalogue/models.ts";
import { formatCount, shorten } from "../diagnostics/printable.ts";
import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Purpose } from "../ledger/ledger.ts";
import {
  type Blocks,
  type Column,
  type Document,
  makeRestSentence,
  makeSentence,
  markRehearsal,
  type Table,
} from "./document.ts";

/** The result of fetching the videos of a campaign to this machine. */
export interface FetchReport {
  readonly campaign: string;
  readonly purpose: Purpose;
  readonly videos: readonly FetchedVideo[];
  /** How many lines are still under way: a run collects them. */
  readonly underWay: number;
}

interface FetchedVideo {
  readonly hold: Hold;
  readonly end: VideoEnd;
}

type VideoEnd =
  | { readonly is: "here"; readonly path: string }
  | {
      readonly is: "fetched";
      readonly delivery: Delivery;
      readonly aside: string | null;
    }
  | { readonly is: "not-here"; readonly trouble: string; readonly why: string }
  | { readonly is: "left" };

const MOST_LINES = 40;

/** Makes the document of one campaign: only what went wrong if `quiet`, and empty if nothing did. */
export function makeFetchDocument(report: FetchReport, quiet: boolean): Document {
  const { campaign, purpose, videos, underWay } = report;
  const missing = videos.filter(({ end }) => end.is === "not-here" || end.is === "left");
  const about = { title: campaign, what: markRehearsal("fetch", purpose === "rehearsal", "was") };
  if (quiet && missing.length === 0) return { ...about, blocks: [] };
  const all = quiet ? missing : videos;
  // If there are many, those that were here already are not worth a row.
  const told = all.length <= MOST_LINES ? all : all.filter(({ end }) => end.is !== "here");
  const rows = told.slice(0, MOST_LINES);
  const left = all.length - rows.length;
  return {
    ...about,
    blocks: [
      rows.length === 0
        ? null
        : { is: "table", table: { ...makeVideoTable(all), shown: { rows } } },
      makeRestSentence(left, "video"),
      makeSentence(summarize(videos, underWay)),
    ],
  };
}

/** Makes the document of all campaigns. */
export function makeFetchedDocument(reports: readonly FetchReport[], ledger: string): Document {
  return {
    title: null,
    what: "fetch",
    json: () => encodeFetched(reports, ledger),
    blocks: reports.flatMap((report): Blocks => [
      { is: "heading", text: report.campaign },
      ...makeFetchDocument(report, false).blocks,
    ]),
    sheets: () => [makeVideoTable(reports.flatMap(({ videos }) => videos))],
  };
}

function makeVideoTable(rows: readonly FetchedVideo[]): Table<FetchedVideo> {
  return { name: "Videos", columns: VIDEO_COLUMNS, rows };
}

const VIDEO_COLUMNS: readonly Column<FetchedVideo>[] = [
  { name: "line", kind: "text", value: ({ hold }) => hold.key, fit: { flexible: true, least: 20 } },
  { name: "state", kind: "text", value: ({ end }) => describeEnd(end) },
  {
    name: "video",
    kind: "text",
    value: ({ hold, end }) => describeDetail(hold, end),
    fit: { flexible: true },
  },
];

function describeEnd(end: VideoEnd): string {
  switch (end.is) {
    case "here":
      return "here already";
    case "fetched":
      return "fetched";
    case "left":
      return "not fetched";
    case "not-here":
      return end.trouble === "gone" || end.trouble === "different" ? end.trouble : "not fetched";
  }
}

function describeDetail(hold: Hold, end: VideoEnd): string {
  switch (end.is) {
    case "here":
      return end.path;
    case "fetched": {
      const kept = end.aside === null ? [] : [`the changed file there is kept as ${end.aside}`];
      return [end.delivery.path, ...kept, ...end.delivery.warnings].join("; ");
    }
    case "left":
      return "";
    case "not-here": {
      const once = hold.delivery === null ? "" : `; it was delivered as ${hold.delivery.path}`;
      return `${shorten(end.why, 200)}${once}`;
    }
  }
}

function summarize(videos: readonly FetchedVideo[], underWay: number): string {
  const here = videos.filter(({ end }) => end.is === "here" || end.is === "fetched").length;
  const fetched = videos.filter(({ end }) => end.is === "fetched").length;
  const gone = videos.filter(({ end }) => end.is === "not-here" && end.trouble === "gone");
  const vendors = new Set(gone.map(({ hold }) => findVendor(hold.endpoint).name));
  const now = fetched === 0 ? "" : `, ${fetched} fetched now`;
  const lost = gone.length === 0 ? "" : `, ${gone.length} gone from ${[...vendors].join(" and ")}`;
  const open =
    underWay === 0 ? "" : ` ${formatCount(underWay, "line")} under way: a run collects that.`;
  if (videos.length === 0) return `Nothing has been made yet.${open}`;
  return `${here} of ${formatCount(videos.length, "video")} here${now}${lost}.${open}`;
}

/** Encodes `topsheet/fetch@1`: every video of these campaigns. */
function encodeFetched(reports: readonly FetchReport[], ledger: string): object {
  const videos = reports.flatMap((report) => report.videos.map((video) => encodeVideo(video)));
  const count = (is: VideoEnd["is"]): number =>
    reports.flatMap((report) => report.videos).filter(({ end }) => end.is === is).length;
  return {
    schema: "topsheet/fetch@1",
    ledger: { id: ledger },
    rehearsal: reports.some(({ purpose }) => purpose === "rehearsal"),
    videos,
    totals: {
      videos: videos.length,
      here: count("here"),
      fetched: count("fetched"),
      missing: count("not-here") + count("left"),
      under_way: reports.reduce((total, { underWay }) => total + underWay, 0),
    },
  };
}

function encodeVideo({ hold, end }: FetchedVideo): object {
  const { campaign, key, id, videoUrl } = hold;
  const delivery = end.is === "fetched" ? end.delivery : hold.delivery;
  return {
    campaign,
    key,
    hold: id,
    url: videoUrl,
    state: end.is === "not-here" ? end.trouble : end.is,
    path: end.is === "here" ? end.path : end.is === "fetched" ? end.delivery.path : null,
    // Of the video as it was delivered, to whichever machine.
    sha256: delivery?.sha256 ?? null,
    bytes: delivery?.bytes ?? null,
    kept: end.is === "fetched" ? end.aside : null,
    why: end.is === "not-here" ? end.why : null,
    warnings: delivery?.warnings ?? [],
  };
}
