/** Linear algebra: what `linalg` exports. Matrices are the last two axes; leading axes are stacks. */
export { diagonal, trace } from "../ops/diagonal.js";
export { type Eigen, eig, eigh, eigvals, eigvalsh } from "../ops/linalg/eigen.js";
export { expm } from "../ops/linalg/exponential.js";
export { type Lu, lu } from "../ops/linalg/lu.js";
export {
  type CrossOptions,
  cond,
  cross,
  type MatrixNormOptions,
  matrixNorm,
  matrixPower,
} from "../ops/linalg/matrices.js";
export { type NormOptions, norm } from "../ops/linalg/norm.js";
export type { SignAndLog } from "../ops/linalg/panels.js";
export { type Qr, type QrOptions, qr } from "../ops/linalg/qr.js";
export { det, inv, lstsq, slogdet, solve } from "../ops/linalg/solutions.js";
export {
  type CompressedOptions,
  matrixRank,
  pinv,
  type RankOptions,
  type Svd,
  type SvdOptions,
  svd,
  svdCompressed,
  svdvals,
} from "../ops/linalg/svd.js";
export { type CholeskyOptions, cholesky, solveTriangular, type TriangularOptions } from "../ops/linalg/triangular.js";
export { vectorNorm } from "../ops/norms.js";
export { matmul } from "../ops/products/matmul.js";
export { outer, tensordot } from "../ops/products/tensordot.js";
export { vecdot } from "../ops/products/vecdot.js";
export { matrixTranspose } from "../ops/transpose.js";
