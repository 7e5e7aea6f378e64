/**
 * All modules of operations with all that they export, for types only: a name that is exported by `export *` keeps its
 * doc comment in the types of methods, and one that is exported by its name does not.
 */
export * from "./arithmetic.js";
export * from "./bitwise.js";
export * from "./broadcast.js";
export * from "./comparison.js";
export * from "./concat.js";
export * from "./diagonal.js";
export * from "./mathematical.js";
export * from "./missing.js";
export * from "./moments.js";
export * from "./norms.js";
export * from "./products/einsum.js";
export * from "./products/kron.js";
export * from "./products/matmul.js";
export * from "./products/multi-dot.js";
export * from "./products/tensordot.js";
export * from "./products/vecdot.js";
export * from "./rechunk.js";
export * from "./reductions.js";
export * from "./reshape.js";
export * from "./round.js";
export * from "./selection.js";
export * from "./slice.js";
export * from "./transpose.js";
export * from "./trigonometric.js";
