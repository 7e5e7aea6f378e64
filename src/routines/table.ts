/**
 * The routines by name: what a backend runs when it has no faster kernel of its own.
 *
 * Invariant: a name means the same in every worker, and every name that programs know has a kernel here.
 */
import { viewOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import { workspaceParts } from "../program/routines/table.js";
import { cholesky } from "./cholesky.js";
import { withComplex } from "./complex/kernels.js";
import { eig } from "./eig.js";
import { eigh } from "./eigh.js";
import { expm } from "./expm.js";
import { fft } from "./fft/routine.js";
import { histogram } from "./histogram.js";
import { lu } from "./lu.js";
import { matmul } from "./matmul.js";
import type { MatrixKernels, Multiplier } from "./matrix.js";
import { luPanel, takeRows } from "./pivoting.js";
import { plainKernels } from "./plain-kernels.js";
import { qr } from "./qr.js";
import type { Block, Routine, RoutineArray, RoutineCall, RoutineTable } from "./routine.js";
import { det, inv, slogdet, solve } from "./solve.js";
import { svd } from "./svd.js";
import { solveTriangular } from "./triangular.js";

const routines: RoutineTable = {
  fft,
  histogram,
  matmul,
  solveTriangular,
  cholesky,
  lu,
  luPanel,
  takeRows,
  qr,
  solve,
  inv,
  svd,
  eigh,
  eig,
  expm,
  det,
  slogdet,
};

/** What a backend has for routines. */
export interface RoutineKernels {
  /**
   * Its kernels for matrices; without them, those in JavaScript. A product may use the memory in front of a routine's
   * workspace.
   */
  readonly kernels?: MatrixKernels | undefined;
  /** Its own routines, by name. */
  readonly faster?: Partial<RoutineTable>;
  /** What takes the place of the backend's own products of matrices. */
  readonly products?: Multiplier | undefined;
}

function workspaceOf(buffer: ArrayBufferLike, { routine, inputs, params, workspace }: RoutineCall): Float64Array {
  const { products, own } = workspaceParts(routine, inputs, params);
  return own === 0 ? new Float64Array(0) : new Float64Array(buffer, workspace + products, own / 8);
}

/**
 * Runs a routine of the table, or the backend's own of the same name, on arrays in the backend's memory. Blocks must be
 * aligned to the parts of their elements.
 */
export function runRoutine(
  buffer: ArrayBufferLike,
  call: RoutineCall,
  { kernels = plainKernels, faster, products }: RoutineKernels = {},
): void {
  // parameters have travelled as plain data, so their type is known by the name alone
  const routine = (faster?.[call.routine] ?? routines[call.routine]) as Routine | undefined;
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
