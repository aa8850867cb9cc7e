// The ladder of imports: down, never up, never sideways; type imports included.
// Run by test/scripts/check-import-direction.mjs. `$1` is the importing folder, as its `from` found it.

const level0 = "^src/diagnostics/|^src/money[.]ts$";
/** What a vendor's models say of it. */
const vendorFacts = "^src/vendors/[^/]+/facts[.]ts$";
const level1 = "^src/(catalogue|manifest|budget)/";
const level2 = "^src/(plan|ledger)/";
const level3 = "^src/(run|report)/";
const level4 = "^src/(vendors|delivery)/|^src/(disk|network)[.]ts$";
const level5 = "^src/cli/|^src/(cli|index)[.]ts$";
const wings = "^src/(simulator|pages|sheets|workers|schedule|compare)/";
const ladder = [level0, level1, level2, level3, level4, level5, wings];

const core = (...names) => `^(node:)?(${names.join("|")})(/|$)`;
const npm = (...names) => `(^|/)node_modules/(@types/)?(${names.join("|")})/`;

/** What is at `from` may import, of our own code, its own folder and what is in `allowed`. */
const mayImport = (name, from, allowed, comment) => ({
  name,
  severity: "error",
  comment,
  from: typeof from === "string" ? { path: from } : from,
  to: { path: "^src/", pathNot: ["^src/$1/", ...allowed] },
});

const onlyIn = (name, folders, path, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: "^src/", pathNot: folders },
  to: { path },
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    mayImport(
      "level-0",
      "^src/(diagnostics)/|^src/money[.]ts$",
      [],
      "money.ts and diagnostics import nothing, each other neither. Pass the value in, or move the code up.",
    ),
    mayImport(
      "level-1",
      level1,
      [level0, vendorFacts, "^src/budget/caps[.]ts$"],
      "catalogue, manifest and budget do not know each other: let plan introduce them. Only the table of caps is the manifest's too.",
    ),
    mayImport(
      "level-2-plan",
      "^src/(plan)/",
      [level0, level1],
      "plan is pure and does not know the ledger: take what it holds as an argument; run introduces them.",
    ),
    mayImport(
      "level-2-ledger",
      "^src/(ledger)/",
      [level0, "^src/budget/"],
      "The ledger records purchases, not shots: give it what it needs in its own words.",
    ),
    mayImport(
      "level-3-run",
      "^src/(run)/",
      [level0, level2, "^src/budget/(purchase|caps)[.]ts$"],
      "run knows the plan and the ledger only, and what a purchase and a cap are. What it needs of a model or a shot belongs on the plan line.",
    ),
    mayImport(
      "level-3-report",
      "^src/(report)/",
      [level0, level1, level2],
      "report tells what lower levels hold, models and caps included; it is told nothing by run.",
    ),
    mayImport(
      "level-4-vendors",
      "^src/(vendors)/",
      [level0, "^src/run/"],
      "A vendor implements run's port and knows nothing else; what it should send stands on the plan line.",
    ),
    mayImport(
      "level-4-delivery",
      "^src/(delivery)/",
      [level0, "^src/(run|ledger)/"],
      "delivery implements run's store: what it needs of the disk comes in as a port.",
    ),
    mayImport(
      "level-4-machine",
      "^src/(disk|network)[.]ts$",
      [level0, level1, level2, level3],
      "disk.ts and network.ts implement the ports of lower levels; what is beside it or above hands it paths and text.",
    ),
    mayImport(
      "level-5-library",
      "^src/(index)[.]ts$",
      [level0, level1, level2, level3, level4, wings],
      "The library has no command line. Move what it needs out of cli/.",
    ),
    mayImport(
      "level-5-cli",
      "^src/(cli)/",
      [level0, level1, level2, level3, level4, wings],
      "The entries import cli/, not the other way round. Import the module itself instead of index.ts.",
    ),
    mayImport(
      "wings",
      wings,
      [level0, level1, level2, level3, level4, level5],
      "Wings do not know each other, so that each comes off alone: move what two of them need below, or reach it through context.parts.",
    ),
    {
      name: "only-program-names-a-wing",
      severity: "error",
      comment:
        "A wing has to come off: let it bring this as a command, format or run mode (src/cli/wing.ts) and ask context.parts for it, or move the code below.",
      from: { path: "^src/", pathNot: [wings, "^src/cli/program[.]ts$"] },
      to: { path: wings },
    },
    {
      name: "simulator-alone",
      severity: "error",
      comment:
        "The simulator plays fal: what it shared with us, it could not catch us at. Write it again from fal's documents.",
      from: {
        path: "^src/simulator/",
        pathNot: "^src/simulator/(commands|options|rehearsal|simulate-command)[.]ts$",
      },
      to: { path: "^src/", pathNot: "^src/simulator/" },
    },

    {
      name: "on-the-ladder",
      severity: "error",
      comment:
        "No level holds this file. Put it into the folder whose work it does, or add a level here.",
      from: {},
      to: { path: "^src/", pathNot: ladder },
    },

    onlyIn(
      "node-fs",
      ["^src/disk[.]ts$", "^src/ledger/(sql/sqlite|sql/sqlite-file|run-lock)[.]ts$"],
      core("fs"),
      "disk.ts is the only node:fs, beside a ledger's driver. Take text, or a port that disk.ts implements.",
    ),
    onlyIn(
      "npm-undici",
      ["^src/network[.]ts$"],
      npm("undici"),
      "network.ts is how this machine reaches the network, proxies and all. Take its fetch as an argument.",
    ),
    onlyIn(
      "outside-world",
      [level4, level5, wings],
      core(
        "child_process",
        "cluster",
        "dgram",
        "http",
        "https",
        "http2",
        "net",
        "tls",
        "worker_threads",
      ),
      "Below level 4 nothing reaches out of the process. Take a port as an argument.",
    ),
    onlyIn(
      "npm-yaml",
      ["^src/manifest/"],
      npm("yaml"),
      "Text becomes a document in manifest/ only.",
    ),
    onlyIn(
      "npm-commander",
      ["^src/cli/", "^src/cli[.]ts$", wings],
      npm("commander"),
      "Only cli/ and wings know flags; take a plain object.",
    ),
    onlyIn(
      "npm-print",
      ["^src/report/", "^src/cli/", "^src/cli[.]ts$", wings],
      npm("cli-table3", "csv-stringify", "picocolors"),
      "Tables and colours are for report/, cli/ and wings. Return data, and let them tell it.",
    ),
    onlyIn(
      "npm-echarts",
      ["^src/pages/"],
      npm("echarts", "zrender"),
      "Charts are drawn for pages only: whatever imports them starts 0.1 s later.",
    ),
    onlyIn(
      "npm-sheets",
      ["^src/sheets/"],
      npm("hucre", "csv-parse"),
      "Sheets of strangers are read in sheets/ only, under its limits; take a grid.",
    ),
    onlyIn(
      "npm-hono",
      ["^src/pages/"],
      npm("hono", "@hono"),
      "Pages are served in pages/ only, loaded when someone asks for one.",
    ),
    onlyIn(
      "npm-time-zones",
      ["^src/budget/", "^src/schedule/"],
      npm("temporal-polyfill", "temporal-spec"),
      "Days, weeks and months of a time zone are budget/'s: ask it for the window. Set times are schedule/'s.",
    ),
    onlyIn(
      "npm-cron",
      ["^src/schedule/"],
      npm("croner"),
      "Only schedule/ knows when a cron line fires, and no command loads it that has no schedule.",
    ),

    {
      name: "no-cycles",
      severity: "error",
      comment: "Two modules that need each other are one, or a third is missing between them.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      severity: "error",
      comment: "Nothing imports it and it imports nothing: wire it up, or delete it.",
      from: { path: "^src/", pathNot: ["^src/(cli|index)[.]ts$"], orphan: true },
      to: {},
    },
    {
      name: "not-to-dev-dependency",
      severity: "error",
      comment:
        "Users do not get devDependencies, nor their types. Make it a dependency, or leave it to test/.",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "not-to-unresolvable",
      severity: "error",
      comment: "What cannot be found cannot be checked. Correct the path, or install the package.",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
