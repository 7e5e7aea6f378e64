/**
 * The histogram of a block: how many elements lie between neighbouring edges, added onto the output unless it is the
 * first step.
 *
 * Invariant: bin i holds edges[i] ≤ x < edges[i + 1], the last one its upper edge too; numbers outside, and NaN, are
 * in none. Where the edges are evenly spaced the bin is guessed by a division, but the edges decide.
 */
import { ShapeError } from "../data/errors.js";
import { lastUpTo } from "../data/search.js";
import type { HistogramParams } from "../program/routines/histogram.js";
import type { RoutineArguments } from "./routine.js";

/** The routine `histogram`: an input of any real dtype and shape, the output [1, bins] of int64. */
export function histogram({ inputs, outputs, params, first }: RoutineArguments<HistogramParams>): void {
  const output = outputs[0]!;
  const { edges: list, even } = params;
  const edges = Float64Array.from(list);
  const bins = edges.length - 1;
  if (output.data.length !== bins) {
    throw new ShapeError(`histogram: ${bins} bins do not fit into a block of shape [${output.shape.join(", ")}]`);
  }
  const [lowest, highest] = [edges[0]!, edges[bins]!];
  const width = highest - lowest;
  const counts = new Float64Array(bins);
  const { data } = inputs[0]!;
  for (let i = 0; i < data.length; i++) {
    const x = Number(data[i]);
    if (!(x >= lowest && x <= highest)) continue;
    let bin: number;
    if (even) {
      bin = Math.min(bins - 1, Math.trunc(((x - lowest) / width) * bins));
      while (x < edges[bin]!) bin--;
      while (bin < bins - 1 && x >= edges[bin + 1]!) bin++;
    } else bin = Math.min(bins - 1, lastUpTo(edges, x));
    counts[bin]!++;
  }
  const target = output.data as BigInt64Array;
  for (let bin = 0; bin < bins; bin++) target[bin] = (first ? 0n : target[bin]!) + BigInt(counts[bin]!);
}
