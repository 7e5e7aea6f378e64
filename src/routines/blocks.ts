/** What factorizations ask of the blocks that they are given: typed errors, thrown before anything is computed. */
import { factsOf } from "../data/dtype.js";
import { DTypeError, LinAlgError, ShapeError } from "../data/errors.js";
import { widthOf } from "./matrix.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";

/** Checks what all factorizations ask: floating matrices of one dtype, and blocks of the shapes that they say. */
export function checkBlocks(
  name: string,
  { inputs, outputs, first }: RoutineArguments,
  shapes: readonly (readonly number[])[],
): void {
  for (const { dtype } of inputs) {
    const { kind } = factsOf(dtype);
    if (kind !== "float" && kind !== "complex")
      throw new DTypeError(`${name}: cannot work on ${dtype}; convert it by astype('float64')`);
    if (dtype !== inputs[0]!.dtype)
      throw new DTypeError(`${name}: ${inputs[0]!.dtype} and ${dtype} are not of one dtype`);
  }
  if (!first) throw new ShapeError(`${name}: the steps of a routine that does not add up`);
  const fits = outputs.every(({ data, dtype }, i) => {
    return (
      shapes[i] !== undefined &&
      data.length === widthOf({ dtype }) * shapes[i].reduce((size, length) => size * length, 1)
    );
  });
  if (fits && inputs.every(({ shape }) => shape.length === 2)) return;
  const text = (blocks: readonly { readonly shape: readonly number[] }[]): string =>
    blocks.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
  throw new ShapeError(`${name}: blocks do not fit: ${text(inputs)} → ${text(outputs)}`);
}

/** The length of the sides of a square input; throws a typed error where they differ. */
export function sideOf(name: string, { shape }: RoutineArray): number {
  if (shape.length === 2 && shape[0] === shape[1]) return shape[0]!;
  throw new ShapeError(`${name}: the matrix is not square: [${shape.join(", ")}]`);
}

/** Iterations on NaN and infinities never end. */
export function checkFinite(name: string, { data, dtype, shape }: RoutineArray): void {
  const width = widthOf({ dtype });
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    const order = Math.floor(i / (width * shape[1]!));
    throw new LinAlgError(`${name}: did not converge: row ${order} holds a number that is not finite`, {
      reason: "not converged",
      order,
    });
  }
}

/** The error that names the order of a leading minor. */
export function notDefinite(order: number): LinAlgError {
  return new LinAlgError(`cholesky: the leading minor of order ${order} is not positive definite`, {
    reason: "not positive definite",
    order,
  });
}
