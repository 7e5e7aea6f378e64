#!/usr/bin/env node
/** The program `chunkwise`. */
import { run } from "./run.js";

process.exitCode = await run(process.argv.slice(2));
