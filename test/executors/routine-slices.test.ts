/** Detects blocks that are not worked on in parts, or are where they must not be, and parts that are not the block. */

import { join } from "node:path";
import { fft, ones, openZarr, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { routineSlices } from "#src/executors/routine-slices";
import type { Gathered, Task } from "#src/graph/task";
import { temporaryFolder } from "../formats/folder.js";
import { graphOf } from "../support/run.js";

const folder = temporaryFolder();
const n = 2 ** 14;
const rowsOfPart = 2 ** 21 / (8 * n + 16 * (n / 2 + 1));

/** The first task of a transform along an axis, with the addresses of nothing. */
function taskOf(x: Parameters<typeof fft.rfft>[0], axis: number): Task {
  const { graph } = graphOf([fft.rfft(x, { axis }).expr]);
  graph.place.of = () => ({ buffer: 0, offset: 0 });
  return graph.task(0);
}

/** How many elements of a block its pieces hold. */
const heldBy = ({ pieces }: Gathered): number =>
  pieces.reduce((sum, { counts }) => sum + counts.reduce((product, count) => product * count, 1), 0);

describe("rows of 16,384 numbers", () => {
  const x = ones([60, n], { chunks: [60, n] });

  test("come in parts of 2 MiB with their spectra, one after the other", () => {
    const parts = routineSlices(taskOf(x, 1), true);
    const counts = parts.map(({ shapes: [shape] }) => shape![0]!);
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(rowsOfPart));
    expect(counts.length).toBe(Math.ceil(60 / rowsOfPart));
    let from = 0;
    for (const part of parts) {
      const [count, width] = part.shapes[0]!;
      expect([part.from, width]).toEqual([from, n / 2 + 1]);
      const [input] = part.steps[0]!.inputs;
      expect(input!.shape).toEqual([count, n]);
      expect(heldBy(input!)).toBe(count! * n);
      from += count!;
    }
    expect(from).toBe(60);
  });

  test("stay together where the kernel works along the first axis, or something is decoded", async () => {
    expect(routineSlices(taskOf(x.T, 0), false)).toHaveLength(1);
    const path = join(folder, "x.zarr");
    await random.normal([60, n], { seed: 1 }).saveZarr(path, { chunks: [60, n] });
    expect(routineSlices(taskOf(await openZarr(path), 1), true)).toHaveLength(1);
  });
});
