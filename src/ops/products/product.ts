/** What products of two arrays share: their common dtype, and what the tests know of them. */
import { type DType, promote } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { Definition, Example } from "../definition.js";
import type { Handle } from "../handle.js";
import { astype } from "../selection.js";

/** Examples in float64 of pairs of shapes, and of the first pair in dtypes that are computed in other ways. */
export function productDefinition(
  name: string,
  pairs: readonly (readonly (readonly number[])[])[],
  numpy = `np.${name}(x, y)`,
): Definition {
  const example = (shapes: readonly (readonly number[])[], dtype?: DType): Example => ({
    ...{ shapes, args: [{ array: 1 }], numpy },
    ...(dtype === undefined ? {} : { dtype }),
  });
  const others: readonly DType[] = ["complex128", "int64", "float32", "int8", "bool"];
  return {
    ...{ family: "routine", name, arity: 2, accepts: () => true, numpy, ulps: 64, domain: [-5, 5] },
    examples: [...pairs.map((shapes) => example(shapes)), ...others.map((dtype) => example(at(pairs, 0), dtype))],
  };
}

/** The shape of an array. */
export const shapeOf = ({ expr }: Handle): readonly number[] => expr.meta.shape;

/** The shape of an array in an error message. */
export const shapeText = (x: Handle): string => `[${shapeOf(x).join(", ")}]`;

/** Two arrays in their common dtype. */
export function inCommonDType<A extends Handle>(x: A, y: A): [A, A] {
  const dtype = promote(x.expr.meta.dtype, y.expr.meta.dtype);
  return [astype(x, dtype), astype(y, dtype)];
}
