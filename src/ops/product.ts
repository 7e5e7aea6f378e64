/** What the tests know of a product of two arrays. */
import type { DType } from "../data/dtype.js";
import type { Definition, Example } from "./define.js";

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
    examples: [...pairs.map((shapes) => example(shapes)), ...others.map((dtype) => example(pairs[0]!, dtype))],
  };
}
