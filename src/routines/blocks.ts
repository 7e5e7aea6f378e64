/** What factorizations ask of the blocks that they are given: typed errors, thrown before anything is computed. */
import { factsOf } from "../data/dtype.js";
import { DTypeError, LinAlgError, ShapeError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import type { Shapes } from "../program/routines/routine.js";
import { outputShapes, type RoutineName } from "../program/routines/table.js";
import { widthOf } from "./matrix.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";

/**
 * Checks what all factorizations ask: floating matrices of one dtype, and outputs of the shapes that their description
 * gives.
 */
export function checkBlocks(
  name: RoutineName,
  { inputs, outputs, params, first }: RoutineArguments,
  shapes: Shapes = outputShapes(name, inputs, params),
): void {
  const [{ dtype: common } = { dtype: undefined }] = inputs;
  for (const { dtype } of inputs) {
    const { kind } = factsOf(dtype);
    if (kind !== "float" && kind !== "complex")
      throw new DTypeError(`${name}: cannot work on ${dtype}; convert it by astype('float64')`);
    if (dtype !== common) throw new DTypeError(`${name}: ${common} and ${dtype} are not of one dtype`);
  }
  if (!first) throw new ShapeError(`${name}: the steps of a routine that does not add up`);
  const fits = outputs.every(({ data, dtype }, i) => {
    const shape = shapes[i];
    return shape !== undefined && data.length === widthOf({ dtype }) * sizeOf(shape);
  });
  if (!fits || inputs.some(({ shape }) => shape.length !== 2)) throw misfit(name, inputs, outputs);
}

/** The error for blocks that do not fit together. */
export function misfit(
  name: RoutineName,
  inputs: readonly RoutineArray[],
  outputs: readonly RoutineArray[],
): ShapeError {
  const text = (blocks: readonly RoutineArray[]): string =>
    blocks.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
  return new ShapeError(`${name}: blocks do not fit: ${text(inputs)} → ${text(outputs)}`);
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
