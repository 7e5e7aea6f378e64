/**
 * A fold: its state lies in scratch memory, tiles are folded into it, and at the end it becomes the block.
 *
 *     a loop        tile ──▶ state
 *     passes        tile ──pass 0──▶ r0 ─┐
 *                   tile, r0 ──pass 1──▶ r1 ─┴─ absorb(state, r0, r1, count) ──▶ state
 */
import { type DType, factsOf, viewOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Output, ProgramRun } from "../graph/task.js";
import type { Backend, LoopCall } from "../kernels/backend.js";
import type { FoldProgram, PassProgram } from "../program/loop.js";
import { type Fields, loopCall } from "./loop-call.js";
import type { Scratch } from "./scratch.js";

/** Fills elements with a value given by its parts. */
function fill(
  scratch: Scratch,
  dtype: DType,
  address: number,
  elements: number,
  zero: readonly (number | bigint | boolean)[],
): void {
  const view = viewOf(dtype, scratch.memory, address, elements);
  const first = at(zero, 0);
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) view.fill(BigInt(first));
  else if (zero.length === 1) view.fill(Number(first));
  else for (let i = 0; i < view.length; i++) view[i] = Number(zero[i % 2]);
}

/** A tile on its way into a state: calls to run one after the other, each made when those before it have run. */
export type Fold = Generator<LoopCall, void, void>;

/** Runs folds of the same tile step by step, so that the backend can fuse their calls. */
export function runFolds(backend: Backend, folds: readonly Fold[]): void {
  const [only, second] = folds;
  if (only === undefined) return;
  if (second === undefined) {
    for (const call of only) backend.run(call);
    return;
  }
  for (let left = folds; left.length > 0; ) {
    const calls: LoopCall[] = [];
    left = left.filter((fold) => {
      const { value, done } = fold.next();
      if (!done) calls.push(value);
      return !done;
    });
    if (calls.length > 1 && backend.runFused !== undefined) backend.runFused(calls);
    else for (const call of calls) backend.run(call);
  }
}

/** A field of the state in scratch memory. */
interface StateField {
  readonly dtype: DType;
  readonly address: number;
}

/** A tile on which passes are made: what it holds, and what they keep of it. */
interface Tile {
  readonly counts: readonly number[];
  readonly operands: readonly Fields[];
  /** The counts of the results, their strides, and the number of elements that each covers. */
  readonly kept: readonly number[];
  readonly strides: readonly number[];
  readonly counted: Fields;
}

/** The state of one fold of a task; see the head of this file. */
export class Folding {
  readonly #program: FoldProgram;
  readonly #scratch: Scratch;
  readonly #elements: number;
  readonly #state: readonly StateField[];
  /** The addresses of what passes give for a tile, of the number of its elements, and of doubts about it. */
  #kept: { readonly addresses: readonly number[]; readonly count: number; readonly doubts: number } | undefined;

  constructor(program: FoldProgram, output: Output, scratch: Scratch) {
    this.#program = program;
    this.#scratch = scratch;
    this.#elements = sizeOf(output.shape);
    this.#state = program.state.map((dtype) => ({
      dtype,
      address: scratch.take(this.#elements * factsOf(dtype).bytes),
    }));
    for (const [field, { dtype, address }] of this.#state.entries()) {
      fill(scratch, dtype, address, this.#elements, at(program.zero, field));
    }
  }

  /** Allocates the results of passes over tiles of these counts; must be called before the first tile of a piece. */
  prepare(counts: readonly number[], strides: readonly number[]): void {
    const { tile, careful } = this.#program;
    if (!("passes" in tile)) return;
    const kept = sizeOf(counts.map((count, dim) => (strides[dim] === 0 ? 1 : count)));
    const [usual, other] = [tile, careful].map((way) => (way?.passes ?? []).flatMap(({ dtypes }) => dtypes));
    const bytes = (dtypes: readonly DType[] = [], k: number): number => factsOf(dtypes[k] ?? "bool").bytes;
    const slots = Math.max(usual?.length ?? 0, other?.length ?? 0);
    this.#kept = {
      addresses: Array.from({ length: slots }, (_, k) =>
        this.#scratch.take(kept * Math.max(bytes(usual, k), bytes(other, k))),
      ),
      count: this.#scratch.take(8),
      doubts: this.#scratch.take(careful === undefined ? 0 : kept),
    };
  }

  /**
   * Folds a tile by the program of its piece: pieces may differ in what they load, never in the state.
   * `first` is the state element of the tile's first point.
   */
  *fold(
    { tile, careful }: FoldProgram,
    counts: readonly number[],
    operands: readonly Fields[],
    first: number,
    strides: ProgramRun["strides"],
  ): Fold {
    const state = this.#state.map(({ dtype, address }) => ({
      dtype,
      offset: address + first * factsOf(dtype).bytes,
      strides,
    }));
    if (!("passes" in tile)) {
      yield loopCall(tile, counts, operands, state);
      return;
    }
    if (this.#kept === undefined) throw new InternalError("internal error: a fold was not prepared for its piece");
    const { count, doubts } = this.#kept;
    // results of passes: C order over what the tile keeps
    const kept = counts.map((count, dim) => (strides[dim] === 0 ? 1 : count));
    const keptStrides = stridesOf(kept).map((stride, dim) => (strides[dim] === 0 ? 0 : stride));
    const { backend, memory } = this.#scratch;
    new Float64Array(memory, count, 1)[0] = sizeOf(counts) / sizeOf(kept);
    const counted: Fields = [{ dtype: "float64", offset: count, strides: counts.map(() => 0) }];
    const around: Tile = { counts, operands, kept, strides: keptStrides, counted };
    let [way, results] = [tile, yield* this.#passes(tile, around)];
    if (careful !== undefined) {
      const field: Fields = [{ dtype: "bool", offset: doubts, strides: keptStrides }];
      backend.run(loopCall(careful.doubt, kept, [...results, counted], field));
      if (new Uint8Array(memory, doubts, sizeOf(kept)).includes(1)) {
        [way, results] = [careful, yield* this.#passes(careful, around)];
      }
    }
    yield loopCall(way.absorb, kept, [state, ...results, counted], state);
  }

  /** Makes the passes over a tile, and returns where their results are. */
  *#passes({ passes }: PassProgram, tile: Tile): Generator<LoopCall, readonly Fields[], void> {
    const { counts, operands, kept, strides, counted } = tile;
    const results: Fields[] = [];
    let slot = 0;
    for (const { loop, dtypes, zero } of passes) {
      const fields = dtypes.map((dtype) => ({ dtype, offset: at(this.#kept?.addresses ?? [], slot++), strides }));
      // a pass may name all operands: the task's, earlier passes' results, and the count behind all of them
      const missing = new Array<Fields>(passes.length - results.length).fill(counted);
      const all = [...operands, ...results, ...missing, counted];
      if (loop.merge === undefined) this.#scratch.backend.run(loopCall(loop, kept, all, fields));
      else {
        for (const [k, { dtype, offset }] of fields.entries()) {
          fill(this.#scratch, dtype, offset, sizeOf(kept), at(zero, k));
        }
        yield loopCall(loop, counts, all, fields);
      }
      results.push(fields);
    }
    return results;
  }

  /** The addresses of the finished block's fields: of the state, or of what `finish` makes of it. Contiguous. */
  finish(output: Output): readonly number[] {
    const { finish } = this.#program;
    if (finish === undefined) return this.#state.map(({ address }) => address);
    const dtype = at(output.dtypes, 0);
    const address = this.#scratch.take(this.#elements * factsOf(dtype).bytes);
    const state = this.#state.map(({ dtype, address }) => ({ dtype, offset: address, strides: [1] }));
    this.#scratch.backend.run(loopCall(finish, [this.#elements], [state], [{ dtype, offset: address, strides: [1] }]));
    return [address];
  }
}
