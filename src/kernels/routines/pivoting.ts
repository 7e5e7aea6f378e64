/**
 * The two steps of a factorization by panels that partial pivoting needs: the factors of a panel with the order of its rows,
 * and rows of other columns brought into that order. See ops/linalg/elimination.ts.
 *
 *     panel [m, b]  ──luPanel──▶  │ L and U [m, b] │ order │ sign │      order and sign are one column each
 *
 * Invariant: row i of L · U is row `order[i]` of the panel. An order is exact in floats: float32 counts to 2^24.
 */
import { LinAlgError } from "../../data/errors.js";
import { checkBlocks } from "./blocks.js";
import { factorize } from "./lu.js";
import { at, Workspace } from "./matrix.js";
import type { RoutineArguments } from "./routine.js";

/** What the routine `luPanel` is told. */
export interface PanelParams {
  /** The operation that an error names. */
  readonly operation: string;
  /** The row of the whole matrix in which the panel begins. */
  readonly from: number;
  /** True where a pivot of 0 is an error. */
  readonly regular: boolean;
}

/** The routine `luPanel`: the input [m, b], the output [m, b + 2]. Below its first row the last column holds zeros. */
export function luPanel(call: RoutineArguments): void {
  const [m, b] = call.inputs[0]!.shape as [number, number];
  checkBlocks("luPanel", call, [[m, b + 2]]);
  const { operation, from, regular } = call.params as PanelParams;
  const { factors, order, sign } = factorize(
    new Workspace(call.workspace, call.inputs[0]!).load(call.inputs[0]!),
    call.multiply,
  );
  for (let i = 0; regular && i < Math.min(m, b); i++) {
    if (at(factors, i, i) !== 0) continue;
    const pivot = from + i;
    throw new LinAlgError(`${operation}: singular matrix: pivot ${pivot} is 0`, { reason: "singular", order: pivot });
  }
  const { data } = call.outputs[0]!;
  for (let i = 0, to = 0; i < m; i++) {
    const row = factors.first + i * b;
    for (let j = 0; j < b; j++) data[to++] = factors.data[row + j]!;
    data[to++] = order[i]!;
    data[to++] = i === 0 ? sign : 0;
  }
}

/** The routine `takeRows`: inputs an order [k, 1] and rows [m, n]; the output [k, n] has row `order[i]` in place i. */
export function takeRows(call: RoutineArguments): void {
  const [order, rows] = call.inputs;
  const [k, n] = [order!.shape[0]!, rows!.shape[1]!];
  checkBlocks("takeRows", call, [[k, n]]);
  // both of one dtype, which their union type cannot say
  const [from, to] = [rows!.data as Float64Array, call.outputs[0]!.data as Float64Array];
  for (let i = 0; i < k; i++) {
    const row = Number(order!.data[i]) * n;
    to.set(from.subarray(row, row + n), i * n);
  }
}
