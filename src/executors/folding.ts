/**
 * A fold on its way through a block: the state lives in scratch memory, tiles are folded into it, and at the end it becomes
 * the block.
 *
 *     one sweep                tile ──sweep──▶ state
 *     several (`absorb`)       tile ──sweep 0──▶ r0 ─┐
 *                              tile, r0 ──sweep 1──▶ r1 ─┴─ absorb(state, r0, r1, count) ──▶ state
 */
import { type DType, factsOf, viewOf } from "../data/dtype.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Output, ProgramRun } from "../graph/task.js";
import type { Backend, LoopCall, LoopOperand } from "../kernels/backend.js";
import type { FoldProgram, Loop } from "../program/loop.js";
import type { Scratch } from "./scratch.js";

type Parts = readonly (number | bigint | boolean)[];

/** Fills elements with a value given by its parts. */
function fill(scratch: Scratch, dtype: DType, address: number, elements: number, zero: Parts): void {
  const view = viewOf(dtype, scratch.memory, address, elements) as Float64Array;
  if (zero.length === 1) view.fill((factsOf(dtype).big ? zero[0] : Number(zero[0])) as number);
  else for (let i = 0; i < view.length; i++) view[i] = Number(zero[i % 2]);
}

/** The place of one part of a field. */
export function partPlace(place: LoopOperand, dtype: DType, part: 0 | 1 | null): LoopOperand {
  if (part === null) return place;
  return {
    offset: place.offset + (part * factsOf(dtype).bytes) / 2,
    strides: place.strides.map((stride) => 2 * stride),
  };
}

/** Where the fields of an operand or of a result lie. */
export interface Fields {
  readonly dtypes: readonly DType[];
  readonly places: readonly LoopOperand[];
}

/** The call of a loop whose operands and results are given field by field. */
export function loopCall(
  loop: Loop,
  counts: readonly number[],
  operands: readonly Fields[],
  results: Fields,
): LoopCall {
  return {
    loop,
    counts,
    inputs: loop.inputs.map(({ operand, field, part }) => {
      const { dtypes, places } = operands[operand]!;
      return partPlace(places[field]!, dtypes[field]!, part);
    }),
    results: loop.results.map(({ field, part }) => partPlace(results.places[field]!, results.dtypes[field]!, part)),
  };
}

/** A tile on its way into a state: calls to run one after the other, each made when those before it have run. */
export type Fold = Generator<LoopCall, void, void>;

/** Runs folds of the same tile, step by step together. */
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

/** The state of one fold of a task; see the head of this file. */
export class Folding {
  readonly #program: FoldProgram;
  readonly #scratch: Scratch;
  readonly #elements: number;
  readonly #addresses: readonly number[];
  #sweeps: { readonly addresses: readonly number[]; readonly count: number } | undefined;

  constructor(program: FoldProgram, output: Output, scratch: Scratch) {
    this.#program = program;
    this.#scratch = scratch;
    this.#elements = sizeOf(output.shape);
    this.#addresses = program.state.map((dtype) => scratch.take(this.#elements * factsOf(dtype).bytes));
    for (const [field, dtype] of program.state.entries()) {
      fill(scratch, dtype, this.#addresses[field]!, this.#elements, program.zero[field]!);
    }
  }

  /** Makes room for the results of sweeps over tiles of these counts; must be called before the first tile of a piece. */
  prepare(tile: readonly number[], strides: readonly number[]): void {
    const { sweeps, absorb } = this.#program;
    if (absorb === undefined) return;
    const kept = sizeOf(tile.map((count, dim) => (strides[dim] === 0 ? 1 : count)));
    const addresses = sweeps.map(({ dtype }) => this.#scratch.take(kept * factsOf(dtype).bytes));
    this.#sweeps = { addresses, count: this.#scratch.take(8) };
  }

  /**
   * Folds a tile in by the program of its piece: pieces may differ in what they load, never in the state.
   * `first` is the state element of the tile's first point.
   */
  *fold(
    program: FoldProgram,
    counts: readonly number[],
    operands: readonly Fields[],
    first: number,
    strides: ProgramRun["strides"],
  ): Fold {
    const { state, sweeps, absorb } = program;
    const places = state.map((dtype, field) => ({
      offset: this.#addresses[field]! + first * factsOf(dtype).bytes,
      strides,
    }));
    const states = { dtypes: state, places };
    if (absorb === undefined) {
      yield loopCall(sweeps[0]!.loop, counts, operands, states);
      return;
    }
    // the sweeps' results: C order over what the tile keeps
    const keptCounts = counts.map((count, dim) => (strides[dim] === 0 ? 1 : count));
    const kept = sizeOf(keptCounts);
    const keptStrides = stridesOf(keptCounts).map((stride, dim) => (strides[dim] === 0 ? 0 : stride));
    const { addresses, count } = this.#sweeps!;
    const still = counts.map(() => 0);
    new Float64Array(this.#scratch.memory, count, 1)[0] = sizeOf(counts) / kept;
    const counted = { dtypes: ["float64"] as const, places: [{ offset: count, strides: still }] };
    const results: Fields[] = [];
    for (const [k, { loop, dtype, zero }] of sweeps.entries()) {
      fill(this.#scratch, dtype, addresses[k]!, kept, zero);
      const result = { dtypes: [dtype], places: [{ offset: addresses[k]!, strides: keptStrides }] };
      // a sweep may name all operands: those of the task, earlier sweeps' results, and the count in its place after all of them
      const padded = [
        ...operands,
        ...results,
        ...new Array<typeof counted>(sweeps.length - results.length).fill(counted),
        counted,
      ];
      yield loopCall(loop, counts, padded, result);
      results.push(result);
    }
    yield loopCall(absorb, keptCounts, [states, ...results, counted], states);
  }

  /** The block in scratch memory: the state, or what `finish` makes of it. Contiguous. */
  finish(output: Output): readonly number[] {
    const { state, finish } = this.#program;
    if (finish === undefined) return this.#addresses;
    const [dtype] = output.dtypes;
    const address = this.#scratch.take(this.#elements * factsOf(dtype!).bytes);
    const states = { dtypes: state, places: this.#addresses.map((offset) => ({ offset, strides: [1] })) };
    const results = { dtypes: output.dtypes, places: [{ offset: address, strides: [1] }] };
    this.#scratch.backend.run(loopCall(finish, [this.#elements], [states], results));
    return [address];
  }
}
