/**
 * Random loops for fast-check. A loop is grown from "genes", plain numbers that choose among what is possible at each
 * step (modulo the number of choices), so that every list of genes is a well-typed loop and shrinks to a smaller one.
 */
import * as fc from "fast-check";
import { type DType, factsOf } from "#src/data/dtype";
import { canonical } from "#src/data/hash";

import type { Instruction, Loop, LoopInput, Merge } from "#src/program/loop";
import { binaryPrimitives, comparisons, type Primitive, unaryPrimitives } from "#src/program/scalar";
import * as judges from "./judges.js";
import type { Case, Judge } from "./mirror.js";
import { hasPrimitive, inexactPrimitives, realDTypes, specials } from "./values.js";

type Gene = readonly [a: number, op: number, b: number, c: number];

const binaries: ReadonlySet<Primitive> = new Set(binaryPrimitives);
const tests: ReadonlySet<Primitive> = new Set(comparisons);
const candidates: readonly Primitive[] = [...unaryPrimitives, ...binaryPrimitives, ...comparisons, "select", "cast"];
const isFloat = (dtype: DType): boolean => factsOf(dtype).kind === "float";

/** Primitives that every backend gives the same bits for, and no error: a negative power of an integer is one. */
const exact = new Map(
  realDTypes.map((dtype) => [
    dtype,
    candidates.filter(
      (op) =>
        hasPrimitive(op, dtype) &&
        !(isFloat(dtype) && inexactPrimitives.has(op)) &&
        !(op === "pow" && factsOf(dtype).kind === "int"),
    ),
  ]),
);

const pick = <T>(choices: readonly T[], gene: number): T => choices[gene % choices.length]!;

/** Appends what a gene says to a body. */
function grow(body: Instruction[], [geneA, geneOp, geneB, geneC]: Gene): void {
  const a = geneA % body.length;
  const { dtype } = body[a]!;
  const alike = (wanted: DType): number[] => [...body.keys()].filter((index) => body[index]!.dtype === wanted);
  const op = pick(exact.get(dtype)!, geneOp);
  const b = pick(alike(dtype), geneB);
  if (geneC % 9 === 0) {
    const value = pick(specials(dtype), geneB);
    body.push({ op: "const", dtype, value: dtype === "bool" ? value === 1 : value });
  } else if (op === "cast") body.push({ op, dtype: pick(realDTypes, geneB), args: [a] });
  else if (op === "select") {
    const conditions = alike("bool");
    if (conditions.length === 0) body.push({ op: "eq", dtype: "bool", args: [a, b] });
    else body.push({ op, dtype, args: [pick(conditions, geneC), a, b] });
  } else if (tests.has(op)) body.push({ op, dtype: "bool", args: [a, b] });
  else {
    body.push({ op, dtype, args: binaries.has(op) ? [a, b] : [a] });
    // min(-0, 0) may have either sign; adding 0 takes it away before anything can tell
    if (isFloat(dtype) && (op === "min" || op === "max")) {
      body.push({ op: "const", dtype, value: 0 }, { op: "add", dtype, args: [body.length - 1, body.length] });
    }
  }
}

const layout = fc.record({
  mode: fc.constantFrom("plain", "plain", "ordered", "free"),
  ranks: fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }),
  gaps: fc.array(fc.constantFrom(1, 1, 1, 2, 3), { minLength: 4, maxLength: 4 }),
  signs: fc.array(fc.constantFrom(1, 1, -1), { minLength: 4, maxLength: 4 }),
  zeros: fc.array(fc.constantFrom(false, false, true), { minLength: 4, maxLength: 4 }),
  free: fc.array(fc.constantFrom(0, 1, 1, -1, 2, -3, 7, 40, 1000, -1000), { minLength: 4, maxLength: 4 }),
});
type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;

/** Strides under which no two points meet, except along the dimensions that are left out. */
function apart({ mode, ranks, gaps, signs }: Layout, counts: readonly number[], leftOut: readonly boolean[]): number[] {
  const plain = mode === "plain";
  const order = [...counts.keys()].sort((x, y) => (plain ? y - x : ranks[y]! - ranks[x]! || y - x));
  const strides = counts.map(() => 0);
  let stride = 1;
  for (const dim of order) {
    if (leftOut[dim]) continue;
    strides[dim] = plain ? stride : stride * gaps[dim]! * signs[dim]!;
    stride = Math.abs(strides[dim]!) * Math.max(1, counts[dim]!);
  }
  return strides;
}

function inputStrides(choice: Layout, counts: readonly number[]): number[] {
  if (choice.mode === "free") return counts.map((_, dim) => choice.free[dim]!);
  return apart(choice, counts, choice.mode === "plain" ? [] : choice.zeros);
}

/** Keeps the number of points, and so the time, small; the innermost dimensions keep their size. */
function limited(counts: readonly number[]): number[] {
  const kept = [...counts];
  let budget = 2000;
  for (let dim = counts.length - 1; dim >= 0; dim--) {
    kept[dim] = Math.min(counts[dim]!, Math.max(1, Math.floor(budget)));
    budget /= Math.max(1, kept[dim]!);
  }
  return kept;
}

const merges = (dtype: DType): readonly Primitive[] => {
  if (isFloat(dtype)) return ["add", "mul", "min", "max"];
  const all: readonly Primitive[] = ["add", "mul", "min", "max", "and", "or", "xor"];
  return dtype === "bool" ? all.filter((op) => op !== "add" && op !== "mul") : all;
};

function mergeOf(dtypes: readonly DType[], ops: readonly Primitive[]): Merge {
  const body: Instruction[] = [...dtypes, ...dtypes].map((dtype, input) => ({ op: "input", dtype, input }));
  for (const [k, dtype] of dtypes.entries()) body.push({ op: ops[k]!, dtype, args: [k, dtypes.length + k] });
  return { body, values: dtypes.map((_, k) => 2 * dtypes.length + k) };
}

const judgeOf = (dtype: DType, op: Primitive): Judge => {
  if (op === "min" || op === "max") return judges.anyZero;
  if (!isFloat(dtype)) return () => false;
  return op === "add" ? judges.sum : judges.product;
};

const count = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }) },
);
const genes = fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999));

/** Random cases: maps, or folds. */
export function cases(kind: "map" | "fold"): fc.Arbitrary<Case> {
  return fc
    .record({
      counts: fc.array(count, { maxLength: 4 }).map(limited),
      inputs: fc.array(
        fc.record({ dtype: fc.constantFrom(...realDTypes), counted: fc.nat(5), swap: fc.nat(5), layout }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      genes: fc.array(genes, { minLength: 1, maxLength: 8 }),
      results: fc.array(layout, { minLength: 1, maxLength: 3 }),
      reduced: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      merges: fc.array(fc.nat(999), { minLength: 3, maxLength: 3 }),
      seed: fc.nat(),
      cut: fc.option(fc.record({ dim: fc.nat(3), at: fc.nat(20) }), { nil: undefined, freq: 3 }),
    })
    .map(({ counts, inputs, genes, results, reduced, merges: choices, seed, cut }) => {
      const loopInputs = inputs.map(
        (input, operand): LoopInput => ({
          dtype: input.counted === 0 ? "float64" : input.dtype,
          operand,
          field: 0,
          part: null,
          counted: input.counted === 0,
          ...(input.swap === 0 && input.counted !== 0 ? { otherEndian: true } : {}),
        }),
      );
      const body: Instruction[] = loopInputs.map(({ dtype }, input) => ({ op: "input", dtype, input }));
      for (const gene of genes) grow(body, gene);
      const values = results.map((_, k) => Math.max(0, body.length - 1 - k));
      const dtypes = values.map((index) => body[index]!.dtype);
      const ops = dtypes.map((dtype, k) => pick(merges(dtype), choices[k]!));
      const content = {
        inputs: loopInputs,
        body,
        values,
        results: dtypes.map((dtype, field) => ({ dtype, field, part: null })),
        ...(kind === "fold" ? { merge: mergeOf(dtypes, ops) } : {}),
      };
      const loop: Loop = { key: canonical(content), ...content };
      const summing = kind === "fold" && dtypes.some((dtype, k) => isFloat(dtype) && /add|mul/.test(ops[k]!));
      return {
        loop,
        counts,
        inputs: inputs.map((input) => inputStrides(input.layout, counts)),
        results: results.map((choice) => apart(choice, counts, kind === "fold" ? reduced : [])),
        seed,
        mood: summing ? ("mild" as const) : ("wild" as const),
        ...(cut ? { cut } : {}),
        ...(kind === "fold" ? { judges: dtypes.map((dtype, k) => judgeOf(dtype, ops[k]!)) } : {}),
      };
    });
}
