/**
 * Damaged files come in two sorts of tests. Those here know nothing of a format: bytes are changed at random. Those in
 * `test/formats/FORMAT/damage.test.ts` know what each byte is for.
 *
 * Detects damaged files that make the library hang, crash, fill the memory, or fail with an error that is not its own;
 * and damage that a checksum should have shown. A few whole files of every format are damaged at random, opened by the
 * public API and computed.
 *
 * A failure prints seed and damage. To look further:
 * `CHUNKWISE_SEED=random CHUNKWISE_DAMAGES=5000 npm test -- damage/random`.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { close, type NDArray } from "chunkwise";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { linux } from "../support/platform.js";
import { type Damage, damaged, damages, type Files } from "./damage.js";
import { filesOf, type Opening, openings, writeWhole } from "./openings.js";
import { attempt, type Way, ways } from "./trial.js";
import { Watchdog } from "./watchdog.js";

const numRuns = Number(process.env.CHUNKWISE_DAMAGES ?? 80);
const top = temporaryFolder();
const [whole, folder] = [join(top, "whole"), join(top, "trial")];
const watchdog = new Watchdog();

/** Open files and threads of this process. */
const held = (): number[] => ["fd", "task"].map((kind) => readdirSync(`/proc/self/${kind}`).length);
let before: number[] = [];

beforeAll(async () => {
  mkdirSync(whole);
  await writeWhole(whole);
  // libraries and threads that stay are there from now on
  for (const opening of Object.values(openings))
    await attempt(opening, filesOf(join(whole, opening.folder)), folder, "worker");
  await close();
  if (linux) before = held();
});
afterAll(() => watchdog.end());

const bytesOf = ({ data }: NDArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Whether a checksum must show all of the damage. `open` may take what lost its first bytes for another format. */
function isSealed({ sealed }: Opening, files: Files, after: Files, way: Way, list: readonly Damage[]): boolean {
  if (sealed === undefined || way === "found" || list.some(({ kind }) => kind === "swap")) return false;
  return [...files].every(([name, bytes]) => after.get(name)?.equals(bytes) || (sealed.test(name) && after.has(name)));
}

test.each(Object.entries(openings))(
  "damage to %s is refused, or gives an array",
  async (name, opening) => {
    const files = filesOf(join(whole, opening.folder));
    const right = await attempt(opening, files, folder, "opened");
    if (right === undefined) throw new Error("the whole file was refused");
    const trials = fc.asyncProperty(damages, fc.constantFrom(...ways), async (list, way) => {
      const after = damaged(files, list);
      const told = JSON.stringify({ name, way, list });
      const result = await watchdog.watch(told, () => attempt(opening, after, folder, way));
      if (result === undefined || !isSealed(opening, files, after, way, list)) return;
      expect(result.shape).toEqual(right.shape);
      expect(bytesOf(result).equals(bytesOf(right)), "damage that no checksum has shown").toBe(true);
    });
    await fc.assert(trials, { numRuns });
  },
  600_000 + 100 * numRuns,
);

test.runIf(linux)("damaged files leave no open file and no thread behind", async () => {
  await close();
  const [files, threads] = held();
  expect(files).toBeLessThanOrEqual(before[0]!);
  expect(threads).toBeLessThanOrEqual(before[1]!);
});
