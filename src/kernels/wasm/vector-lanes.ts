/**
 * Vector lanes: two or four elements in one v128, for the dtypes and primitives that SIMD has.
 *
 *     width 2   float64 f64x2 | 64-bit integers i64x2 | float32 and smaller integers the low half of f32x4, i32x4
 *     width 4   float32 f32x4 | integers of up to 32 bits i32x4                (a loop without 64-bit values)
 *     bool      a mask in lanes of 128 / width bits
 *
 * Invariant: a primitive is either done by SIMD with exactly the meaning of scalar lanes, or it is a function of floats
 * that is called lane by lane. {@link vectorWidth} refuses loops with any other.
 */

import type { Code, Local } from "../../assembler/code.js";
import type { Opcode } from "../../assembler/opcodes.js";
import { type DType, factsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { givesIndex, toValue } from "../../program/evaluate.js";
import type { Instruction, Loop } from "../../program/loop.js";
import type { Primitive } from "../../program/scalar.js";
import type { Lanes, LaneValue } from "./lanes.js";
import { constantShift } from "./scalar-integers.js";
import { callImport, floatOp } from "./scalar-lanes.js";
import { constantBytes, load, loadSame, type Shape, shapeOf, store, type Width } from "./vector-memory.js";

type Comparison = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

const comparisons: ReadonlySet<Primitive> = new Set<Comparison>(["eq", "ne", "lt", "le", "gt", "ge"]);

function isComparison(op: Primitive): op is Comparison {
  return comparisons.has(op);
}

function isInteger(dtype: DType): boolean {
  const { kind } = factsOf(dtype);
  return kind === "int" || kind === "uint";
}

// The abilities of SIMD -----------------------------------------------------------------------------------------------

const whole: ReadonlySet<Primitive> = new Set<Primitive>(["floor", "ceil", "trunc", "round"]);
const integerOps = { neg: "neg", add: "add", sub: "sub", mul: "mul" } as const;
const bitOps = { and: "and", or: "or", xor: "xor", not: "not" } as const;
/** For masks: "add" is "or" and "mul" is "and". */
const maskOps = { ...bitOps, add: "or", max: "or", mul: "and", min: "and" } as const;

/** The row of a table for a primitive; undefined if the table has none. */
function row<T>(table: Readonly<Partial<Record<Primitive, T>>>, op: Primitive): T | undefined {
  return table[op];
}

/** Whether SIMD has a primitive on integers or bools. */
function knowsIntegers(op: Primitive, argument: DType): boolean {
  const { kind, bytes } = factsOf(argument);
  if (whole.has(op)) return true;
  if (kind === "bool") return op === "abs" || isComparison(op) || row(maskOps, op) !== undefined;
  if (row(integerOps, op) || row(bitOps, op) || op === "abs" || op === "eq" || op === "ne") return true;
  // There is no comparison of unsigned 64-bit lanes.
  return (op === "min" || op === "max" || isComparison(op)) && !(bytes === 8 && kind === "uint");
}

function knows(instruction: Instruction, body: readonly Instruction[]): boolean {
  if (factsOf(instruction.dtype).kind === "complex") return false;
  if (!("args" in instruction)) return true;
  const { op, dtype, args } = instruction;
  if (op === "select" || op === "guard" || op === "bits" || op === "fromBits") return true;
  if (givesIndex(op)) return false;
  if (op === "shl" || op === "shr") {
    const count = at(body, at(args, 1));
    return constantShift(op, dtype, count.op === "const" ? toValue(count.value) : undefined) !== undefined;
  }
  const argument = at(body, at(args, args.length - 1)).dtype;
  if (op !== "cast") return factsOf(argument).kind === "float" || knowsIntegers(op, argument);
  if (isInteger(dtype) && factsOf(argument).kind === "float") return false;
  // 64-bit integers are converted only to each other and to bool.
  return !(isInteger(argument) && factsOf(argument).bytes === 8) || dtype === "bool" || factsOf(dtype).big;
}

/** The elements in a vector of a loop: 2 if any value in it has 64 bits, else 4; 0 if SIMD cannot do the loop. */
export function vectorWidth({ body, merge, inputs, results }: Loop): 0 | Width {
  for (const list of merge ? [body, merge.body] : [body]) {
    if (!list.every((instruction) => knows(instruction, list))) return 0;
  }
  const all = [...inputs, ...results, ...body, ...(merge?.body ?? [])];
  return all.some(({ dtype }) => factsOf(dtype).bytes === 8) ? 2 : 4;
}

// Primitives ----------------------------------------------------------------------------------------------------------

/** In width 2, turns the mask of a comparison of 32-bit lanes into one of 64-bit lanes. */
function widenMask(code: Code, shape: Shape, width: Width): void {
  if (width === 2 && (shape === "f32x4" || shape === "i32x4")) code.op("i64x2.extend_low_i32x4_s");
}

const lowHalves = Uint8Array.of(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);

/** Pushes a mask in lanes as wide as those of a shape: in width 2, 32-bit lanes take the low half of each 64 bits. */
function pushMask(code: Code, mask: Local, shape: Shape, width: Width): void {
  code.get(mask);
  if (width === 2 && (shape === "f32x4" || shape === "i32x4")) code.get(mask).op("i8x16.shuffle", lowHalves);
}

function applyMask(code: Code, op: Primitive, args: readonly Local[]): void {
  const [a, b] = [at(args, 0), at(args, args.length - 1)];
  const own = row(maskOps, op);
  // On 0 and 1: a < b is "b and not a".
  if (own) code.get(...args).op(`v128.${own}`);
  else if (op === "eq" || op === "ne") code.get(a, b).op("v128.xor");
  else if (op === "lt" || op === "ge") code.get(b, a).op("v128.andnot");
  else if (op === "gt" || op === "le") code.get(a, b).op("v128.andnot");
  else code.get(a);
  if (op === "eq" || op === "le" || op === "ge") code.op("v128.not");
}

/** Wraps 8- and 16-bit integers into their range. */
function wrapLanes(code: Code, dtype: DType): void {
  const { kind, bytes } = factsOf(dtype);
  if (bytes >= 4) return;
  const spare = 32 - 8 * bytes;
  code
    .i32(spare)
    .op("i32x4.shl")
    .i32(spare)
    .op(kind === "int" ? "i32x4.shr_s" : "i32x4.shr_u");
}

function shift(
  code: Code,
  op: "shl" | "shr",
  dtype: DType,
  shape: "i32x4" | "i64x2",
  args: readonly LaneValue[],
): void {
  code.get(at(args, 0).local).i32(Number(at(args, 1).constant));
  code.op(op === "shl" ? `${shape}.shl` : `${shape}.shr_${factsOf(dtype).kind === "uint" ? "u" : "s"}`);
  wrapLanes(code, dtype);
}

function applyInteger(code: Code, op: Primitive, dtype: DType, shape: "i32x4" | "i64x2", args: readonly Local[]): void {
  const unsigned = factsOf(dtype).kind === "uint";
  const [own, bits] = [row(integerOps, op), row(bitOps, op)];
  if (whole.has(op) || (op === "abs" && unsigned)) {
    code.get(at(args, 0));
  } else if (own || bits || op === "abs") {
    code.get(...args).op(bits ? `v128.${bits}` : `${shape}.${own ?? "abs"}`);
    wrapLanes(code, dtype);
  } else if (shape === "i32x4") {
    code.get(...args).op(`i32x4.${op === "min" ? "min" : "max"}_${unsigned ? "u" : "s"}`);
  } else {
    code
      .get(...args, ...args)
      .op(op === "min" ? "i64x2.lt_s" : "i64x2.gt_s")
      .op("v128.bitselect");
  }
}

function compareOp(op: Comparison, dtype: DType, shape: Shape): Opcode {
  if (shape === "f64x2" || shape === "f32x4") return `${shape}.${op}`;
  if (op === "eq" || op === "ne") return `${shape}.${op}`;
  if (shape === "i64x2") return `i64x2.${op}_s`;
  return `i32x4.${op}_${factsOf(dtype).kind === "uint" ? "u" : "s"}`;
}

function convert(code: Code, from: LaneValue, to: DType, width: Width): void {
  const [source, target] = [shapeOf(from.dtype, width), shapeOf(to, width)];
  const sign = factsOf(from.dtype).kind === "uint" ? "u" : "s";
  if (to === "bool") {
    code.get(from.local).op("v128.const", new Uint8Array(16)).op(`${source}.ne`);
    widenMask(code, source, width);
  } else if (from.dtype === "bool") {
    // A mask keeps the bits of 1 or drops them.
    pushMask(code, from.local, target, width);
    code.op("v128.const", constantBytes(target, [1])).op("v128.and");
  } else {
    code.get(from.local);
    if (source === "f32x4" && target === "f64x2") code.op("f64x2.promote_low_f32x4");
    else if (source === "f64x2" && target === "f32x4") code.op("f32x4.demote_f64x2_zero");
    else if (source === "i32x4" && target === "f64x2") code.op(`f64x2.convert_low_i32x4_${sign}`);
    else if (source === "i32x4" && target === "f32x4") code.op(`f32x4.convert_i32x4_${sign}`);
    else if (source === "i32x4" && target === "i64x2") code.op(`i64x2.extend_low_i32x4_${sign}`);
    else if (target === "i32x4") wrapLanes(code, to);
  }
}

/**
 * V8 compiles `f64x2.min` to seven instructions, half of which normalize the bits of a NaN, but any NaN will do here.
 * `pmin` is one instruction, and gives its first argument if either is not a number or both are zeros. So the two
 * orders agree, except for a NaN, whose bits survive "or", and for different zeros, of which "or" gives -0. For the
 * maximum, -0 minus -0 is 0.
 */
function applyExtreme(code: Code, op: "min" | "max", shape: "f64x2" | "f32x4", args: readonly Local[]): void {
  const [a, b] = [at(args, 0), at(args, 1)];
  code.get(a, b).op(`${shape}.p${op}`);
  if (op === "min") {
    code.get(b, a).op(`${shape}.pmin`).op("v128.or");
    return;
  }
  const [first, difference] = [code.local("v128", "first"), code.local("v128", "difference")];
  code.tee(first).get(b, a).op(`${shape}.pmax`).get(first).op("v128.xor").tee(difference).op("v128.or");
  code.get(difference).op(`${shape}.sub`);
}

/** Calls a function of floats for each lane. */
function callLanes(code: Code, op: Primitive, shape: "f64x2" | "f32x4", args: readonly Local[], width: Width): void {
  code.get(at(args, 0));
  for (let lane = 0; lane < width; lane++) {
    callImport(
      code,
      op,
      shape === "f64x2" ? "f64" : "f32",
      args.map((arg) => () => code.get(arg).op(`${shape}.extract_lane`, lane)),
    );
    code.op(`${shape}.replace_lane`, lane);
  }
}

function apply(code: Code, op: Primitive, dtype: DType, args: readonly LaneValue[], width: Width): void {
  const argument = at(args, args.length - 1).dtype;
  const shape = shapeOf(argument, width);
  const locals = args.map((arg) => arg.local);
  if (op === "select") {
    code.get(at(locals, 1), at(locals, 2));
    pushMask(code, at(locals, 0), argument === "bool" ? "i64x2" : shape, width);
    code.op("v128.bitselect");
  } else if (op === "guard") {
    code.get(at(locals, 2), at(locals, 1));
    pushMask(code, at(locals, 0), argument === "bool" ? "i64x2" : shape, width);
    code.op("v128.bitselect");
  } else if (op === "bits" || op === "fromBits") {
    code.get(at(locals, 0));
  } else if (op === "cast") {
    convert(code, at(args, 0), dtype, width);
  } else if (argument === "bool") {
    applyMask(code, op, locals);
  } else if (isComparison(op)) {
    code.get(...locals).op(compareOp(op, argument, shape));
    widenMask(code, shape, width);
  } else if (shape === "i64x2" || shape === "i32x4") {
    if (op === "shl" || op === "shr") shift(code, op, dtype, shape, args);
    else applyInteger(code, op, dtype, shape, locals);
  } else {
    const own = floatOp(op);
    if (op === "fma") code.get(...locals).op("f64x2.relaxed_madd");
    else if (own === "min" || own === "max") applyExtreme(code, own, shape, locals);
    else if (own) code.get(...locals).op(`${shape}.${own}`);
    else callLanes(code, op, shape, locals, width);
  }
}

/** Two or four elements at a time; see the head of this file. */
export function vectorLanes(width: Width): Lanes {
  return {
    width,
    type: () => "v128",
    constant(code, dtype, numbers) {
      const bits = dtype === "bool" ? numbers.map((number) => (number ? -1 : 0)) : numbers;
      code.op("v128.const", constantBytes(shapeOf(dtype, width), bits));
    },
    load(code, dtype, address) {
      load(code, dtype, address, width);
    },
    loadSame(code, dtype, address) {
      loadSame(code, dtype, address, width);
    },
    same(code, dtype, number) {
      code.get(number).op(`${shapeOf(dtype, width)}.splat`);
    },
    store(code, dtype, address, value) {
      store(code, dtype, address, value, width);
    },
    extract(code, dtype, value, lane) {
      code.get(value);
      if (dtype === "bool")
        code
          .op("i32x4.extract_lane", lane * (4 / width))
          .i32(1)
          .op("i32.and");
      else code.op(`${shapeOf(dtype, width)}.extract_lane`, lane);
    },
    any(code, condition) {
      code.get(condition).op("v128.any_true");
    },
    apply(code, op, dtype, args) {
      apply(code, op, dtype, args, width);
    },
    extreme(code, op, dtype, a, b) {
      // a NaN in a stays, since a is what no comparison with it can replace; one in b becomes a mask of all bits
      const shape = dtype === "float64" ? "f64x2" : "f32x4";
      code.get(a, b).op(`${shape}.p${op}`).get(b, b).op(`${shape}.ne`).op("v128.or");
    },
  };
}
