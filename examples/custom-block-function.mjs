// @ts-check
/**
 * A function of your own, applied to each block in the workers. It travels as source: it may use its arguments and
 * JavaScript's globals, nothing else; what it captures is named in the error. Functions that need imports live in a
 * module: `mapBlocks({ module, name })`.
 *
 *     node examples/custom-block-function.mjs
 */
import { arange, CaptureError } from "chunkwise";

const x = arange(12, { dtype: "float64" }).reshape([4, 3]).rechunk([2, 3]);

// Each block knows its place: here every element gets the index of its row in front. (`Number`, because the elements
// of 64-bit integers would be bigints.)
const labelled = x.mapBlocks(({ shape, data }, place) => {
  const [, width = 1] = shape;
  const [first = 0] = place.start;
  return Array.from(data, Number).map((value, i) => 100 * (first + Math.floor(i / width)) + value);
});
console.log(await labelled.compute());

// One row for each block, its smallest and largest element: a block may change its shape where `chunks` says so.
const extremes = x.mapBlocks(
  ({ data }) => {
    const values = Array.from(data, Number);
    return [Math.min(...values), Math.max(...values)];
  },
  { chunks: [[1, 1], [2]] },
);
console.log(await extremes.compute());

const factor = 2;
try {
  x.mapBlocks(({ data }) => Array.from(data, Number).map((value) => factor * value));
} catch (error) {
  if (error instanceof CaptureError) console.log("refused, because it captures:", error.variables.join(", "));
}
