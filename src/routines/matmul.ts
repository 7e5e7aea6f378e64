/**
 * The matrix product of two blocks, [m, k] · [k, n], added onto the output unless it is the first step.
 *
 * One output row at a time is kept in an accumulator while the rows of the right matrix stream past it:
 *
 *     row = Σ left[i, k] · right[k, :]         every access runs along a row; `row` stays in the cache
 *
 * Invariant: floats are summed in float64 and rounded once per call; integers wrap around; bool is "or" of "and"s.
 */
import { type DType, factsOf, type TypedArray } from "../data/dtype.js";
import { DTypeError, ShapeError } from "../data/errors.js";
import type { Shaped } from "../program/routines/routine.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";

/** The sizes of a product of matrices. */
export interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Adds `left[row, :] · right` to the accumulator; `left` and `right` hold numbers of the accumulator's kind. */
type AddRow<Data, Row> = (row: Row, left: Data, right: Data, i: number, sizes: Sizes) => void;

type Numbers = Exclude<TypedArray, BigInt64Array | BigUint64Array>;
type BigInts = BigInt64Array | BigUint64Array;

/** Four rows of the right matrix at once, so that the accumulator is loaded and stored a quarter as often. */
const addFloatRow: AddRow<Numbers, Float64Array> = (row, left, right, i, { k, n }) => {
  let p = 0;
  for (; p + 4 <= k; p += 4) {
    const at = i * k + p;
    const [a, b, c, d] = [left[at]!, left[at + 1]!, left[at + 2]!, left[at + 3]!];
    const [r, s, t, u] = [p * n, (p + 1) * n, (p + 2) * n, (p + 3) * n];
    for (let j = 0; j < n; j++) {
      row[j] = row[j]! + a * right[r + j]! + b * right[s + j]! + c * right[t + j]! + d * right[u + j]!;
    }
  }
  for (; p < k; p++) {
    const a = left[i * k + p]!;
    const r = p * n;
    for (let j = 0; j < n; j++) row[j] = row[j]! + a * right[r + j]!;
  }
};

const addComplexRow: AddRow<Numbers, Float64Array> = (row, left, right, i, { k, n }) => {
  for (let p = 0; p < k; p++) {
    const re = left[2 * (i * k + p)]!;
    const im = left[2 * (i * k + p) + 1]!;
    const r = 2 * p * n;
    for (let j = 0; j < 2 * n; j += 2) {
      const x = right[r + j]!;
      const y = right[r + j + 1]!;
      row[j] = row[j]! + (re * x - im * y);
      row[j + 1] = row[j + 1]! + (re * y + im * x);
    }
  }
};

/** The low 32 bits are right for every width; storing them in the output keeps as many as it has. */
const addIntegerRow: AddRow<Numbers, Int32Array> = (row, left, right, i, { k, n }) => {
  for (let p = 0; p < k; p++) {
    const a = left[i * k + p]!;
    const r = p * n;
    for (let j = 0; j < n; j++) row[j] = row[j]! + Math.imul(a, right[r + j]!);
  }
};

const addBoolRow: AddRow<Numbers, Uint8Array> = (row, left, right, i, { k, n }) => {
  for (let p = 0; p < k; p++) {
    if (left[i * k + p] === 0) continue;
    const r = p * n;
    for (let j = 0; j < n; j++) row[j] = row[j]! | right[r + j]!;
  }
};

/** Storing into a BigInt64Array keeps 64 bits, which is all the wrapping there is to do. */
const addBigRow: AddRow<BigInts, BigInt64Array> = (row, left, right, i, { k, n }) => {
  for (let p = 0; p < k; p++) {
    const a = left[i * k + p]!;
    const r = p * n;
    for (let j = 0; j < n; j++) row[j] = row[j]! + a * right[r + j]!;
  }
};

/** Computes each row of the output in an accumulator of a fitting kind. */
function product<Data extends TypedArray, Row extends TypedArray>(
  { inputs, outputs, first }: RoutineArguments,
  row: Row,
  addRow: AddRow<Data, Row>,
  sizes: Sizes,
): void {
  const [left, right] = inputs.map(({ data }) => data) as [Data, Data];
  // The three kinds of typed array convert on `set`, which their union type cannot say.
  const rows = row as TypedArray as Float64Array;
  const [output] = outputs as [RoutineArray];
  const target = output.data as Float64Array;
  for (let i = 0; i < sizes.m; i++) {
    const start = i * row.length;
    if (first) rows.fill(emptyOf(output.dtype) as number);
    else rows.set(target.subarray(start, start + row.length));
    addRow(row, left, right, i, sizes);
    target.set(rows, start);
  }
}

function emptyOf(dtype: DType): number | bigint {
  return factsOf(dtype).big ? 0n : 0;
}

/** The sizes of a product; throws where the blocks do not fit together. */
export function productSizes(inputs: readonly Shaped[], [output]: readonly Shaped[]): Sizes {
  const [left, right] = inputs;
  const [m = -1, k = -1] = left?.shape ?? [];
  const [k2 = -1, n = -1] = right?.shape ?? [];
  const matrices = inputs.length === 2 && [...inputs, output].every((block) => block?.shape.length === 2);
  if (!output || !matrices || k !== k2 || output.shape[0] !== m || output.shape[1] !== n) {
    const shapes = inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" · ");
    throw new ShapeError(`matmul: blocks do not fit: ${shapes} → [${output?.shape.join(", ")}]`);
  }
  if (inputs.some(({ dtype }) => dtype !== output.dtype)) {
    throw new DTypeError(
      `matmul: ${inputs.map(({ dtype }) => dtype).join(" · ")} → ${output.dtype} is not of one dtype`,
    );
  }
  return { m, k, n };
}

/** The routine `matmul`: inputs [m, k] and [k, n] and the output [m, n], all of one dtype. */
export function matmul(call: RoutineArguments): void {
  const sizes = productSizes(call.inputs, call.outputs);
  const { kind, big } = factsOf(call.outputs[0]!.dtype);
  if (kind === "complex") product(call, new Float64Array(2 * sizes.n), addComplexRow, sizes);
  else if (kind === "float") product(call, new Float64Array(sizes.n), addFloatRow, sizes);
  else if (kind === "bool") product(call, new Uint8Array(sizes.n), addBoolRow, sizes);
  else if (big) product(call, new BigInt64Array(sizes.n), addBigRow, sizes);
  else product(call, new Int32Array(sizes.n), addIntegerRow, sizes);
}
