/** What factorizations ask of the blocks that they are given: typed errors, thrown before anything is computed. */
import { DTypeError, LinAlgError, ShapeError } from "../../data/errors.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";

/** Checks what all factorizations ask: real floating matrices of one dtype, and blocks of the shapes that they say. */
export function checkBlocks(
  name: string,
  { inputs, outputs, first }: RoutineArguments,
  shapes: readonly (readonly number[])[],
): void {
  for (const { dtype } of inputs) {
    if (dtype === "float32" || dtype === "float64") continue;
    const advice = dtype.startsWith("complex")
      ? "without a native library it knows real matrices only; install one (npx chunkwise native install)"
      : "convert it by astype('float64')";
    throw new DTypeError(`${name}: cannot work on ${dtype}; ${advice}`);
  }
  if (!first) throw new ShapeError(`${name}: the steps of a routine that does not add up`);
  const fits = outputs.every(({ data, dtype }, i) => {
    const width = dtype.startsWith("complex") ? 2 : 1;
    return shapes[i] !== undefined && data.length === width * shapes[i].reduce((size, length) => size * length, 1);
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
export function checkFinite(name: string, { data, shape }: RoutineArray): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    const order = Math.floor(i / shape[1]!);
    throw new LinAlgError(`${name}: did not converge: row ${order} holds a number that is not finite`, {
      reason: "not converged",
      order,
    });
  }
}
