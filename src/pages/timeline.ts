import { toPrintable, shorten } from "../diagnostics/printable.ts";
import { add, type MicroUsd, NOTHING, sum } from "../money.ts";
import { groupBy } from "../plan/group-by.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import { drawChart, renderFigure, LETTERS, PAINT, USD_AXIS } from "./chart.ts";
import { renderRest } from "./document.ts";
import { html, type Html, formatRunningTime } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";

// With more than these, a drawing shows no more and a page takes too long to open.
const MOST_SEGMENTS = 60;
const MOST_POINTS = 400;
const MOST_ROWS = 2_000;

/** Shows the film along its running time, with what it costs up to each second. */
export function renderTimeline(shots: readonly FilmShot[]): Html {
  return renderFigure({
    caption:
      "Each shot runs once, for as long as its longest line; its cost includes all takes and variants.",
    below: true,
    wide: drawFilm(shots, { width: 920, height: 264 }),
    narrow: drawFilm(shots, { width: 340, height: 236 }),
    figures: { of: "the film in shot order", table: renderFigures(shots) },
  });
}

interface Segment {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Returns the shots; scenes if there are too many shots to tell apart. */
function toSegments(shots: readonly FilmShot[]): readonly Segment[] {
  if (shots.length <= MOST_SEGMENTS) {
    return shots.map(({ id, from, seconds }) => ({ name: id, from, to: from + seconds }));
  }
  return splitIntoScenes(shots).map(({ scene, shots: own, seconds }) => {
    const from = own[0]?.from ?? 0;
    return { name: scene === null ? "" : `Scene ${scene}`, from, to: from + seconds };
  });
}

function drawFilm(shots: readonly FilmShot[], size: { width: number; height: number }) {
  const last = shots.at(-1);
  const end = last === undefined ? 1 : last.from + last.seconds;
  const segments = toSegments(shots);
  return drawChart(
    {
      grid: { left: 1, right: 1, top: 44, bottom: 24 },
      xAxis: {
        type: "value",
        max: end,
        interval: chooseTick(end, size.width / 90),
        axisLine: { lineStyle: { color: PAINT.quiet } },
        axisTick: { show: false },
        splitLine: { show: false },
        axisLabel: {
          ...LETTERS,
          alignMinLabel: "left",
          alignMaxLabel: "right",
          formatter: (seconds: number) => formatRunningTime(seconds),
          hideOverlap: true,
        },
      },
      yAxis: {
        ...USD_AXIS,
        z: 10,
        axisLabel: {
          ...USD_AXIS.axisLabel,
          inside: true,
          verticalAlign: "bottom",
          margin: 2,
          showMinLabel: false,
        },
      },
      series: [
        {
          type: "line",
          silent: true,
          showSymbol: false,
          data: listCostPoints(shots),
          lineStyle: { color: PAINT.planned, width: 2 },
          areaStyle: { color: PAINT.planned, opacity: 0.12 },
          markArea: {
            silent: true,
            label: { show: false },
            itemStyle: { color: PAINT.band, opacity: 1 },
            data: segments
              .filter((_, index) => index % 2 === 0)
              .map(({ from, to }) => [{ xAxis: from }, { xAxis: to }]),
          },
          markPoint: {
            silent: true,
            symbolSize: 0,
            data: segments.flatMap(({ name, from, to }) => {
              const room = ((to - from) / end) * size.width - 6;
              return room < 26
                ? []
                : [placeLabel((from + to) / 2, shorten(toPrintable(name), 30), room)];
            }),
          },
        },
      ],
    },
    size,
  );
}

/** Places a name above its part of the film. */
function placeLabel(seconds: number, name: string, room: number) {
  return {
    name,
    coord: [seconds, 0],
    y: 11,
    label: {
      ...LETTERS,
      show: true,
      position: "inside" as const,
      formatter: name,
      width: room,
      overflow: "truncate" as const,
    },
  };
}

/** Returns a point for each shot's end; of very many shots, as many as the line has pixels for. */
function listCostPoints(shots: readonly FilmShot[]): number[][] {
  const each = Math.ceil(shots.length / MOST_POINTS);
  const ends = shots
    .filter((_, index) => (index + 1) % each === 0 || index === shots.length - 1)
    .map(({ from, seconds, runningCost }) => [from + seconds, runningCost]);
  return [[0, 0], ...ends];
}

const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 36_000];

function chooseTick(seconds: number, most: number): number {
  return TICKS.find((tick) => seconds / tick <= most) ?? seconds / most;
}

const COLUMNS: readonly PageColumn<FilmShot>[] = [
  { name: "shot", kind: "text", value: ({ id }) => id },
  { name: "scene", kind: "text", value: ({ scene }) => scene },
  { name: "from", kind: "count", value: ({ from }) => formatRunningTime(from) },
  { name: "seconds", kind: "count", value: ({ seconds }) => seconds },
  { name: "cost", kind: "usd", value: ({ cost }) => cost },
  { name: "cost_so_far", kind: "usd", value: ({ runningCost }) => runningCost },
];

function renderFigures(shots: readonly FilmShot[]): Html {
  return html`${renderTable({
    caption: "The film in shot order, with running time and running cost",
    look: "figures",
    columns: COLUMNS,
    rows: shots.slice(0, MOST_ROWS),
  })}
  ${renderRest(shots.length - MOST_ROWS, "shot", "the CSV")}`;
}

/** A shot's place in the film. Its takes and variants are alternatives: it runs once and costs all of them. */
export interface FilmShot {
  readonly id: string;
  readonly scene: string | null;
  readonly lines: readonly AdmittedLine[];
  /** Of its longest line. */
  readonly seconds: number;
  readonly cost: MicroUsd;
  /** Seconds of film before it. */
  readonly from: number;
  /** What the film costs up to its end. */
  readonly runningCost: MicroUsd;
}

/** Returns the shots in the order of the manifests, which is that of the film. */
export function arrangeFilm(lines: readonly AdmittedLine[]): readonly FilmShot[] {
  let from = 0;
  let runningCost = NOTHING;
  return [...groupBy(lines, ({ shot }) => shot)].map(([id, own]) => {
    const seconds = own.reduce((most, line) => Math.max(most, line.seconds), 0);
    const cost = sum(own.map((line) => line.cost));
    runningCost = add(runningCost, cost);
    const shot = { id, scene: own[0].scene, lines: own, seconds, cost, from, runningCost };
    from += seconds;
    return shot;
  });
}

/** Consecutive shots of one scene. */
export interface FilmScene {
  readonly scene: string | null;
  readonly shots: readonly FilmShot[];
  readonly seconds: number;
  readonly cost: MicroUsd;
}

export function splitIntoScenes(shots: readonly FilmShot[]): readonly FilmScene[] {
  const runs: FilmShot[][] = [];
  for (const shot of shots) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.scene === shot.scene) last.push(shot);
    else runs.push([shot]);
  }
  return runs.map((own) => ({
    scene: own[0]?.scene ?? null,
    shots: own,
    seconds: own.reduce((seconds, shot) => seconds + shot.seconds, 0),
    cost: sum(own.map((shot) => shot.cost)),
  }));
}
