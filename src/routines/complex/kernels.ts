/**
 * Products and rotations of complex matrices, made of those of their real and imaginary parts; small triangles row by
 * row.
 */
import {
  hasImaginaryParts,
  imaginaryPart,
  type MatrixKernels,
  type Multiply,
  type Rotate,
  realPart,
  type SolveSmall,
} from "../matrix.js";
import { solveSmallComplex } from "./unblocked.js";

/** The same kernels, for real and complex matrices. A product may mix them, if its output is complex. */
export function withComplex(kernels: MatrixKernels): MatrixKernels {
  const multiply: Multiply = (c, a, b, sign) => {
    if (!hasImaginaryParts(c)) return void kernels.multiply(c, a, b, sign);
    const [re, im] = [realPart(c), imaginaryPart(c)];
    const signed = (...factors: readonly (1 | -1)[]): 1 | -1 =>
      factors.filter((x) => x < 0).length % 2 === 0 ? 1 : -1;
    kernels.multiply(re, realPart(a), realPart(b), sign);
    if (hasImaginaryParts(a) && hasImaginaryParts(b))
      kernels.multiply(re, imaginaryPart(a), imaginaryPart(b), signed(-1, sign, a.sign, b.sign));
    if (hasImaginaryParts(a)) kernels.multiply(im, imaginaryPart(a), realPart(b), signed(sign, a.sign, c.sign));
    if (hasImaginaryParts(b)) kernels.multiply(im, realPart(a), imaginaryPart(b), signed(sign, b.sign, c.sign));
  };
  const rotate: Rotate = (matrix, i, j, c, s) => {
    if (!hasImaginaryParts(matrix)) return void kernels.rotate(matrix, i, j, c, s);
    // both parts of a whole row lie side by side
    if (matrix.imaginary === matrix.columns)
      return void kernels.rotate({ ...realPart(matrix), columns: 2 * matrix.columns }, i, j, c, s);
    kernels.rotate(realPart(matrix), i, j, c, s);
    kernels.rotate(imaginaryPart(matrix), i, j, c, s);
  };
  const solveSmall: SolveSmall = (t, b, triangle) =>
    (hasImaginaryParts(t) ? solveSmallComplex : kernels.solveSmall)(t, b, triangle);
  return { ...kernels, multiply, rotate, solveSmall };
}
