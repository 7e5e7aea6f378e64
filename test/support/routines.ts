/** Calls a routine of a backend on arrays, with noise in everything that it must not read. */
import { NDArray } from "chunkwise";
import { type DType, factsOf, viewOf } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import type { Backend } from "#src/kernels/backend";
import { type RoutineName, workspaceBytes } from "#src/program/routines/table";
import type { Block } from "#src/routines/routine";

/** The dtype and shape of an output. */
export type Wanted = readonly [dtype: DType, shape: readonly number[]];

/** Runs a routine once and gives its outputs. */
export function callRoutine(
  backend: Backend,
  routine: RoutineName,
  inputs: readonly NDArray[],
  wanted: readonly Wanted[],
  params: unknown = null,
): NDArray[] {
  let end = 64;
  const place = (dtype: DType, shape: readonly number[]): Block => {
    const offset = end;
    end = Math.ceil((end + sizeOf(shape) * factsOf(dtype).bytes) / 64) * 64;
    return { dtype, shape, offset };
  };
  const sources = inputs.map(({ dtype, shape }) => place(dtype, shape));
  const outputs = wanted.map(([dtype, shape]) => place(dtype, shape));
  const workspace = end;
  const bytes = workspace + workspaceBytes(routine, sources, params);
  backend.reserve(bytes + 64);
  // NaN as floats; other tests may have made the memory far larger
  new Uint8Array(backend.buffer).fill(0xff, 0, bytes + 2 ** 16);
  for (const [i, { data }] of inputs.entries()) {
    new Uint8Array(backend.buffer, sources[i]!.offset, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }
  backend.call({ routine, params, inputs: sources, outputs, first: true, workspace });
  const tail = new Uint8Array(backend.buffer, bytes, 64);
  if (tail.some((byte) => byte !== 0xff)) throw new Error(`${routine} wrote behind its workspace`);
  return outputs.map(
    ({ dtype, shape, offset }) =>
      new NDArray(dtype, shape, viewOf(dtype, backend.buffer, offset, sizeOf(shape)).slice()),
  );
}
