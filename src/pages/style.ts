import { trustMarkup, type Html } from "./html.ts";

// One accent; green, amber and red only beside a word that says the same. Every pair of ink and ground is at least
// 4.5:1, in light and in dark: the tests ask axe.
export const STYLE: Html = trustMarkup(`
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --card: #ffffff; --band: #f1f2ee; --rule: #dcded8; --ink: #1b1e20; --quiet: #5a6165;
  --accent: #1f6587; --later: #9cc3d6; --spent: #4a5257; --held: #9aa3a8; --over: #b3322a;
  --ok: #24693f; --warn: #8a5800; --frame: #e9ebe6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1b1f23; --band: #20252a; --rule: #343b41; --ink: #e8eaea; --quiet: #a3acb1;
    --accent: #6db6d8; --later: #35617a; --spent: #c3cacd; --held: #747e84; --over: #f0857b;
    --ok: #7fcb98; --warn: #e3b04f; --frame: #2a3036;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 1180px; padding: 28px 28px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, ol, dl, dd, figure, table, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 30px; line-height: 1.15; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 19px; font-weight: 650; line-height: 1.25; }
h2 small, h3 small { font-size: 14px; font-weight: 400; color: var(--quiet); }
a { color: var(--accent); }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
small { font-size: .87em; }
summary { cursor: pointer; }
.quiet, .kicker { color: var(--quiet); }
.kicker { font-size: 13px; letter-spacing: .04em; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
header { padding-bottom: 18px; }
header .quiet, #live { margin-top: 4px; font-size: 14px; }
main > section { margin-top: 40px; }
main > section > h2 { padding-bottom: 8px; margin-bottom: 14px; border-bottom: 1px solid var(--rule); }

.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr)); gap: 0; margin-top: 0 !important; border-block: 2px solid var(--ink); }
.answer { padding: 16px 24px 18px 0; }
.answer + .answer { padding-left: 24px; border-left: 1px solid var(--rule); }
.answer h2 { font-size: 14px; font-weight: 400; color: var(--quiet); }
.figure { font-size: 32px; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; margin: 2px 0 6px; }
.ok .figure { color: var(--ok); } .warn .figure { color: var(--warn); } .over .figure { color: var(--over); }
.answer li + li { margin-top: 4px; }
.answer li { padding-left: 14px; position: relative; }
.answer li::before { content: "–"; position: absolute; left: 0; color: var(--quiet); }
.answer .failed { margin-top: 6px; }

.remarks li { padding: 8px 0 8px 12px; border-left: 3px solid var(--warn); }
.remarks li + li { margin-top: 6px; }
.remarks li.error { border-color: var(--over); }
.remarks .error b { color: var(--over); } .remarks .warning b { color: var(--warn); }
.hint, .place { color: var(--quiet); }
.hint::before { content: "– "; }

table { border-collapse: collapse; width: 100%; }
th { font-weight: 400; text-align: left; }
thead th { color: var(--quiet); font-size: 13px; padding: 0 0 6px; vertical-align: bottom; }
td, tbody th, tfoot th { padding: 5px 0; vertical-align: baseline; }
tbody tr { border-top: 1px solid var(--rule); }
tfoot tr { border-top: 2px solid var(--ink); }
tfoot td, tfoot th { font-weight: 650; }
thead th { white-space: nowrap; }
.sheet tr > :nth-last-child(4) { white-space: nowrap; }
.sheet td, .sheet thead th + th, .figures td, .figures thead th { padding-left: 14px; }
.sheet td:nth-last-child(-n+3), .sheet thead th:nth-last-child(-n+3), .figures td, .figures thead th + th { text-align: right; white-space: nowrap; }
.figures thead th:first-child { padding-left: 0; }
.split { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 32px 56px; align-items: start; }

.chart { margin-bottom: 26px; }
.chart:last-child { margin-bottom: 0; }
.chart svg { display: block; width: 100%; height: auto; }
.chart figcaption { margin-bottom: 8px; font-size: 14px; }
.chart figcaption:not(.quiet) { color: var(--quiet); }
.chart svg + figcaption, .chart div + figcaption { margin: 8px 0 0; }
.chart details { margin-top: 8px; font-size: 14px; }
.chart summary { color: var(--quiet); }
.chart details table { margin-top: 8px; }
.narrow { display: none; }
.legend { float: right; display: flex; flex-wrap: wrap; gap: 0 14px; }
.key { display: inline-block; width: 10px; height: 10px; margin-right: 5px; background: var(--accent); }
.key.ordered { background: var(--spent); } .key.waiting { background: var(--over); }
.key.later { background: var(--later); } .scroll { overflow-x: auto; }
.key.cap, .key.planned { height: 0; margin-bottom: 4px; background: none; border-top: 2px solid var(--over); width: 18px; }
.key.planned { border-top: 2px dashed var(--accent); }
.key.spent { background: var(--spent); } .key.held { background: var(--held); }

.caps td, .caps thead th:nth-child(n+3) { text-align: right; padding-left: 14px; white-space: nowrap; }
.caps tbody th code { color: var(--quiet); display: block; font-size: 12.5px; }
.caps td { vertical-align: middle; }
.caps .gauge { width: 26%; min-width: 110px; }
.caps thead th:nth-child(2) { padding-left: 14px; }
.caps .gauge svg { display: block; width: 100%; height: 12px; background: var(--rule); }
.caps + .quiet { margin-top: 8px; }
.caps td:last-child small { display: block; color: var(--quiet); }
.caps .warn td:last-child { color: var(--warn); } .caps .over td:last-child { color: var(--over); }

.moves td:nth-child(n+3):nth-child(-n+5), .moves thead th:nth-child(n+3):nth-child(-n+5) { text-align: right; white-space: nowrap; padding-left: 14px; }
.moves .change { padding-left: 14px; color: var(--quiet); }
.moves thead th:nth-child(2), .moves thead th:last-child, .moves .why { padding-left: 14px; }
.moves .why { width: 40%; }
.moves + .quiet { margin-top: 8px; }

.costs td, .costs thead th + th { text-align: right; white-space: nowrap; padding-left: 14px; }
.costs .take th { padding-left: 18px; } .costs .take { color: var(--quiet); font-size: 14px; }
.account { margin-top: 14px; }
.account summary { font-weight: 650; padding: 4px 0; }
.bad { color: var(--over); font-weight: 650; }

.document > * + *, .document details > * + * { margin-top: 16px; }
.document > h2 { margin-top: 32px; padding-bottom: 8px; border-bottom: 1px solid var(--rule); }
.document > :first-child { margin-top: 0; }
.document th + th, .document td { padding-left: 14px; }
.document .right { text-align: right; white-space: nowrap; }
.document .good { color: var(--ok); } .document .warning:not(li) { color: var(--warn); }
.document .items li { padding-left: 14px; position: relative; }
.document .items li::before { content: "–"; position: absolute; left: 0; color: var(--quiet); }
.document .items li + li { margin-top: 6px; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 20px 18px; }
.cards > div { display: flex; flex-direction: column; justify-content: flex-end; min-width: 0; }
.cards h3 { font-size: 15px; font-weight: 650; padding-bottom: 6px; }
@media (min-width: 721px) { .cards > div > .card:first-child { margin-top: 29px; } }
.cards h3 + .card { border-top: 2px solid var(--ink); }
.card { background: var(--card); border: 1px solid var(--rule); padding: 11px 14px 12px; flex: 1; min-width: 0; }
.card:target { outline: 2px solid var(--accent); }
.shape { display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-start; margin: 8px 0 10px; }
.frame { background: var(--frame); border: 1px solid var(--held); flex: 0 1 auto; font-size: 12px; color: var(--quiet); padding: 2px 5px; display: flex; align-items: flex-end; min-width: 0; white-space: nowrap; }
.card h4 { font-size: 16px; font-weight: 650; display: flex; justify-content: space-between; gap: 12px; }
.card h4 b { font-weight: 650; white-space: nowrap; }
.videos > div > .card { margin-top: 0 !important; }
video, .gone { display: flex; max-width: 100%; margin: 8px 0; background: var(--frame); }
.gone { align-items: center; padding: 10px; border: 1px dashed var(--quiet); font-size: 13px; }
.facts { color: var(--quiet); font-size: 13px; line-height: 1.35; flex: 1 1 120px; min-width: 0; }
.prompt, .prompt > * { margin: 0; }
p.prompt, .prompt > * { white-space: pre-line; }
.prompt p { margin-top: 8px; }
.parts { border-left: 2px solid var(--rule); padding-left: 10px; }
.parts li { display: flex; gap: 8px; }
.parts li + li { margin-top: 4px; }
.parts b { flex: none; min-width: 34px; font-weight: 400; color: var(--quiet); }
.parts li > :last-child { min-width: 0; }
.lines { margin-top: 10px; border-top: 1px solid var(--rule); font-size: 13.5px; display: grid; grid-template-columns: 1fr auto auto auto; column-gap: 10px; }
.lines + .prompt, .lines + .parts { margin-top: 12px; }
.lines li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; padding-top: 4px; align-items: baseline; }
.lines span + span, .lines data { text-align: right; white-space: nowrap; }
.lines i { font-style: normal; color: var(--quiet); }
.lines .over-cap, .lines .unknown, .lines .failed { color: var(--over); }
.lines .settled { color: var(--ok); } .lines .changed, .lines .in-flight { color: var(--warn); }
.card details { font-size: 13.5px; margin-top: 4px; }
.card details.prompt { font-size: inherit; margin-top: 0; }
.card .remarks { margin-top: 10px; font-size: 13.5px; }

#origin li { color: var(--quiet); font-size: 14px; margin-bottom: 3px; }
#origin dl { margin-top: 12px; font-size: 14px; }
#origin dl div { display: flex; gap: 12px; }
#origin dt { flex: 0 0 90px; color: var(--quiet); }
pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-x: auto; overflow-wrap: normal; padding: 10px 0; border-top: 1px solid var(--rule); }

@media (max-width: 720px) {
  body { padding: 18px 16px 48px; }
  .answer, .answer + .answer { padding: 14px 0; border-left: 0; }
  .answer + .answer { border-top: 1px solid var(--rule); }
  .wide { display: none; } .narrow { display: block; }
  .sheet td, .sheet thead th + th, .figures td, .figures thead th { padding-left: 9px; }
  .sheet, .figures { font-size: 14px; }
  .sheet tr > :nth-last-child(4) { white-space: normal; }
  .caps thead, .moves thead, .costs thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .caps, .caps tbody { display: block; }
  .caps tbody tr { display: grid; grid-template-columns: 1fr 1fr 1fr 1fr; padding: 10px 0; }
  .caps tbody th { grid-column: 1 / 3; padding: 0; }
  .caps td:last-child { grid-column: 3 / 5; grid-row: 1; }
  .caps .gauge { grid-column: 1 / -1; width: auto; margin: 6px 0; }
  .moves, .moves tbody, .moves tfoot, .costs, .costs tbody, .costs tfoot { display: block; }
  .costs tr { display: grid; grid-template-columns: 1fr 1fr 1fr; padding: 9px 0; }
  .costs tr > th { grid-column: 1 / -1; padding: 0; }
  .costs td { padding: 0; text-align: left; white-space: normal; }
  .costs .take { padding-left: 14px; } .costs .take th { padding-left: 0; }
  .moves tr { display: grid; grid-template-columns: 1fr 1fr 1fr; padding: 9px 0; }
  .moves tr > * { padding: 0 !important; text-align: left !important; }
  .moves th { grid-column: 1 / 3; }
  .moves .change { text-align: right !important; }
  .moves .why { grid-column: 1 / -1; width: auto; }
  .moves tfoot td:not([data-title]) { display: none; }
  .moves tfoot th { grid-column: 1 / -1; }
  .caps td { padding: 0; text-align: left; }
  .caps td:last-child { text-align: right; white-space: normal; }
  .caps td[data-title]:not(:last-child)::before, .moves td[data-title]::before, .costs td[data-title]::before { content: attr(data-title); display: block; font-size: 12px; color: var(--quiet); }
}

@page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #5a6165; } }
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --card: #fff; --band: #f1f2ee; --rule: #d3d6d0; --ink: #111; --quiet: #4d5458;
    --accent: #1f6587; --later: #9cc3d6; --spent: #4a5257; --held: #9aa3a8; --over: #a02820;
    --ok: #1e5c36; --warn: #7a4e00; --frame: #f0f1ee;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { padding: 0; max-width: none; font-size: 9pt; }
  h1 { font-size: 20pt; } h2 { font-size: 13pt; } .figure { font-size: 18pt; margin: 0 0 3px; }
  h2 small, h3 small, thead th, .chart figcaption, .card h4, .cards h3, header .quiet, #origin li, #origin dl { font-size: 9pt; }
  .facts, .lines, .hint, .place, .caps tbody th code, .remarks { font-size: 8.5pt !important; }
  header { padding-bottom: 10px; }
  main > section { margin-top: 20px; }
  main > section > h2 { padding-bottom: 4px; margin-bottom: 8px; }
  .answer { padding: 8px 14px 10px 0; } .answer + .answer { padding-left: 14px; }
  td, tbody th, tfoot th { padding: 3px 0; }
  .answers { grid-template-columns: 1fr 1fr 1fr; }
  .split { grid-template-columns: 6fr 5fr; gap: 24px 30px; }
  .split .wide { display: none; } .split .narrow { display: block; } #film .wide { display: block; } #film .narrow { display: none; }
  .chart { margin-bottom: 14px; }
  .cards { grid-template-columns: 1fr 1fr; gap: 10px; }
  .cards > div { break-inside: avoid; }
  h2 { break-after: avoid; }
  tr, figure, .answer, .remarks li { break-inside: avoid; }
  .chart details, .answer a { display: none; }
  details > summary { list-style: none; }
  pre { white-space: pre-wrap; }
  video { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  details.prompt > summary { display: none; }
}
`);
