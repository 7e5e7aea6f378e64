/**
 * A fold: its state lies in scratch memory, tiles are folded into it, and at the end it becomes the block.
 *
 *     one sweep                tile ──sweep──▶ state
 *     several (`absorb`)       tile ──sweep 0──▶ r0 ─┐
 *                              tile, r0 ──sweep 1──▶ r1 ─┴─ absorb(state, r0, r1, count) ──▶ state
 */
import { type DType, factsOf, viewOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Output, ProgramRun } from "../graph/task.js";
import type { Backend, LoopCall } from "../kernels/backend.js";
import type { FoldProgram } from "../program/loop.js";
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

/** The state of one fold of a task; see the head of this file. */
export class Folding {
  readonly #program: FoldProgram;
  readonly #scratch: Scratch;
  readonly #elements: number;
  readonly #state: readonly StateField[];
  /** The addresses of what sweeps give for a tile, and of the number of its elements. */
  #sweeps: { readonly addresses: readonly number[]; readonly count: number } | undefined;

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

  /** Allocates the results of sweeps over tiles of these counts; must be called before the first tile of a piece. */
  prepare(tile: readonly number[], strides: readonly number[]): void {
    const { sweeps, absorb } = this.#program;
    if (absorb === undefined) return;
    const kept = sizeOf(tile.map((count, dim) => (strides[dim] === 0 ? 1 : count)));
    const addresses = sweeps.map(({ dtype }) => this.#scratch.take(kept * factsOf(dtype).bytes));
    this.#sweeps = { addresses, count: this.#scratch.take(8) };
  }

  /**
   * Folds a tile by the program of its piece: pieces may differ in what they load, never in the state.
   * `first` is the state element of the tile's first point.
   */
  *fold(
    { sweeps, absorb }: FoldProgram,
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
    if (absorb === undefined) {
      yield loopCall(at(sweeps, 0).loop, counts, operands, state);
      return;
    }
    if (this.#sweeps === undefined) throw new InternalError("internal error: a fold was not prepared for its piece");
    const { addresses, count } = this.#sweeps;
    // the sweeps' results: C order over what the tile keeps
    const keptCounts = counts.map((count, dim) => (strides[dim] === 0 ? 1 : count));
    const kept = sizeOf(keptCounts);
    const keptStrides = stridesOf(keptCounts).map((stride, dim) => (strides[dim] === 0 ? 0 : stride));
    new Float64Array(this.#scratch.memory, count, 1)[0] = sizeOf(counts) / kept;
    const counted: Fields = [{ dtype: "float64", offset: count, strides: counts.map(() => 0) }];
    const results: Fields[] = [];
    for (const [k, { loop, dtype, zero }] of sweeps.entries()) {
      const address = at(addresses, k);
      fill(this.#scratch, dtype, address, kept, zero);
      const result: Fields = [{ dtype, offset: address, strides: keptStrides }];
      // a sweep may name all operands: the task's, earlier sweeps' results, and the count in its place after all of
      // them
      const missing = new Array<Fields>(sweeps.length - results.length).fill(counted);
      yield loopCall(loop, counts, [...operands, ...results, ...missing, counted], result);
      results.push(result);
    }
    yield loopCall(absorb, keptCounts, [state, ...results, counted], state);
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
