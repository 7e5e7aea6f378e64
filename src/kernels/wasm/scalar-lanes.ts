/**
 * Scalar lanes: one element at a time, every real dtype, every primitive; the meaning is that of `program/evaluate.ts`.
 *
 *     float64 f64 | float32 f32 | int64, uint64 i64 | all others i32
 *
 * Invariant: an integer of 8 or 16 bits is kept in its i32 as its dtype would read it (sign- or zero-extended), so every
 * operation that can leave the range ends with {@link wrap}.
 */
import { type DType, type DTypeFacts, factsOf } from "../../data/dtype.js";
import type { Primitive } from "../../program/scalar.js";
import type { Code, Local } from "./code.js";
import { type Held, importOf, type Lanes } from "./lanes.js";

type Integer = "i32" | "i64";
type Float = "f32" | "f64";

/** The type of WebAssembly that holds one element. */
export function scalarType(dtype: DType): Integer | Float {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "float") return bytes === 8 ? "f64" : "f32";
  return bytes === 8 ? "i64" : "i32";
}

function isUnsigned({ kind }: DTypeFacts): boolean {
  return kind === "uint" || kind === "bool";
}

/** Brings the integer on the stack back into the range of its dtype. */
function wrap(code: Code, { kind, bytes }: DTypeFacts): void {
  if (bytes >= 4) return;
  if (kind === "uint") code.i32(2 ** (8 * bytes) - 1).op("i32.and");
  else code.op(bytes === 1 ? "i32.extend8_s" : "i32.extend16_s");
}

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

/** The name in WebAssembly of a primitive on floats that it has itself. */
export function floatOp(op: Primitive): (typeof floatOps)[keyof typeof floatOps] | undefined {
  return Object.hasOwn(floatOps, op) ? floatOps[op as keyof typeof floatOps] : undefined;
}

const emitted: ReadonlySet<Primitive> = new Set<Primitive>(["select", "cast", "eq", "ne", "lt", "le", "gt", "ge"]);

/** True when a primitive is computed by a function from outside. */
export function isImported(op: Primitive, argument: DType): boolean {
  return factsOf(argument).kind === "float" && !floatOp(op) && !emitted.has(op);
}

/**
 * Pushes the result of an imported function of floats; `args` push its arguments, as often as they are called. float32 goes
 * through float64 and is rounded once, which is its meaning; only `floordiv` rounds in between and has a function of its own.
 */
export function callImport(code: Code, op: Primitive, type: Float, args: readonly (() => void)[]): void {
  const throughDouble = type === "f32" && op !== "floordiv";
  const push = args.map((arg) => () => {
    arg();
    if (throughDouble) code.op("f64.promote_f32");
  });
  if (op === "pow") {
    floatPower(code, push[0]!, push[1]!);
  } else {
    for (const argument of push) argument();
    code.call(importOf(op, type === "f64" || throughDouble ? "float64" : "float32", args.length));
  }
  if (throughDouble) code.op("f32.demote_f64");
}

/** The imported function is `Math.pow`, which V8 calls directly; it says NaN to 1 ** NaN, 1 ** Infinity and -1 ** Infinity. */
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

function integerConstant(code: Code, type: Integer, value: number): Code {
  return type === "i64" ? code.op("i64.const", BigInt(value)) : code.i32(value);
}

/** Quotient and remainder towards minus infinity; by 0 they are 0. */
function divide(code: Code, op: "floordiv" | "mod", type: Integer, facts: DTypeFacts, a: Local, b: Local): void {
  const constant = (value: number): Code => integerConstant(code, type, value);
  const sign = isUnsigned(facts) ? "u" : "s";
  const [safe, rest] = [code.local(type, "divisor"), code.local(type, "rest")];
  // The machine traps when it divides by 0, or the least number by -1: divide by 1 instead and put the answer right.
  constant(1).get(b, b).op(`${type}.eqz`);
  if (sign === "s") constant(-1).get(b).op(`${type}.eq`).op("i32.or");
  code.op("select").set(safe);
  code.get(a, safe).op(`${type}.rem_${sign}`).set(rest);
  // 1 where the remainder has not the sign of the divisor.
  const crosses = (): Code => {
    code.get(rest, safe).op(`${type}.xor`);
    constant(0).op(`${type}.lt_s`);
    code.get(rest);
    constant(0).op(`${type}.ne`);
    return code.op("i32.and");
  };
  if (op === "mod") {
    code.get(rest);
    if (sign === "u") return;
    code.get(safe);
    constant(0);
    crosses().op("select").op(`${type}.add`);
    return;
  }
  // b = -1: the answer is -a; b = 0: it is 0.
  if (sign === "s") constant(0).get(a).op(`${type}.sub`);
  constant(0).get(a, safe).op(`${type}.div_${sign}`);
  if (sign === "s") {
    crosses();
    if (type === "i64") code.op("i64.extend_i32_u");
    code.op(`${type}.sub`);
  }
  code.get(b).op(`${type}.eqz`).op("select");
  if (sign === "s") {
    code.get(b);
    constant(-1).op(`${type}.eq`).op("select");
  }
}

/** Powers by squaring. To a negative power only 1 and -1 give anything but 0: that of the power's lowest bit. */
function power(code: Code, type: Integer, facts: DTypeFacts, a: Local, b: Local): void {
  const constant = (value: number): Code => integerConstant(code, type, value);
  const [result, base, rest] = [code.local(type, "power"), code.local(type, "base"), code.local(type, "exponent")];
  const signed = !isUnsigned(facts);
  code.get(a).set(base);
  constant(1).set(result);
  code.get(b);
  if (signed) {
    constant(1).get(b).op(`${type}.and`).get(b);
    constant(0).op(`${type}.ge_s`).op("select");
  }
  code.set(rest);
  const isNotZero = (): Code => constant(0).op(`${type}.ne`);
  code.get(rest);
  isNotZero().if(() =>
    code.loop(() => {
      code.get(result, base).op(`${type}.mul`).get(result, rest);
      constant(1).op(`${type}.and`);
      isNotZero().op("select").set(result);
      code.get(base, base).op(`${type}.mul`).set(base).get(rest);
      constant(1).op(`${type}.shr_u`).tee(rest);
      isNotZero();
    }),
  );
  code.get(result);
  if (signed) {
    constant(0).get(b);
    constant(0).op(`${type}.ge_s`).get(a);
    constant(1).op(`${type}.eq`).op("i32.or").get(a);
    constant(-1).op(`${type}.eq`).op("i32.or").op("select");
  }
}

/** Shifts by the width or more, or by a negative count, leave nothing (or, to the right, the sign). */
function shift(code: Code, op: "shl" | "shr", type: Integer, facts: DTypeFacts, a: Local, b: Local): void {
  const constant = (value: number): Code => integerConstant(code, type, value);
  const fits = (): Code => {
    code.get(b);
    return constant(8 * facts.bytes).op(`${type}.lt_u`);
  };
  if (op === "shr" && !isUnsigned(facts)) {
    code.get(a, b);
    constant(8 * facts.bytes - 1);
    fits().op("select").op(`${type}.shr_s`);
    return;
  }
  code.get(a, b).op(op === "shl" ? `${type}.shl` : `${type}.shr_u`);
  constant(0);
  fits().op("select");
}

const integerOps = { add: "add", sub: "sub", mul: "mul", and: "and", or: "or", xor: "xor" } as const;

function applyInteger(code: Code, op: Primitive, dtype: DType, args: readonly Local[]): void {
  const facts = factsOf(dtype);
  const type = scalarType(dtype) as Integer;
  const constant = (value: number): Code => integerConstant(code, type, value);
  const [a, b] = args as [Local, Local];
  const sign = isUnsigned(facts) ? "u" : "s";
  switch (op) {
    case "neg":
      constant(0).get(a).op(`${type}.sub`);
      break;
    case "not":
      code.get(a);
      constant(-1).op(`${type}.xor`);
      break;
    case "abs":
      if (sign === "s") constant(0).get(a).op(`${type}.sub`);
      code.get(a);
      if (sign === "s") {
        code.get(a);
        constant(0).op(`${type}.lt_s`).op("select");
      }
      break;
    case "min":
    case "max":
      code
        .get(a, b, a, b)
        .op(`${type}.${op === "min" ? "lt" : "gt"}_${sign}`)
        .op("select");
      break;
    case "floordiv":
    case "mod":
      divide(code, op, type, facts, a, b);
      break;
    case "pow":
      power(code, type, facts, a, b);
      break;
    case "shl":
    case "shr":
      shift(code, op, type, facts, a, b);
      break;
    case "add":
    case "sub":
    case "mul":
    case "and":
    case "or":
    case "xor":
      code.get(a, b).op(`${type}.${integerOps[op]}`);
      break;
    default:
      // floor, ceil, trunc and round: whole already.
      code.get(a);
  }
  wrap(code, facts);
}

function applyComparison(code: Code, op: "eq" | "ne" | "lt" | "le" | "gt" | "ge", dtype: DType): void {
  const type = scalarType(dtype);
  if (type === "f64" || type === "f32") code.op(`${type}.${op}`);
  else if (op === "eq" || op === "ne") code.op(`${type as Integer}.${op}`);
  else code.op(`${type as Integer}.${op}_${isUnsigned(factsOf(dtype)) ? "u" : "s"}`);
}

/** Converts the value on the stack; `local` holds it too. */
function convert(code: Code, from: DTypeFacts, to: DTypeFacts, local: Local): void {
  const [source, target] = [scalarType(from.name), scalarType(to.name)];
  const sign = isUnsigned(from) ? "u" : "s";
  if (to.kind === "bool") {
    if (from.kind === "bool") return;
    if (source === "f64" || source === "f32") code.op(`${source}.const`, 0).op(`${source}.ne`);
    else integerConstant(code, source as Integer, 0).op(`${source as Integer}.ne`);
  } else if (target === "f64" || target === "f32") {
    if (source === "i32" || source === "i64") code.op(`${target}.convert_${source}_${sign}`);
    else if (source !== target) code.op(target === "f64" ? "f64.promote_f32" : "f32.demote_f64");
  } else if (source === "f64" || source === "f32") {
    // Towards zero, limited to 64 bits, then wrapped.
    code.op(`i64.trunc_sat_${source}_s`);
    if (to.name === "uint64") {
      code
        .get(local)
        .op(`i64.trunc_sat_${source}_u`)
        .get(local)
        .op(`${source}.const`, 0)
        .op(`${source}.lt`)
        .op("select");
    }
    if (target === "i32") code.op("i32.wrap_i64");
    wrap(code, to);
  } else {
    if (source === "i64" && target === "i32") code.op("i32.wrap_i64");
    if (source === "i32" && target === "i64") code.op(`i64.extend_i32_${sign}`);
    wrap(code, to);
  }
}

/** One element at a time; see the head of this file. */
export const scalarLanes: Lanes = {
  width: 1,
  type: scalarType,
  constant(code, dtype, numbers) {
    code.op(`${scalarType(dtype)}.const`, numbers[0]!);
  },
  load(code, dtype, { pointer, offset }) {
    const { bytes } = factsOf(dtype);
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
  apply(code, op, dtype, args: readonly Held[]) {
    const argument = args.at(-1)!.dtype;
    const locals = args.map((arg) => arg.local);
    const type = scalarType(argument);
    if (op === "select") {
      code.get(locals[1]!, locals[2]!, locals[0]!).op("select");
    } else if (op === "cast") {
      code.get(locals[0]!);
      convert(code, factsOf(argument), factsOf(dtype), locals[0]!);
    } else if (op === "eq" || op === "ne" || op === "lt" || op === "le" || op === "gt" || op === "ge") {
      code.get(...locals);
      applyComparison(code, op, argument);
    } else if (type === "f64" || type === "f32") applyFloat(code, op, type, locals);
    else if (argument === "bool") applyBool(code, op, locals);
    else applyInteger(code, op, dtype, locals);
  },
};
