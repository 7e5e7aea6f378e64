/** Cases of reductions: all dtypes, axes and options, arrays with NaN and infinities, with axes of length 1 and 0. */
import { type ChunkedArray, type DType, dtypes, type NDArray, zeros } from "chunkwise";
import type { Definition } from "#src/ops/definition";
import { fill, sample } from "../support/arrays.js";
import { type Case, make, moodOf, type Operation, seedOf } from "./case.js";

const axesOf = (ndim: number): (number | readonly number[] | null)[] => {
  const single = Array.from({ length: ndim }, (_, axis) => axis);
  if (ndim < 2) return [null, ...single];
  return [null, ...single, -1, [0, ndim - 1], [-1, 0], single];
};

/** A reduction as `f(x, axis, options)`, which most are. */
export function reductionOf(operation: Operation): Operation {
  const { definition } = operation;
  return Object.assign((definition.reduce ?? operation).bind(null), { definition }) as Operation;
}

/** True when a reduction takes an option: found by asking. */
function takes(operation: Operation, option: object): boolean {
  try {
    reductionOf(operation)(zeros([2]), null, option);
    return true;
  } catch {
    return false;
  }
}

/** A call of a reduction. */
export function reduce(
  operation: Operation,
  array: NDArray,
  axis: number | readonly number[] | null,
  options: object,
): Case {
  const { definition } = operation;
  const { keepdims = false, ...more } = options as { keepdims?: boolean };
  const tuple = Array.isArray(axis) ? `(${axis.map((one) => `${one},`).join("")})` : (axis ?? "None");
  const python = (value: unknown): string => String(value).replace("Infinity", "np.inf");
  const given = Object.entries(more).map(
    ([name, value]) => `, ${name}=${name === "dtype" ? `np.${value}` : python(value)}`,
  );
  const indexed = /arg/.test(definition.numpy) && Array.isArray(axis);
  const kept = indexed
    ? array.shape.map((length, i) => (axis.some((one) => (one + array.ndim) % array.ndim === i) ? 1 : length))
    : [];
  const code = definition.numpy.replace(/\)$/, `${given.join("")})`);
  const reshaped = keepdims ? `.reshape(${JSON.stringify(kept)})` : "";
  const numpy = indexed
    ? `(lambda x, axis, keepdims: ${code})(merged(x, ${tuple}), -1, False)${reshaped}`
    : `(lambda axis, keepdims: ${code})(${tuple}, ${keepdims ? "True" : "False"})`;
  const how = `axis ${JSON.stringify(axis)}${Object.keys(options).length > 0 ? ` ${JSON.stringify(options)}` : ""}`;
  const sizesOf = definition.sizes as Operation | undefined;
  const sizes = sizesOf && { sizes: ([x]: readonly ChunkedArray[]) => sizesOf(x, axis, options) };
  return make(definition, {
    arrays: [array],
    apply: ([x]) => reductionOf(operation)(x, axis, options),
    numpy,
    how,
    ...sizes,
  });
}

/** NumPy's index among what is not NaN; an error where there is no number, and any index where all are infinite. */
const needsNumbers = ({ numpy }: Definition): boolean => /np\.nanarg/.test(numpy);

/** An array with a finite number in each stretch of two elements along each axis, and in each axis of length 1. */
function withNumbers({ dtype, shape, data }: NDArray): NDArray {
  const isNumber = (i: number): boolean => {
    let [rest, sum] = [i, 0];
    for (const length of shape.toReversed()) {
      sum += rest % length;
      rest = Math.floor(rest / length);
    }
    return sum % 2 === 0 || shape.includes(1);
  };
  return fill(dtype, shape, (i) => (isNumber(i) && !Number.isFinite(Number(data[i])) ? 7 : data[i]!));
}

/** The dtypes that are tried over all axes and options. */
const thorough: readonly DType[] = ["int8", "float32", "complex128"];

/** The cases of a reduction. */
export function reductionCases(operation: Operation): Case[] {
  const { definition } = operation;
  const good = dtypes.filter(definition.accepts);
  const sampleOf = (dtype: DType, shape: readonly number[]): NDArray => {
    const mood = moodOf(definition, dtype);
    const array = sample(dtype, shape, { mood, domain: definition.domain, seed: seedOf(dtype + shape) });
    return needsNumbers(definition) ? withNumbers(array) : array;
  };
  const cases = good.flatMap((dtype) => {
    const array = sampleOf(dtype, [3, 5, 4]);
    if (!thorough.includes(dtype)) return [null, 1, [0, 2]].map((axis) => reduce(operation, array, axis, {}));
    return axesOf(3).flatMap((axis) =>
      [{}, { keepdims: true }].map((options) => reduce(operation, array, axis, options)),
    );
  });
  for (const dtype of good.filter((one) => ["int8", "float32", "float64"].includes(one))) {
    for (const shape of [[], [1], [40], [1, 7], [7, 1], [0], [0, 3], [3, 0, 2]]) {
      const array = sampleOf(dtype, shape);
      for (const axis of axesOf(shape.length)) cases.push(reduce(operation, array, axis, { keepdims: axis === 0 }));
    }
  }
  const floats = [{ dtype: "float32" }, { dtype: "float64" }];
  const ords = [0, 1, 2, 3, 0.5, -1, -2.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((ord) => ({ ord }));
  const orders = [0, 1, 2, 3, 4].map((order) => ({ order }));
  const options = [...floats, { ddof: 1 }, { ddof: 0.5 }, { ddof: 3 }, { ddof: 9 }, ...ords, ...orders].filter((one) =>
    takes(operation, one),
  );
  for (const option of options) {
    for (const dtype of good.filter(
      (one) => ["int8", "float32", "float64"].includes(one) || (one === "complex128" && "ord" in option),
    ))
      cases.push(reduce(operation, sampleOf(dtype, [3, 4]), 0, option));
  }
  return cases;
}
