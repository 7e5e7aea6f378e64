/** The table of operations: every function here is also a method of `ChunkedArray` and is run by the laws of the tests. */
export * from "./arithmetic.js";
export { diagonal, trace } from "./diagonal.js";
export { einsum, multiDot } from "./einsum.js";
export * from "./mathematical.js";
export { matmul } from "./matmul.js";
export * from "./missing.js";
export { kurtosis, moment, skew } from "./moments.js";
export { vectorNorm } from "./norms.js";
export * from "./reductions.js";
export { reshape } from "./reshape.js";
export { astype, clip, where } from "./selection.js";
export { dot, inner, kron, outer, tensordot, vecdot } from "./tensor-products.js";
export * from "./trigonometric.js";
export { broadcastTo, concat, expandDims, flip, rechunk, slice, squeeze, stack, transpose } from "./views.js";
