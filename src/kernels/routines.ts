/**
 * The routines by name: what a backend runs when it has no faster kernel of its own.
 *
 * Invariant: a name means the same in every worker, so the table is made when this module loads.
 */
import { viewOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import { workspaceParts } from "../data/workspace.js";
import type { Block, RoutineCall } from "./backend.js";
import { cholesky } from "./routines/cholesky.js";
import { withComplex } from "./routines/complex/kernels.js";
import { eig } from "./routines/eig.js";
import { eigh } from "./routines/eigh.js";
import { expm } from "./routines/expm.js";
import { fft } from "./routines/fft.js";
import { histogram } from "./routines/histogram.js";
import { lu } from "./routines/lu.js";
import { matmul } from "./routines/matmul.js";
import type { MatrixKernels } from "./routines/matrix.js";
import { multiply } from "./routines/multiply.js";
import { luPanel, takeRows } from "./routines/pivoting.js";
import { qr } from "./routines/qr.js";
import { rotate } from "./routines/rotations.js";
import type { Routine, RoutineArray } from "./routines/routine.js";
import { det, inv, slogdet, solve } from "./routines/solve.js";
import { svd } from "./routines/svd.js";
import { solveTriangular } from "./routines/triangular.js";

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

/** Kernels in JavaScript. */
const plain: MatrixKernels = { multiply, rotate };

function workspaceOf(buffer: ArrayBufferLike, { routine, inputs, params, workspace }: RoutineCall): Float64Array {
  const { products, own } = workspaceParts(routine, inputs, params);
  return own === 0 ? new Float64Array(0) : new Float64Array(buffer, workspace + products, own / 8);
}

/**
 * Runs a routine of the table, or the one that a backend has of the same name in `faster`, on arrays in the backend's memory.
 * Blocks must be aligned to the parts of their elements. `kernels` are the backend's own; a product may use the memory in front
 * of the routine's workspace.
 */
export function runRoutine(
  buffer: ArrayBufferLike,
  call: RoutineCall,
  kernels: MatrixKernels = plain,
  faster: ReadonlyMap<string, Routine> = routines,
): void {
  const routine = faster.get(call.routine) ?? routines.get(call.routine);
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
    ...withComplex(kernels),
    first: call.first,
  });
}
