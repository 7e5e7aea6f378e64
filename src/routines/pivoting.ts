/**
 * The two steps of a factorization by panels that partial pivoting needs: the factors of a panel with the order of its
 * rows, and rows of other columns brought into that order. See ops/linalg/elimination.ts.
 *
 *     panel [m, b]  ──luPanel──▶  │ L and U [m, b] │ order │ sign │      order and sign are one column each
 *
 * Invariant: row i of L · U is row `order[i]` of the panel. An order is exact in floats: float32 counts to 2^24. Beside
 * complex factors, order and sign are the real parts of their columns.
 */
import { LinAlgError } from "../data/errors.js";
import type { PanelParams } from "../program/routines/factorizations.js";
import { checkBlocks } from "./blocks.js";
import { factorize } from "./lu.js";
import { at, imaginaryPart, isZero, realPart, Workspace, widthOf } from "./matrix.js";
import type { RoutineArguments } from "./routine.js";

/** The routine `luPanel`: the input [m, b], the output [m, b + 2]. Below its first row the last column holds zeros. */
export function luPanel(call: RoutineArguments<PanelParams>): void {
  const [input] = call.inputs;
  const [m, b] = input!.shape as [number, number];
  checkBlocks("luPanel", call);
  const { operation, from, regular } = call.params;
  const space = new Workspace(call.workspace, input!);
  const { factors, order, sign } = factorize(space.load(input!), space, call);
  for (let i = 0; regular && i < Math.min(m, b); i++) {
    if (!isZero(factors, i, i)) continue;
    const pivot = from + i;
    throw new LinAlgError(`${operation}: singular matrix: pivot ${pivot} is 0`, { reason: "singular", order: pivot });
  }
  const [packed] = call.outputs;
  const { data } = packed!;
  const width = widthOf(packed!);
  const stride = width * (b + 2);
  data.fill(0 as never);
  const parts = width === 1 ? [factors] : [realPart(factors), imaginaryPart(factors)];
  for (const [k, numbers] of parts.entries()) {
    for (let i = 0; i < m; i++)
      for (let j = 0, to = i * stride + k; j < b; j++, to += width) data[to] = at(numbers, i, j);
  }
  for (let i = 0; i < m; i++) data[i * stride + width * b] = order[i]!;
  if (m > 0) data[width * (b + 1)] = sign;
}

/** The routine `takeRows`: inputs an order [k, 1] and rows [m, n]; the output [k, n] has row `order[i]` in place i. */
export function takeRows(call: RoutineArguments): void {
  const [order, rows] = call.inputs;
  const [k, n] = [order!.shape[0]!, rows!.shape[1]!];
  checkBlocks("takeRows", call);
  const width = widthOf(rows!);
  const length = width * n;
  // both of one dtype, which their union type cannot say
  const [from, to] = [rows!.data as Float64Array, call.outputs[0]!.data as Float64Array];
  for (let i = 0; i < k; i++) {
    const row = Number(order!.data[width * i]) * length;
    to.set(from.subarray(row, row + length), i * length);
  }
}
