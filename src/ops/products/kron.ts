/** The Kronecker product. */
import { zip } from "../../data/lists.js";
import { multiply } from "../arithmetic.js";
import type { Handle } from "../handle.js";
import { defined } from "../parameters.js";
import { reshape } from "../reshape.js";
import { expandDims } from "../transpose.js";
import type { MatMul } from "./matmul.js";
import { inCommonDType, productDefinition, shapeOf } from "./product.js";

/**
 * The Kronecker product: each element of the first replaced by the second, multiplied by it. NumPy's `kron`; the array
 * with fewer axes gets axes of length 1 in front.
 * @example x.kron(y)
 */
export const kron: MatMul = defined(
  { x: "number or array", y: "number or array" },
  <A extends Handle>(x: A, y: A): A => {
    const [a, b] = inCommonDType(x, y);
    const ndim = Math.max(shapeOf(a).length, shapeOf(b).length);
    const padded = (array: A): A => {
      const missing = ndim - shapeOf(array).length;
      return missing === 0
        ? array
        : expandDims(
            array,
            Array.from({ length: missing }, (_, i) => i),
          );
    };
    const [left, right] = [padded(a), padded(b)];
    const axes = Array.from({ length: ndim }, (_, axis) => axis);
    if (ndim === 0) return multiply(left, right);
    const product = multiply(
      expandDims(
        left,
        axes.map((axis) => 2 * axis + 1),
      ),
      expandDims(
        right,
        axes.map((axis) => 2 * axis),
      ),
    );
    return reshape(
      product,
      zip(shapeOf(left), shapeOf(right)).map(([a, b]) => a * b),
    );
  },
  productDefinition("kron", [
    [
      [2, 3],
      [4, 5],
    ],
    [[3], [2, 2]],
    [
      [2, 1, 2],
      [3, 2, 1],
    ],
  ]),
);
