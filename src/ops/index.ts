/**
 * The table of operations: every function here is also a method of `ChunkedArray` and is run by the laws of the tests.
 */
export * from "./arithmetic.js";
export * from "./bitwise.js";
export { broadcastTo } from "./broadcast.js";
export * from "./comparison.js";
export { concat, stack } from "./concat.js";
export { diagonal, trace } from "./diagonal.js";
export * from "./mathematical.js";
export * from "./missing.js";
export { kurtosis, moment, skew } from "./moments.js";
export { vectorNorm } from "./norms.js";
export { einsum } from "./products/einsum.js";
export { kron } from "./products/kron.js";
export { matmul } from "./products/matmul.js";
export { multiDot } from "./products/multi-dot.js";
export { dot, inner, outer, tensordot } from "./products/tensordot.js";
export { vecdot } from "./products/vecdot.js";
export { rechunk } from "./rechunk.js";
export * from "./reductions.js";
export { reshape } from "./reshape.js";
export { round } from "./round.js";
export { astype, clip, where } from "./selection.js";
export { slice } from "./slice.js";
export { expandDims, flip, matrixTranspose, squeeze, transpose } from "./transpose.js";
export * from "./trigonometric.js";
