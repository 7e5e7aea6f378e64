/** Histograms of blocks: how many elements lie between neighbouring edges. */
import type { RoutineDescription } from "./routine.js";

/** The parameters of the routine `histogram`. */
export interface HistogramParams {
  readonly edges: readonly number[];
  /** True where the edges are evenly spaced. */
  readonly even: boolean;
}

/** `histogram`: a block of any shape; the output [1, bins]. Later steps add to what earlier ones left. */
export const histogram: RoutineDescription<HistogramParams> = {
  outputs: (_inputs, { edges }) => [[1, edges.length - 1]],
};
