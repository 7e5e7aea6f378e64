/** Linear algebra: what `linalg` exports. Matrices are the last two axes; leading axes are stacks. */
export { type Eigen, eig, eigh, eigvals, eigvalsh } from "../ops/linalg/eigen.js";
export { type Lu, lu } from "../ops/linalg/lu.js";
export {
  type CrossOptions,
  cond,
  cross,
  type MatrixNormOptions,
  matrixNorm,
  matrixPower,
} from "../ops/linalg/matrices.js";
export type { SignAndLog } from "../ops/linalg/panels.js";
export { type Qr, type QrOptions, qr } from "../ops/linalg/qr.js";
export { det, inv, lstsq, slogdet, solve } from "../ops/linalg/solutions.js";
export {
  type CompressedOptions,
  matrixRank,
  pinv,
  type RankOptions,
  type Svd,
  svd,
  svdCompressed,
  svdvals,
} from "../ops/linalg/svd.js";
export { type CholeskyOptions, cholesky, solveTriangular, type TriangularOptions } from "../ops/linalg/triangular.js";
