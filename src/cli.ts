#!/usr/bin/env node
import { main } from "./cli/program.ts";
import { processShell } from "./cli/wiring.ts";

// Bundled as CommonJS, which starts 15 ms sooner than a module with chunks, so there is no await up here.
void main(process.argv.slice(2), processShell()).then((code) => {
  process.exitCode = code;
});
