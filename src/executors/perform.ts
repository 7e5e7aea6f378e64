/**
 * Performing a task: the same wherever it runs.
 *
 *     piece by piece, tile by tile:   operands ─▶ scratch memory ─ programs ─▶ result
 *
 * A tile of a file is read straight into the backend's memory, the loops run over it, and the next tile overwrites it: a
 * source chunk is never materialised. All results of a task over the same source use the same tile.
 *
 * Invariant: a task may be performed twice (after a worker died) and gives the same bytes.
 */
import { copyBox } from "../data/copy.js";
import { allocate, type DType, factsOf, type TypedArray, viewOf } from "../data/dtype.js";
import { ChunkwiseError } from "../data/errors.js";
import { AREA_BYTES, areaOf, type BlockMemory, hasArea } from "../data/memory.js";
import { firstOf, sizeOf, stridesOf } from "../data/region.js";
import {
  type Gathered,
  type Job,
  LARGEST_TILE_BYTES,
  type Output,
  type Piece,
  type PieceOperand,
  type ProgramRun,
  type Step,
  type Task,
  TILE_BYTES,
} from "../graph/task.js";
import type { Backend, LoopOperand } from "../kernels/backend.js";
import { backendOf } from "../kernels/index.js";
import { type FoldProgram, isCopy, type MapProgram } from "../program/loop.js";
import type { KernelSpec } from "../program/routines/spec.js";
import { workspaceBytes } from "../program/routines/table.js";
import type { Block } from "../routines/routine.js";
import { type Decoded, decode, encode } from "./encoded.js";
import type { TaskFigures } from "./executor.js";
import { type Fold, Folding, loopCall, runFolds } from "./folding.js";
import { kernelViews, splitRows } from "./kernel-views.js";
import { type TileReader, tileBytes, tileReader } from "./operands.js";
import { Resources } from "./resources.js";
import { type Result, writeResult } from "./result-writer.js";
import { routineSlices } from "./routine-slices.js";
import { Scratch } from "./scratch.js";
import { runSuspendable, type Suspendable } from "./suspendable.js";
import { forEachTile, type Tiling, tilePoints, tilesOf } from "./tiles.js";
import { callUserFunction, type UserBlock } from "./user-function.js";
import { workingMemoryOf } from "./working-memory.js";

/** Where loops put a result: an output of a task, or a block in scratch memory, by the addresses of its fields. */
type Wanted = Pick<Output, "dtypes"> & Partial<Output> & { readonly scratch?: readonly number[] };

/** Takes part of an output's block: where it starts in the target and how it moves there, in elements. */
type Put = (output: number, result: Result, first: number, strides: readonly number[]) => void;

/** A run over a piece, in the tiling's order of dimensions. */
interface CopyRun extends Pick<ProgramRun, "program" | "operands" | "first" | "strides"> {
  readonly home: readonly number[] | null;
  readonly dtypes: readonly DType[];
}

/** Loads a tile; false where it cannot. */
type LoadTile = (origin: readonly number[], counts: readonly number[]) => boolean;

/** Does the tasks of one job on this thread. */
export class Performer {
  readonly #resources: Resources;
  readonly #backend: Backend;
  readonly #stop: Int32Array;
  readonly #seat: number;
  /** By the number of the memory: null for the backend's own. */
  readonly #scratches = new Map<number | null, Scratch>();
  /** That of the task which is being done. */
  #scratch: Scratch;

  /**
   * `stop` is shared memory: when its first number is not 0, tasks end at their next tile by throwing. `seat` is that of
   * this thread.
   */
  constructor(job: Job, stop: Int32Array, seat: number) {
    this.#resources = new Resources(job);
    this.#backend = backendOf(job.backend);
    this.#stop = stop;
    this.#seat = seat;
    this.#scratch = this.#scratchIn(null);
  }

  /** Makes a shared buffer known. */
  share(buffer: number, memory: BlockMemory): void {
    this.#resources.share(buffer, memory);
  }

  /** Does a task; a promise comes back only where a user's function is asynchronous, or something is decoded or encoded. */
  perform(task: Task): TaskFigures | Promise<TaskFigures> {
    return runSuspendable(this.#steps(task));
  }

  *#steps(task: Task): Suspendable<TaskFigures> {
    const resources = this.#resources;
    const began = performance.now();
    [resources.bytesRead, resources.bytesWritten] = [0, 0];
    this.#scratch = this.#scratchIn(this.#homeOf(task));
    const mark = this.#scratch.mark;
    try {
      yield* task.routine === undefined ? this.#loops(task) : this.#routine(task);
    } finally {
      this.#scratch.release(mark);
    }
    const { bytesRead, bytesWritten } = resources;
    return { bytesRead, bytesWritten, milliseconds: performance.now() - began };
  }

  /** Closes files and forgets buffers. */
  close(): void | Promise<void> {
    return this.#resources.close();
  }

  #homeOf(task: Task): number | null {
    if (task.routine !== undefined || this.#backend.within === undefined) return null;
    return workingMemoryOf(task, this.#resources.job, (buffer) => {
      const memory = this.#resources.memory(buffer);
      return "wasm" in memory && hasArea(memory, this.#seat);
    });
  }

  #scratchIn(home: number | null): Scratch {
    let scratch = this.#scratches.get(home);
    if (scratch === undefined) {
      scratch = home === null ? new Scratch(this.#backend) : this.#area(home);
      this.#scratches.set(home, scratch);
    }
    return scratch;
  }

  /** Scratch space in a shared memory. */
  #area(home: number): Scratch {
    const memory = this.#resources.shared(home);
    const start = areaOf(memory, this.#seat);
    return new Scratch(this.#backend.within!(memory.wasm!), { home, start, stop: start + AREA_BYTES });
  }

  #checkStop(): void {
    if (Atomics.load(this.#stop, 0) !== 0) throw new ChunkwiseError("the computation was stopped");
  }

  *#loops(task: Task): Suspendable<void> {
    const { programs } = this.#resources.job;
    const foldings = task.outputs.map((output): Folding | null =>
      output.fold === null ? null : new Folding(programs[output.fold] as FoldProgram, output, this.#scratch),
    );
    const stages = task.outputs.map(({ staged, shape, dtypes }): number | null =>
      staged ? this.#scratch.take(sizeOf(shape) * factsOf(dtypes[0]!).bytes) : null,
    );
    for (const piece of task.pieces) {
      yield* this.#piece(piece, task.outputs, foldings, (output, result, first, strides) => {
        const stage = stages[output] ?? null;
        if (stage === null) writeResult(task.outputs[output]!, result, first, strides, this.#resources);
        else putScratch(task.outputs[output]!.dtypes[0]!, result, stage, first, strides);
      });
    }
    for (const [member, output] of task.outputs.entries()) {
      const folding = foldings[member];
      const stage = stages[member] ?? null;
      if (folding) yield* this.#putBlock(output, folding.finish(output), this.#scratch.memory);
      else if (stage !== null) yield* this.#putBlock(output, [stage], this.#scratch.memory);
    }
  }

  /** Puts a whole contiguous block to its place. */
  #putBlock(output: Output, addresses: readonly number[], memory: ArrayBufferLike): Suspendable<void> {
    return this.#putRows(output, 0, output.shape, addresses, memory);
  }

  /** Puts a contiguous part of a block to its place, `from` an index of the first axis on; of what is encoded, the whole. */
  *#putRows(
    output: Output,
    from: number,
    counts: readonly number[],
    addresses: readonly number[],
    memory: ArrayBufferLike,
  ): Suspendable<void> {
    const { shape, location: target } = output;
    if (target.kind === "encoded") {
      yield encode(target.box, memory, addresses[0]!, this.#resources);
      return;
    }
    const strides = stridesOf(shape);
    const place = target.kind === "file" ? target : { first: 0, strides };
    const first = place.first + (from === 0 ? 0 : from * place.strides[0]!);
    writeResult(output, { memory, counts, addresses, strides }, first, place.strides, this.#resources);
  }

  /** Runs all programs of a piece, tile by tile; `put` takes what maps give. */
  *#piece(
    piece: Piece,
    outputs: readonly Wanted[],
    foldings: readonly (Folding | null)[],
    put: Put,
  ): Suspendable<void> {
    const mark = this.#scratch.mark;
    const resources = this.#resources;
    const boxes = piece.decoded;
    const decoded = boxes === undefined ? [] : ((yield decode(boxes, resources, this.#scratch)) as readonly Decoded[]);
    this.#tiles(piece, decoded, outputs, foldings, put);
    this.#scratch.release(mark);
  }

  #tiles(
    piece: Piece,
    decoded: readonly Decoded[],
    outputs: readonly Wanted[],
    foldings: readonly (Folding | null)[],
    put: Put,
  ): void {
    const scratch = this.#scratch;
    const { programs } = this.#resources.job;
    const { order, counts: tile } = this.#tiling(piece, tilePoints(piece, outputs, this.#resources.job), decoded);
    const readers = piece.operands.map((operand) =>
      tileReader(operand, order, tile, this.#resources, scratch, decoded),
    );
    const runs = piece.runs.map((run) => {
      const strides = order.map((dim) => run.strides[dim]!);
      const folding = foldings[run.output] ?? null;
      folding?.prepare(tile, strides);
      const { dtypes } = outputs[run.output]!;
      const home = this.#homeTarget(outputs[run.output]!);
      const addresses = folding || home ? [] : dtypes.map((dtype) => scratch.take(sizeOf(tile) * factsOf(dtype).bytes));
      const { first, operands, program, output } = run; // a spread takes five microseconds here
      return { first, operands, program, output, strides, folding, home, addresses, dtypes };
    });
    const full = order.map((dim) => piece.counts[dim]!);
    const copied = runs.length === 1 ? this.#copied(runs[0]!, readers) : null;
    forEachTile(full, tile, (origin, counts) => {
      this.#checkStop();
      if (copied?.(origin, counts)) return;
      const loaded = readers.map((reader) => ({ dtypes: reader.dtypes, places: reader.load(origin, counts) }));
      const folds: Fold[] = [];
      for (const { folding, strides, first, operands, program, output, home, addresses, dtypes } of runs) {
        const at = firstOf(first, strides, origin);
        const used = operands.map((operand) => loaded[operand]!);
        if (folding) {
          folds.push(folding.fold(programs[program] as FoldProgram, counts, used, at, strides));
          continue;
        }
        const { loop } = programs[program] as MapProgram;
        if (home) {
          const offsets = dtypes.map((dtype, field) => home[field]! + at * factsOf(dtype).bytes);
          const places = offsets.map((offset): LoopOperand => ({ offset, strides }));
          scratch.backend.run(loopCall(loop, counts, used, { dtypes, places }));
          continue;
        }
        const local = stridesOf(counts);
        const places = addresses.map((offset): LoopOperand => ({ offset, strides: local }));
        scratch.backend.run(loopCall(loop, counts, used, { dtypes, places }));
        put(output, { memory: scratch.memory, counts, addresses, strides: local }, at, strides);
      }
      runFolds(scratch.backend, folds);
    });
  }

  /** What loads the tiles of a piece that is only copied to where its run would write them, if they can come that way. */
  #copied(
    { home, dtypes: [dtype], program, operands, first, strides }: CopyRun,
    readers: readonly TileReader[],
  ): LoadTile | null {
    const plan = this.#resources.job.programs[program]!;
    const reader = readers[operands[0]!];
    if (home?.length !== 1 || plan.kind !== "map" || !isCopy(plan.loop) || reader?.loadTo === undefined) return null;
    const { bytes } = factsOf(dtype!);
    return (origin, counts) =>
      reader.loadTo!(origin, counts, { offset: home[0]! + firstOf(first, strides, origin) * bytes, strides });
  }

  /** Where the fields of an output are, if loops can write them there. */
  #homeTarget({ location: target, scratch }: Wanted): readonly number[] | null {
    if (scratch !== undefined) return scratch;
    const { home } = this.#scratch;
    return target?.kind === "memory" && home !== null && target.buffer === home ? target.offsets : null;
  }

  /** Tiles of at most so many points, fewer where they lie so scattered in a file that they would not fit. */
  #tiling(piece: Piece, points: number, decoded: readonly Decoded[]): Tiling {
    const tiling = tilesOf(piece, points);
    const fits = piece.operands.every(
      (operand) => tileBytes(operand, tiling.order, tiling.counts, this.#resources, decoded) <= largestTile(operand),
    );
    return fits || points <= 1 ? tiling : this.#tiling(piece, points / 4, decoded);
  }

  *#routine(task: Task): Suspendable<void> {
    const scratch = this.#scratch;
    const { routine: number, block, start, rows } = task.routine!;
    const routine = this.#resources.job.routines[number]!;
    if (routine.kind === "user") {
      const output = task.outputs[0]!;
      const { shape } = output;
      const dtype = output.dtypes[0]!;
      const inputs: UserBlock[] = [];
      for (const gathered of task.routine!.steps[0]!.inputs)
        inputs.push(blockOf(yield* this.#gather(gathered), scratch.memory));
      const answer = callUserFunction(routine, inputs, { dtype, shape, block, start });
      const data = answer instanceof Promise ? ((yield answer) as TypedArray) : answer;
      yield* this.#putBlock(output, [data.byteOffset], data.buffer);
      return;
    }
    for (const { from, shapes, steps } of routineSlices(task, routine.batchedOverFirstAxis ?? false)) {
      const mark = scratch.mark;
      const results = task.outputs.map(({ dtypes: [dtype] }, i): Block => {
        const shape = shapes[i]!;
        return { dtype: dtype!, shape, offset: scratch.take(sizeOf(shape) * factsOf(dtype!).bytes) };
      });
      yield* this.#kernel(routine, steps, results, rows);
      for (const [i, output] of task.outputs.entries()) {
        const { shape, offset } = results[i]!;
        yield* this.#putRows(output, from, shape, [offset], scratch.memory);
      }
      scratch.release(mark);
    }
  }

  /** Calls a kernel for each step, over what is gathered for it. */
  *#kernel(
    { name, params, rank, groups }: KernelSpec,
    steps: readonly Step[],
    results: readonly Block[],
    rows: readonly number[] | undefined,
  ): Suspendable<void> {
    const scratch = this.#scratch;
    for (const [i, step] of steps.entries()) {
      this.#checkStop();
      const mark = scratch.mark;
      const inputs: Block[][] = [];
      for (const [k, gathered] of step.inputs.entries())
        inputs.push(kernelViews(yield* this.#gather(gathered), groups?.inputs[k], rank));
      const outputs = results.map((result) => kernelViews(result, groups?.output, rank));
      const first = inputs.flatMap(([block]) => block ?? []);
      const workspace = scratch.take(workspaceBytes(name, first, params));
      outputs[0]!.forEach((_, k) => {
        const [given, made] = [inputs, outputs].map((blocks) => blocks.map((block) => block[k]!)) as [Block[], Block[]];
        const wanted = rows === undefined ? made : splitRows(made[0]!, rows);
        scratch.backend.call({ routine: name, params, inputs: given, outputs: wanted, first: i === 0, workspace });
      });
      scratch.release(mark);
    }
  }

  /** Gathers an input of a routine into one contiguous block of scratch memory. */
  *#gather({ dtype, shape, pieces }: Gathered): Suspendable<Block> {
    const scratch = this.#scratch;
    const address = scratch.take(sizeOf(shape) * factsOf(dtype).bytes);
    const wanted = [{ dtypes: [dtype], scratch: [address] }];
    for (const piece of pieces) yield* this.#piece(piece, wanted, [], putNothing);
    return { dtype, shape, offset: address };
  }
}

/** What home.ts and the plan count: of a box that is left in its file, less than if it were decoded. */
const largestTile = ({ kind }: PieceOperand): number => (kind === "file" ? LARGEST_TILE_BYTES : 2 * TILE_BYTES);

/** What becomes of results that loops put to their place themselves. */
const putNothing: Put = () => {};

/** Puts part of a block to its place in a block of the same scratch memory. */
function putScratch(dtype: DType, result: Result, address: number, first: number, strides: readonly number[]): void {
  const { memory, counts, addresses } = result;
  const { bytes } = factsOf(dtype);
  const offset = address + first * bytes;
  copyBox(bytes, counts, { memory, offset: addresses[0]!, strides: result.strides }, { memory, offset, strides });
}

/** A block as a typed array of its own: user functions may keep what they are given. */
function blockOf({ dtype, shape, offset }: Block, memory: ArrayBufferLike): UserBlock {
  const data = allocate(dtype, sizeOf(shape));
  (data as Uint8Array).set(viewOf(dtype, memory, offset, sizeOf(shape)) as Uint8Array);
  return { dtype, shape, data };
}
