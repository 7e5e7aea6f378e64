/**
 * The routines by name: what a backend runs when it has no faster kernel of its own.
 *
 * Invariant: a name means the same in every worker, so the table is made when this module loads.
 */
import { viewOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import { workspaceParts } from "../data/workspace.js";
import { cholesky } from "./cholesky.js";
import { withComplex } from "./complex/kernels.js";
import { eig } from "./eig.js";
import { eigh } from "./eigh.js";
import { eliminate } from "./elimination.js";
import { expm } from "./expm.js";
import { fft } from "./fft/routine.js";
import { rotate } from "./givens.js";
import { histogram } from "./histogram.js";
import { lu } from "./lu.js";
import { matmul } from "./matmul.js";
import { exchange, type MatrixKernels, type Multiplier } from "./matrix.js";
import { multiply } from "./multiply.js";
import { luPanel, takeRows } from "./pivoting.js";
import { qr } from "./qr.js";
import type { Block, Routine, RoutineArray, RoutineCall } from "./routine.js";
import { det, inv, slogdet, solve } from "./solve.js";
import { svd } from "./svd.js";
import { solveSmall, solveTriangular } from "./triangular.js";

const routines: ReadonlyMap<string, Routine> = new Map([
  ["fft", fft],
  ["histogram", histogram],
  ["matmul", matmul],
  ["solveTriangular", solveTriangular],
  ["cholesky", cholesky],
  ["lu", lu],
  ["luPanel", luPanel],
  ["takeRows", takeRows],
  ["qr", qr],
  ["solve", solve],
  ["inv", inv],
  ["svd", svd],
  ["eigh", eigh],
  ["eig", eig],
  ["expm", expm],
  ["det", det],
  ["slogdet", slogdet],
]);

/** What a backend has for routines. */
export interface RoutineKernels {
  /** Its kernels for matrices; without them, those in JavaScript. A product may use the memory in front of a routine's workspace. */
  readonly kernels?: MatrixKernels | undefined;
  /** Its own routines, by name. */
  readonly faster?: ReadonlyMap<string, Routine>;
  /** What takes the place of the backend's own products of matrices. */
  readonly products?: Multiplier | undefined;
}

const inJavaScript: MatrixKernels = { multiply, rotate, exchange, solveSmall, eliminate };

function workspaceOf(buffer: ArrayBufferLike, { routine, inputs, params, workspace }: RoutineCall): Float64Array {
  const { products, own } = workspaceParts(routine, inputs, params);
  return own === 0 ? new Float64Array(0) : new Float64Array(buffer, workspace + products, own / 8);
}

/**
 * Runs a routine of the table, or the backend's own of the same name, on arrays in the backend's memory. Blocks must be aligned to
 * the parts of their elements.
 */
export function runRoutine(
  buffer: ArrayBufferLike,
  call: RoutineCall,
  { kernels = inJavaScript, faster, products }: RoutineKernels = {},
): void {
  const routine = faster?.get(call.routine) ?? routines.get(call.routine);
  if (routine === undefined)
    throw new ArgumentError(`routine: there is none with the name ${JSON.stringify(call.routine)}`);
  const arrayOf = ({ dtype, shape, offset }: Block): RoutineArray => ({
    dtype,
    shape,
    data: viewOf(dtype, buffer, offset, sizeOf(shape)),
  });
  routine({
    inputs: call.inputs.map(arrayOf),
    outputs: call.outputs.map(arrayOf),
    params: call.params,
    workspace: workspaceOf(buffer, call),
    ...withComplex(products === undefined ? kernels : { ...kernels, multiply: products(kernels.multiply) }),
    first: call.first,
  });
}
