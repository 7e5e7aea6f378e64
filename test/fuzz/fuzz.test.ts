/**
 * Random programs beside NumPy: all dtypes, odd chunks, empty axes, several outputs, persisted arrays, files in the
 * middle, 0 to 2 workers, tight limits. `npm run fuzz` runs many more, with other seeds.
 */
import { join } from "node:path";
import fc from "fast-check";
import { test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { check } from "./judge.js";
import { programs } from "./program.js";

const folder = temporaryFolder();
let files = 0;
const path = (): string => join(folder, `${files++}`);

test("every array of a random program is what NumPy makes of the arrays before it", async () => {
  await fc.assert(
    fc.asyncProperty(programs(8), (program) => check(program, path)),
    { numRuns: Number(process.env.CHUNKWISE_PROGRAMS ?? 60) },
  );
});
