/**
 * Scalar lanes: one element at a time, every real dtype, every primitive; the meaning is that of `program/evaluate.ts`.
 *
 *     float64 f64 | float32 f32 | int64, uint64 i64 | all others i32
 *
 * Invariant: bools are 0 or 1, 8- and 16-bit integers are in the range of their dtype.
 */

import type { Code, Local } from "../../assembler/code.js";
import { type DType, type DTypeFacts, factsOf, limitsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { givesIndex } from "../../program/evaluate.js";
import { type IndexPrimitive, indexPrimitives, NO_INDEX, type Primitive } from "../../program/scalar.js";
import { importOf, type Lanes, type LaneValue } from "./lanes.js";
import {
  applyInteger,
  integerConstant,
  isUnsigned,
  loadReversed,
  scalarType,
  shiftByConstant,
  wrap,
} from "./scalar-integers.js";

type Float = "f32" | "f64";

const floatOps = {
  neg: "neg",
  abs: "abs",
  sqrt: "sqrt",
  floor: "floor",
  ceil: "ceil",
  trunc: "trunc",
  round: "nearest",
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  min: "min",
  max: "max",
} as const;
type FloatOp = (typeof floatOps)[keyof typeof floatOps];
const floatOpOf: Readonly<Partial<Record<Primitive, FloatOp>>> = floatOps;

/** The name in WebAssembly of a primitive on floats; undefined if it has none. */
export function floatOp(op: Primitive): FloatOp | undefined {
  return floatOpOf[op];
}

const emitted: ReadonlySet<Primitive> = new Set<Primitive>([
  "select", "guard", "fma", "cast", "bits", "eq", "ne", "lt", "le", "gt", "ge", ...indexPrimitives,
]); // biome-ignore format: a table

/** True if a primitive is computed by an imported function. */
export function isImported(op: Primitive, argument: DType): boolean {
  return factsOf(argument).kind === "float" && !floatOp(op) && !emitted.has(op);
}

/**
 * Pushes the result of an imported function of floats; `args` push its arguments whenever they are called. By
 * definition float32 goes through float64 and is rounded once. Only `floordiv` rounds in between, and has a function of
 * its own.
 */
export function callImport(code: Code, op: Primitive, type: Float, args: readonly (() => void)[]): void {
  const throughDouble = type === "f32" && op !== "floordiv";
  const push = args.map((arg) => () => {
    arg();
    if (throughDouble) code.op("f64.promote_f32");
  });
  if (op === "pow") {
    floatPower(code, at(push, 0), at(push, 1));
  } else {
    for (const argument of push) argument();
    code.call(importOf(op, type === "f64" || throughDouble ? "float64" : "float32", args.length));
  }
  if (throughDouble) code.op("f32.demote_f64");
}

/**
 * The imported function is `Math.pow`, which V8 calls directly. It gives NaN for 1 ** NaN, 1 ** Infinity and -1 **
 * Infinity.
 */
function floatPower(code: Code, a: () => void, b: () => void): void {
  code.op("f64.const", 1);
  a();
  b();
  code.call(importOf("pow", "float64", 2));
  a();
  code.op("f64.const", 1).op("f64.eq");
  a();
  code.op("f64.const", -1).op("f64.eq");
  b();
  code.op("f64.abs").op("f64.const", Number.POSITIVE_INFINITY).op("f64.eq").op("i32.and").op("i32.or").op("select");
}

function applyFloat(code: Code, op: Primitive, type: Float, args: readonly Local[]): void {
  const own = floatOp(op);
  if (own) code.get(...args).op(`${type}.${own}`);
  else
    callImport(
      code,
      op,
      type,
      args.map((arg) => () => code.get(arg)),
    );
}

function applyBool(code: Code, op: Primitive, args: readonly Local[]): void {
  code.get(...args);
  if (op === "not") code.op("i32.eqz");
  else if (op === "xor") code.op("i32.xor");
  else if (op === "and" || op === "mul" || op === "min") code.op("i32.and");
  else if (op === "or" || op === "add" || op === "max") code.op("i32.or");
}

function applyComparison(code: Code, op: "eq" | "ne" | "lt" | "le" | "gt" | "ge", dtype: DType): void {
  const type = scalarType(dtype);
  if (type === "f64" || type === "f32") code.op(`${type}.${op}`);
  else if (op === "eq" || op === "ne") code.op(`${type}.${op}`);
  else code.op(`${type}.${op}_${isUnsigned(factsOf(dtype)) ? "u" : "s"}`);
}

/** Turns a float on the stack into an integer: towards zero, NaN is 0, what is out of range the nearest end of it. */
function saturate(code: Code, source: Float, to: DTypeFacts): void {
  const sign = isUnsigned(to) ? "u" : "s";
  if (to.bytes < 4) {
    const [lowest, highest] = limitsOf(to.name).map(Number) as [number, number];
    code.op(`${source}.const`, highest).op(`${source}.min`).op(`${source}.const`, lowest).op(`${source}.max`);
  }
  code.op(`${to.bytes === 8 ? "i64" : "i32"}.trunc_sat_${source}_${sign}`);
}

/** Converts the value on the stack. */
function convert(code: Code, from: DTypeFacts, to: DTypeFacts): void {
  const [source, target] = [scalarType(from.name), scalarType(to.name)];
  const sign = isUnsigned(from) ? "u" : "s";
  if (to.kind === "bool") {
    if (from.kind === "bool") return;
    if (source === "f64" || source === "f32") code.op(`${source}.const`, 0).op(`${source}.ne`);
    else integerConstant(code, source, 0).op(`${source}.ne`);
  } else if (target === "f64" || target === "f32") {
    if (source === "i32" || source === "i64") code.op(`${target}.convert_${source}_${sign}`);
    else if (source !== target) code.op(target === "f64" ? "f64.promote_f32" : "f32.demote_f64");
  } else if (source === "f64" || source === "f32") {
    saturate(code, source, to);
  } else {
    if (source === "i64" && target === "i32") code.op("i32.wrap_i64");
    if (source === "i32" && target === "i64") code.op(`i64.extend_i32_${sign}`);
    wrap(code, to);
  }
}

/** The index in a float64, or a call of the function that throws where there is none. */
function index(code: Code, op: IndexPrimitive, x: Local): void {
  code
    .get(x)
    .op("f64.const", NO_INDEX)
    .op("f64.ge")
    .if(() =>
      code
        .get(x)
        .call(importOf(op, "float64", 1))
        .op("drop"),
    );
  code.get(x).op("i64.trunc_sat_f64_s");
}

/** One element at a time; see the head of this file. */
export const scalarLanes: Lanes = {
  width: 1,
  type: scalarType,
  constant(code, dtype, numbers) {
    code.op(`${scalarType(dtype)}.const`, at(numbers, 0));
  },
  load(code, dtype, address) {
    if (address.otherEndian) {
      loadReversed(code, dtype, address);
      return;
    }
    const { bytes } = factsOf(dtype);
    const { pointer, offset } = address;
    code.get(pointer);
    if (bytes >= 4) code.op(`${scalarType(dtype)}.load`, offset);
    else code.op(`i32.load${bytes === 1 ? 8 : 16}_${isUnsigned(factsOf(dtype)) ? "u" : "s"}`, offset);
  },
  loadSame(code, dtype, address) {
    scalarLanes.load(code, dtype, address);
  },
  same(code, _, number) {
    code.get(number);
  },
  store(code, dtype, { pointer, offset }, value) {
    const { bytes } = factsOf(dtype);
    code.get(pointer, value);
    if (bytes >= 4) code.op(`${scalarType(dtype)}.store`, offset);
    else code.op(bytes === 1 ? "i32.store8" : "i32.store16", offset);
  },
  extract(code, _, value) {
    code.get(value);
  },
  any(code, condition) {
    code.get(condition);
  },
  apply(code, op, dtype, args: readonly LaneValue[]) {
    const argument = at(args, args.length - 1).dtype;
    const locals = args.map((arg) => arg.local);
    const type = scalarType(argument);
    if (op === "select") {
      code.get(at(locals, 1), at(locals, 2), at(locals, 0)).op("select");
    } else if (op === "guard") {
      code.get(at(locals, 2), at(locals, 1), at(locals, 0)).op("select");
    } else if (op === "fma") {
      // Only vectors have this instruction, and a value must not depend on whether it is in one.
      for (const local of locals) code.get(local).op("f64x2.splat");
      code.op("f64x2.relaxed_madd").op("f64x2.extract_lane", 0);
    } else if (givesIndex(op)) {
      index(code, op, at(locals, 0));
    } else if (op === "bits") {
      code.get(at(locals, 0)).op(type === "f64" ? "i64.reinterpret_f64" : "i32.reinterpret_f32");
    } else if (op === "fromBits") {
      code.get(at(locals, 0)).op(type === "i64" ? "f64.reinterpret_i64" : "f32.reinterpret_i32");
    } else if (op === "cast") {
      code.get(at(locals, 0));
      convert(code, factsOf(argument), factsOf(dtype));
    } else if (op === "eq" || op === "ne" || op === "lt" || op === "le" || op === "gt" || op === "ge") {
      code.get(...locals);
      applyComparison(code, op, argument);
    } else if (type === "f64" || type === "f32") applyFloat(code, op, type, locals);
    else if (argument === "bool") applyBool(code, op, locals);
    else if (!shiftByConstant(code, op, dtype, args)) applyInteger(code, op, dtype, locals);
  },
  extreme(code, op, dtype, a, b) {
    applyFloat(code, op, dtype === "float64" ? "f64" : "f32", [a, b]);
  },
};
