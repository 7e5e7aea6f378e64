/** What follows from the factors P · L · U: solutions, the inverse, determinants. */
import { LinAlgError } from "../../data/errors.js";
import { type Factors, factorize } from "./lu.js";
import { at, checkBlocks, type Matrix, sideOf, store, Workspace } from "./matrix.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";
import { solveTriangle } from "./triangular.js";

/** The factors of an input that must have an inverse. */
function regular(name: string, input: RoutineArray, room: Workspace, { multiply }: RoutineArguments): Factors {
  const result = factorize(room.load(input), multiply);
  const { factors } = result;
  for (let i = 0; i < factors.rows; i++) {
    if (at(factors, i, i) !== 0) continue;
    throw new LinAlgError(`${name}: singular matrix: pivot ${i} is 0`, { reason: "singular", order: i });
  }
  return result;
}

function substitute(factors: Matrix, x: Matrix, { multiply }: RoutineArguments): void {
  solveTriangle(factors, x, { lower: true, unit: true }, multiply);
  solveTriangle(factors, x, { lower: false, unit: false }, multiply);
}

/** The routine `solve`: inputs [n, n] and [n, r], the output [n, r]. */
export function solve(call: RoutineArguments): void {
  const [a, b] = call.inputs;
  const n = sideOf("solve", a!);
  const r = b!.shape[1]!;
  checkBlocks("solve", call, [[b!.shape[0] === n ? n : -1, r]]);
  const room = new Workspace(call.workspace);
  const { factors, order } = regular("solve", a!, room, call);
  const x = room.take(n, r);
  for (const [i, row] of order.entries()) {
    for (let j = 0; j < r; j++) x.data[x.first + i * r + j] = Number(b!.data[row * r + j]);
  }
  substitute(factors, x, call);
  store(x, call.outputs[0]!);
}

/** The routine `inv`: the input [n, n], the output of the same shape. */
export function inv(call: RoutineArguments): void {
  const n = sideOf("inv", call.inputs[0]!);
  checkBlocks("inv", call, [[n, n]]);
  const room = new Workspace(call.workspace);
  const { factors, order } = regular("inv", call.inputs[0]!, room, call);
  const x = room.zeros(n, n);
  for (const [i, row] of order.entries()) x.data[x.first + i * n + row] = 1;
  substitute(factors, x, call);
  store(x, call.outputs[0]!);
}

/** The sign of the determinant and the logarithm of its size: a product of many numbers leaves the range of floats. */
function logarithm(name: string, call: RoutineArguments): [sign: number, log: number] {
  const n = sideOf(name, call.inputs[0]!);
  checkBlocks(name, call, [[1], [1]]);
  const result = factorize(new Workspace(call.workspace).load(call.inputs[0]!), call.multiply);
  let [sign, log]: [number, number] = [result.sign, 0];
  for (let i = 0; i < n; i++) {
    const pivot = at(result.factors, i, i);
    sign *= Math.sign(pivot);
    log += Math.log(Math.abs(pivot));
  }
  return [sign, log];
}

/** The routine `slogdet`: the input [n, n]; the outputs, of one element each, are the sign and the logarithm. */
export function slogdet(call: RoutineArguments): void {
  const [sign, log] = logarithm("slogdet", call);
  call.outputs[0]!.data[0] = sign + 0; // not -0
  call.outputs[1]!.data[0] = log;
}

/** The routine `det`: the input [n, n], the output of one element. */
export function det(call: RoutineArguments): void {
  const n = sideOf("det", call.inputs[0]!);
  checkBlocks("det", call, [[1]]);
  const { factors, sign } = factorize(new Workspace(call.workspace).load(call.inputs[0]!), call.multiply);
  let product: number = sign;
  for (let i = 0; i < n; i++) product *= at(factors, i, i);
  call.outputs[0]!.data[0] = product + 0; // not -0
}
