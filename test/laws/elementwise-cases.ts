/**
 * Cases of elementwise operations: all dtypes and pairs of them, special values, shapes that broadcast, JavaScript
 * values.
 */
import { type ChunkedArray, type DType, dtypes, type Element, NDArray } from "chunkwise";
import { promote, promoteWithValue } from "#src/data/dtype";
import { sample, specialsOf } from "../support/arrays.js";
import { type Case, letters, make, moodOf, type Operation, seedOf } from "./case.js";

const python = (value: Element): string => {
  if (typeof value === "object") return `complex(${value.re}, ${value.im})`;
  return typeof value === "boolean" ? (value ? "True" : "False") : String(value);
};

function elementwise(operation: Operation, arrays: readonly NDArray[]): Case {
  const { definition } = operation;
  return make(definition, { arrays, apply: (given) => operation(...given), numpy: definition.numpy });
}

const shapes = [[], [1], [17], [3, 4], [1, 5], [2, 3, 4], [0], [3, 0, 2]];
const pairs = [
  [[], [3]], [[3, 1], [1, 4]], [[2, 3, 4], [3, 4]], [[2, 1, 4], [3, 1]], [[0], [1]], [[0, 3], [1, 3]], [[], []],
  [[6], [6]],
] as const; // biome-ignore format: a table
const common = (types: readonly DType[]): DType => types.reduce(promote);

/** Every dtype by itself: all special values (of several arguments, all combinations), then ordinary ones. */
function valuesOf(operation: Operation): Case[] {
  const { definition } = operation;
  const { arity, domain, accepts } = definition;
  return dtypes.filter(accepts).flatMap((dtype) => {
    const values = (seed: number): NDArray =>
      moodOf(definition, dtype) === "special" ? specialsOf(dtype) : sample(dtype, [19], { domain, seed });
    const along = (array: NDArray, axis: number): NDArray => {
      const shape = Array.from({ length: arity }, (_, i) => (i === axis ? array.size : 1));
      return new NDArray(dtype, shape, array.data);
    };
    const columns = Array.from({ length: Math.min(2, arity) }, (_, axis) => along(values(axis), axis));
    const rest = arity > 2 ? [sample(dtype, [2], { domain })] : [];
    const ordinary = letters.slice(0, arity).map((_, seed) => sample(dtype, [37], { seed, domain }));
    return [elementwise(operation, [...columns, ...rest]), elementwise(operation, ordinary)];
  });
}

/** The cases of an elementwise operation. */
export function elementwiseCases(operation: Operation): Case[] {
  const { arity, accepts, domain } = operation.definition;
  if (arity === 0) return [];
  const good = dtypes.filter(accepts);
  const some = good.filter((dtype) => ["int16", "float32", "complex128"].includes(dtype));
  const cases = valuesOf(operation);
  const samples = (types: readonly DType[], of: readonly (readonly number[])[]): NDArray[] =>
    types.map((dtype, i) => sample(dtype, of[i]!, { domain, seed: seedOf(types.join()) + i }));
  if (arity === 1) {
    for (const dtype of some) for (const shape of shapes) cases.push(elementwise(operation, samples([dtype], [shape])));
    return cases;
  }
  const third = arity === 3 ? [[1]] : [];
  for (const dtype of some) {
    const types = letters.slice(0, arity).map(() => dtype);
    for (const pair of pairs) cases.push(elementwise(operation, samples(types, [...pair, ...third])));
  }
  const mixed = dtypes.flatMap((a) => dtypes.filter((b) => a !== b).map((b) => [a, b] as const));
  for (const [a, b] of mixed) {
    const types = arity === 3 ? [a, b, promote(a, b)] : [a, b];
    if (accepts(common(types))) cases.push(elementwise(operation, samples(types, [[5], [5], [5]])));
  }
  return arity === 2 ? [...cases, ...withValues(operation)] : cases;
}

/** Values that every dtype can take or that widen it; small whole ones, so that none overflows. */
const values: readonly Element[] = [2, 2.5, true, 3n, { re: 1, im: 2 }];

/** An array and a value, in both orders. */
function withValues(operation: Operation): Case[] {
  const { definition } = operation;
  return dtypes.flatMap((dtype) => {
    const array = sample(dtype, [6], { domain: definition.domain, seed: 3 });
    const fitting = values.filter((value) => definition.accepts(promoteWithValue(dtype, value)));
    return fitting.flatMap((value) =>
      [true, false].flatMap((first) => {
        const apply = ([x]: readonly ChunkedArray[]): ChunkedArray =>
          first ? operation(x, value) : operation(value, x);
        const [mine, other] = first ? ["x", "y"] : ["y", "x"];
        const numpy = `(lambda ${other}, ${mine}: ${definition.numpy})(${python(value)}, x)`;
        return [
          make(definition, {
            arrays: [array],
            apply,
            numpy,
            how: `${first ? "value" : "value first"} ${python(value)}`,
          }),
        ];
      }),
    );
  });
}
