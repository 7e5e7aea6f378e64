/**
 * Detects blocks that are not worked on in slices, or are where they must not be, and slices that are not the block.
 */
import { join } from "node:path";
import { fft, ones, openZarr, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { routineSlices } from "#src/executors/routine-slices";
import type { Gathered, Output, RoutineTask } from "#src/graph/task";
import { temporaryFolder } from "../support/folder.js";
import { graphOf } from "../support/run.js";

const folder = temporaryFolder();
const n = 2 ** 14;
const rowsOfSlice = 2 ** 21 / (8 * n + 16 * (n / 2 + 1));

/** The routine and the outputs of the first task of a transform along an axis; the addresses mean nothing. */
function taskOf(x: Parameters<typeof fft.rfft>[0], axis: number): [RoutineTask, readonly Output[]] {
  const { graph } = graphOf([fft.rfft(x, { axis }).expr]);
  const { routine, outputs } = graph.task(0, () => ({ buffer: 0, offset: 0 }));
  return [routine!, outputs];
}

/** The number of elements of a block that its pieces hold. */
const elementsIn = ({ pieces }: Gathered): number =>
  pieces.reduce((sum, { counts }) => sum + counts.reduce((product, count) => product * count, 1), 0);

describe("a routine over rows of 16,384 numbers", () => {
  const x = ones([60, n], { chunks: [60, n] });

  test("rows are worked on in slices of 2 MiB, spectra included, one after the other", () => {
    const slices = routineSlices(...taskOf(x, 1), true);
    const counts = slices.map(({ shapes: [shape] }) => shape![0]!);
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(rowsOfSlice));
    expect(counts.length).toBe(Math.ceil(60 / rowsOfSlice));
    let from = 0;
    for (const slice of slices) {
      const [count, width] = slice.shapes[0]!;
      expect([slice.from, width]).toEqual([from, n / 2 + 1]);
      const [input] = slice.steps[0]!.inputs;
      expect(input!.shape).toEqual([count, n]);
      expect(elementsIn(input!)).toBe(count! * n);
      from += count!;
    }
    expect(from).toBe(60);
  });

  test("a block stays whole where the kernel works along its first axis, or where something is decoded", async () => {
    expect(routineSlices(...taskOf(x.T, 0), false)).toHaveLength(1);
    const path = join(folder, "x.zarr");
    await random.normal([60, n], { seed: 1 }).saveZarr(path, { chunks: [60, n] });
    expect(routineSlices(...taskOf(await openZarr(path), 1), true)).toHaveLength(1);
  });
});
