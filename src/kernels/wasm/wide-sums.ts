/**
 * Sums of narrow numbers in wide ones, such as float32 in float64: kept apart from a loop, so that all else in it runs
 * in vectors of four. What several rows (or parts of one) add to a sum is added up first, where that keeps the digits:
 *
 *     x0 x1 x2 x3 ┐
 *     y0 y1 y2 y3 ├ g0 g1 g2 g3 ──widen──▶ g0 g1 | g2 g3 ──add──▶ the sum, as two vectors
 *     z0 z1 z2 z3 │
 *     w0 w1 w2 w3 ┘
 *
 *     of 8 and 16 bits    a group is exact in 32 bits
 *     of 32 bits          each number is widened for itself
 *     float32             a group is a sum of float32 where the result is rounded to that in the end; each number is
 *                         widened for itself where the group overflows, or holds what is not finite
 *
 * Invariant: the numbers of a group depend on the iteration shape alone.
 */
import type { Code, Local } from "../../assembler/code.js";
import { type DType, factsOf } from "../../data/dtype.js";
import { InternalError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { Instruction, Loop, Merge } from "../../program/loop.js";
import type { Lanes } from "./lanes.js";
import { scalarLanes } from "./scalar-lanes.js";
import { vectorLanes, vectorWidth } from "./vector-lanes.js";

/** A result that is a sum of narrower numbers. */
export interface WideSum {
  /** Its number among the results. */
  readonly result: number;
  /** The dtypes of what is added, and of the sum. */
  readonly from: DType;
  readonly to: DType;
  /** How groups are added up: in 32 bits, in float32 unless that overflows, or not at all. */
  readonly groups: "whole" | "guarded" | "never";
}

/** A loop whose wide sums are apart. */
export interface Separated {
  /** The loop; the values of wide sums are not widened. */
  readonly loop: Loop;
  /** The results that `merge` merges, in its order; the others are sums. */
  readonly merged: readonly number[];
  readonly merge: Merge;
  readonly sums: readonly WideSum[];
}

/** The lanes of one half of four wide sums. */
export const doubleLanes: Lanes = vectorLanes(2);

/** The instructions that some of them need, and the new numbers of those. */
function pruned(
  body: readonly Instruction[],
  needed: readonly number[],
): { body: readonly Instruction[]; values: readonly number[] } {
  const used = new Set(needed);
  for (let i = body.length - 1; i >= 0; i--) {
    const instruction = at(body, i);
    if (used.has(i) && "args" in instruction) for (const arg of instruction.args) used.add(arg);
  }
  const numbers = new Map<number, number>();
  const kept: Instruction[] = [];
  const moved = (i: number): number => numbers.get(i) ?? 0;
  for (const [i, instruction] of body.entries()) {
    if (!used.has(i)) continue;
    numbers.set(i, kept.length);
    kept.push("args" in instruction ? { ...instruction, args: instruction.args.map(moved) } : instruction);
  }
  return { body: kept, values: needed.map(moved) };
}

/** What a result adds up, where it is a sum of narrower numbers. */
function sumOf({ body, values, results, merge }: Loop, result: number): (WideSum & { value: number }) | undefined {
  const { dtype: to, roundedTo } = at(results, result);
  const value = at(body, at(values, result));
  const merged = merge && at(merge.body, at(merge.values, result));
  if (merge === undefined || merged?.op !== "add" || value.op !== "cast") return undefined;
  const inputs = merged.args.map((arg) => at(merge.body, arg));
  const places = [result, results.length + result];
  const isPlain = inputs.every((input, k) => input.op === "input" && input.input === places[k]);
  const number = at(value.args, 0);
  const from = at(body, number).dtype;
  const { kind, bytes } = factsOf(from);
  if (!isPlain || factsOf(to).bytes < 8 || bytes > 4 || kind === "bool") return undefined;
  if (kind === "float") {
    if (to !== "float64") return undefined;
    return { result, value: number, from, to, groups: roundedTo === from ? "guarded" : "never" };
  }
  return { result, value: number, from, to, groups: bytes < 4 ? "whole" : "never" };
}

const known = new WeakMap<Loop, Separated | null>();

/** The loop with its wide sums apart; null if it has none, or if something else in it has 64 bits. */
export function separate(loop: Loop): Separated | null {
  let found = known.get(loop);
  if (found === undefined) {
    found = separated(loop);
    known.set(loop, found);
  }
  return found;
}

function separated(loop: Loop): Separated | null {
  const { merge, results } = loop;
  if (merge === undefined) return null;
  const sums = results.flatMap((_, k) => sumOf(loop, k) ?? []);
  if (sums.length === 0) return null;
  const numberOf = new Map(sums.map(({ result, value }) => [result, value]));
  const merged = [...results.keys()].filter((k) => !numberOf.has(k));
  const body = pruned(
    loop.body,
    loop.values.map((value, k) => numberOf.get(k) ?? value),
  );
  const rest = pruned(
    merge.body,
    merged.map((k) => at(merge.values, k)),
  );
  // the inputs of the merge: the states of all results, then the new values
  const place = (input: number): number =>
    input < results.length ? merged.indexOf(input) : merged.length + merged.indexOf(input - results.length);
  const mergeBody = rest.body.map((instruction) =>
    instruction.op === "input" ? { ...instruction, input: place(instruction.input) } : instruction,
  );
  const joined = { body: mergeBody, values: rest.values };
  const narrow = { ...loop, ...body, results: merged.map((k) => at(results, k)), merge: joined };
  // numbers that are only loaded and widened are as fast in twos
  const gains =
    sums.some(({ groups }) => groups !== "never") || narrow.body.some((instruction) => "args" in instruction);
  if (!gains || vectorWidth(narrow) !== 4) return null;
  return { loop: { ...narrow, results }, merged, merge: joined, sums };
}

/** Where a sum is: two vectors, or one scalar. */
export interface SumPlace {
  load(half: number, to: Local): void;
  store(half: number, from: Local): void;
}

const highHalf = Uint8Array.from({ length: 16 }, (_, i) => (i + 8) % 16);

/** Writes how numbers are added to one sum in some lanes. */
export class SumWriter {
  readonly #code: Code;
  readonly #lanes: Lanes;
  readonly #sum: WideSum;
  /** The lanes of the sum, and of each half of four numbers. */
  readonly #wide: Lanes;
  readonly #halves: readonly number[];

  constructor(code: Code, lanes: Lanes, sum: WideSum) {
    this.#code = code;
    this.#lanes = lanes;
    this.#sum = sum;
    this.#wide = lanes.width === 1 ? scalarLanes : doubleLanes;
    this.#halves = lanes.width === 1 ? [0] : [0, 1];
  }

  /** A local for one half of the sum. */
  local(name: string): Local {
    return this.#code.local(this.#wide.type(this.#sum.to), name);
  }

  /** Adds the numbers of several rows or parts. */
  add(numbers: readonly Local[], place: SumPlace): void {
    const [first] = numbers;
    const { from, groups } = this.#sum;
    if (first === undefined || numbers.length === 1 || groups === "never" || this.#lanes.width === 1) {
      this.#addEach(numbers, place);
      return;
    }
    const added = this.#halves.map((half) => this.local(`added.${half}`));
    const dtype = groups === "guarded" ? from : "int32";
    const group = this.#pairwise(numbers, dtype);
    for (const [half, local] of added.entries()) this.#widen(group, dtype, half, local);
    if (groups === "guarded") {
      // the difference to itself is 0, or NaN where the group is not finite
      const difference = this.#code.local("v128", "difference");
      this.#code.get(group, group).op("f32x4.sub").tee(difference).get(difference).op("f32x4.ne");
      this.#code.op("i32x4.bitmask").if(() => {
        for (const [half, local] of added.entries()) {
          for (const [k, number] of numbers.entries()) {
            this.#widen(number, from, half, k === 0 ? local : this.local("next"));
            if (k > 0) this.#sumOf(local, this.local("next"), local);
          }
        }
      });
    }
    for (const [half, local] of added.entries()) {
      const state = this.local("state");
      place.load(half, state);
      this.#sumOf(state, local, state);
      place.store(half, state);
    }
  }

  /** Widens each number for itself. */
  #addEach(numbers: readonly Local[], place: SumPlace): void {
    const [state, next] = [this.local("state"), this.local("next")];
    for (const half of this.#halves) {
      place.load(half, state);
      for (const number of numbers) {
        this.#widen(number, this.#sum.from, half, next);
        this.#sumOf(state, next, state);
      }
      place.store(half, state);
    }
  }

  /** to = one half of four numbers, or a scalar, in the dtype of the sum */
  #widen(number: Local, from: DType, half: number, to: Local): void {
    const code = this.#code;
    let local = number;
    if (half === 1) {
      local = code.local("v128", "high");
      code.get(number, number).op("i8x16.shuffle", highHalf).set(local);
    }
    this.#wide.apply(code, "cast", this.#sum.to, [{ local, dtype: from }]);
    code.set(to);
  }

  /** to = a + b */
  #sumOf(a: Local, b: Local, to: Local, dtype = this.#sum.to, lanes = this.#wide): void {
    lanes.apply(
      this.#code,
      "add",
      dtype,
      [a, b].map((local) => ({ local, dtype })),
    );
    this.#code.set(to);
  }

  /** The sum of vectors of four, neighbours first. */
  #pairwise(numbers: readonly Local[], dtype: DType): Local {
    const [only, second] = numbers;
    if (only === undefined) throw new InternalError("internal error: a sum of no numbers");
    if (second === undefined) return only;
    const sums: Local[] = [];
    for (let k = 0; k < numbers.length; k += 2) {
      const local = this.#code.local("v128", `group.${numbers.length}.${k}`);
      if (k + 1 < numbers.length) this.#sumOf(at(numbers, k), at(numbers, k + 1), local, dtype, this.#lanes);
      sums.push(k + 1 < numbers.length ? local : at(numbers, k));
    }
    return this.#pairwise(sums, dtype);
  }
}
