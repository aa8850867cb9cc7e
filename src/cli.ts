#!/usr/bin/env node
import { main } from "./cli/program.ts";
import { processShell } from "./cli/wiring.ts";

const shell = processShell();
process.exitCode = await main(process.argv.slice(2), shell);
