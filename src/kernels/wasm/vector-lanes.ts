/**
 * Vector lanes: two or four elements in one v128, for the dtypes and primitives that SIMD knows.
 *
 *     width 2   float64 f64x2 | 64-bit integers i64x2 | float32 and smaller integers the low half of f32x4, i32x4
 *     width 4   float32 f32x4 | integers of up to 32 bits i32x4                (a loop without anything of 64 bits)
 *     bool      a mask in lanes of 128 / width bits
 *
 * Invariant: a primitive is either done by SIMD with exactly the meaning of scalar lanes (but for the sign of a zero that
 * `min` and `max` choose), or it is a function of floats that is called lane by lane; {@link vectorWidth} turns down every loop with anything else.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import type { Instruction, Loop } from "../../program/loop.js";
import type { Primitive } from "../../program/scalar.js";
import type { Code, Local } from "./code.js";
import type { Address, Held, Lanes } from "./lanes.js";
import type { Opcode } from "./opcodes.js";
import { callImport, floatOp } from "./scalar-lanes.js";

type Shape = "f64x2" | "f32x4" | "i64x2" | "i32x4";
type Width = 2 | 4;
type Comparison = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

const comparisons: ReadonlySet<Primitive> = new Set<Comparison>(["eq", "ne", "lt", "le", "gt", "ge"]);

function isComparison(op: Primitive): op is Comparison {
  return comparisons.has(op);
}

function isInteger(dtype: DType): boolean {
  const { kind } = factsOf(dtype);
  return kind === "int" || kind === "uint";
}

function shapeOf(dtype: DType, width: Width): Shape {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "float") return bytes === 8 ? "f64x2" : "f32x4";
  return bytes === 8 || (kind === "bool" && width === 2) ? "i64x2" : "i32x4";
}

// What SIMD can do ------------------------------------------------------------------------------------------------------

const whole: ReadonlySet<Primitive> = new Set<Primitive>(["floor", "ceil", "trunc", "round"]);
const integerOps = { neg: "neg", add: "add", sub: "sub", mul: "mul" } as const;
const bitOps = { and: "and", or: "or", xor: "xor", not: "not" } as const;
/** For masks: "add" is "or" and "mul" is "and". */
const maskOps = { ...bitOps, add: "or", max: "or", mul: "and", min: "and" } as const;

function row<T extends object>(table: T, op: Primitive): T[keyof T] | undefined {
  return Object.hasOwn(table, op) ? table[op as keyof T] : undefined;
}

/** Whether a primitive on integers or bools can be done. */
function knowsIntegers(op: Primitive, argument: DType): boolean {
  const { kind, bytes } = factsOf(argument);
  if (whole.has(op)) return true;
  if (kind === "bool") return op === "abs" || isComparison(op) || row(maskOps, op) !== undefined;
  if (row(integerOps, op) || row(bitOps, op) || op === "abs" || op === "eq" || op === "ne") return true;
  // There is no comparison of unsigned 64-bit lanes.
  return (op === "min" || op === "max" || isComparison(op)) && !(bytes === 8 && kind === "uint");
}

function knows({ op, dtype, ...rest }: Instruction, body: readonly Instruction[]): boolean {
  if (factsOf(dtype).kind === "complex") return false;
  if (op === "const" || op === "input" || !("args" in rest) || op === "select") return true;
  const argument = body[rest.args.at(-1)!]!.dtype;
  if (op !== "cast") return factsOf(argument).kind === "float" || knowsIntegers(op as Primitive, argument);
  if (isInteger(dtype) && factsOf(argument).kind === "float") return false;
  // From 64-bit integers only to each other and to bool.
  return !(isInteger(argument) && factsOf(argument).bytes === 8) || dtype === "bool" || factsOf(dtype).big;
}

/** How many elements a vector of a loop holds: 2 when anything in it has 64 bits, else 4; 0 when SIMD cannot do the loop. */
export function vectorWidth({ body, merge, inputs, results }: Loop): 0 | Width {
  for (const list of merge ? [body, merge.body] : [body]) {
    if (!list.every((instruction) => knows(instruction, list))) return 0;
  }
  const all = [...inputs, ...results, ...body, ...(merge?.body ?? [])];
  return all.some(({ dtype }) => factsOf(dtype).bytes === 8) ? 2 : 4;
}

// Memory ----------------------------------------------------------------------------------------------------------------

type Bits = 8 | 16 | 32 | 64;

const rawLoads: Readonly<Record<number, Opcode>> = {
  2: "v128.load16_splat",
  4: "v128.load32_zero",
  8: "v128.load64_zero",
  16: "v128.load",
};

function bitsOf(dtype: DType): Bits {
  return (8 * factsOf(dtype).bytes) as Bits;
}

/** Does something for the elements at an address one after the other, with the address of each in a local. */
function scattered(
  code: Code,
  { pointer, stride }: Address,
  width: Width,
  each: (at: Local, lane: number) => void,
): void {
  const at = code.local("i32", "at");
  for (let lane = 0; lane < width; lane++) {
    if (lane === 0) code.get(pointer).set(at);
    else code.advance(at, stride!);
    each(at, lane);
  }
}

/** Elements as they lie in memory, side by side at the low end. */
function loadRaw(code: Code, dtype: DType, address: Address, width: Width): void {
  if (address.stride === undefined) {
    code.get(address.pointer).op(rawLoads[width * factsOf(dtype).bytes]!, address.offset);
    return;
  }
  const gathered = code.local("v128", "gathered");
  scattered(code, address, width, (at, lane) => {
    code.get(at);
    if (lane === 0) code.op(`v128.load${bitsOf(dtype)}_splat`, address.offset);
    else code.get(gathered).op(`v128.load${bitsOf(dtype)}_lane`, address.offset, lane);
    code.set(gathered);
  });
  code.get(gathered);
}

/** Spreads elements of less than 32 bits over the lanes of i32x4, and bools over masks. */
function unpack(code: Code, dtype: DType, width: Width): void {
  const { kind, bytes } = factsOf(dtype);
  if (bytes >= 4) return;
  const sign = kind === "int" ? "s" : "u";
  if (bytes === 1) code.op(`i16x8.extend_low_i8x16_${sign}`);
  code.op(`i32x4.extend_low_i16x8_${sign}`);
  if (kind !== "bool") return;
  if (width === 2) code.op("i64x2.extend_low_i32x4_u");
  code.op(width === 2 ? "i64x2.neg" : "i32x4.neg");
}

/** The shuffle that brings the low `bytes` bytes of lanes of `laneBytes` bytes side by side. */
function packing(bytes: number, laneBytes: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (Math.floor(i / bytes) * laneBytes + (i % bytes)) % 16);
}

/** Pushes the elements of a local as they shall lie in memory. */
function pack(code: Code, dtype: DType, value: Local, width: Width): void {
  const { kind, bytes } = factsOf(dtype);
  code.get(value);
  if (kind === "bool") code.op("v128.const", new Uint8Array(16).fill(1)).op("v128.and");
  if (bytes >= 4) return;
  const packed = code.local("v128", "packed");
  code.tee(packed).get(packed);
  code.op("i8x16.shuffle", packing(bytes, kind === "bool" ? 16 / width : 4));
}

function store(code: Code, dtype: DType, address: Address, value: Local, width: Width): void {
  const { bytes } = factsOf(dtype);
  const { pointer, stride, offset } = address;
  if (stride === undefined) {
    code.get(pointer);
    pack(code, dtype, value, width);
    const size = width * bytes;
    if (size === 16) code.op("v128.store", offset);
    else code.op(`v128.store${(8 * size) as Bits}_lane`, offset, 0);
    return;
  }
  const packed = code.local("v128", "scattered");
  pack(code, dtype, value, width);
  code.set(packed);
  scattered(code, address, width, (at, lane) => {
    code.get(at, packed).op(`v128.store${bitsOf(dtype)}_lane`, offset, lane);
  });
}

function constantBytes(shape: Shape, numbers: readonly (number | bigint)[]): Uint8Array {
  const at = (i: number): number | bigint => numbers[i % numbers.length]!;
  if (shape === "f64x2") return new Uint8Array(Float64Array.from({ length: 2 }, (_, i) => Number(at(i))).buffer);
  if (shape === "f32x4") return new Uint8Array(Float32Array.from({ length: 4 }, (_, i) => Number(at(i))).buffer);
  if (shape === "i32x4") return new Uint8Array(Int32Array.from({ length: 4 }, (_, i) => Number(at(i))).buffer);
  return new Uint8Array(BigInt64Array.from({ length: 2 }, (_, i) => BigInt(at(i))).buffer);
}

// Primitives ------------------------------------------------------------------------------------------------------------

/** In width 2, the mask that a comparison of 32-bit lanes gives becomes one of 64-bit lanes. */
function widenMask(code: Code, shape: Shape, width: Width): void {
  if (width === 2 && (shape === "f32x4" || shape === "i32x4")) code.op("i64x2.extend_low_i32x4_s");
}

const lowHalves = Uint8Array.of(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);

/** Pushes a mask in lanes as wide as those of a dtype: in width 2, 32-bit lanes take the low half of each 64 bits. */
function pushMask(code: Code, mask: Local, shape: Shape, width: Width): void {
  code.get(mask);
  if (width === 2 && (shape === "f32x4" || shape === "i32x4")) code.get(mask).op("i8x16.shuffle", lowHalves);
}

function applyMask(code: Code, op: Primitive, [a, b]: readonly Local[]): void {
  const own = row(maskOps, op);
  // On 0 and 1: a < b is "b and not a".
  if (own) code.get(...(b ? [a!, b] : [a!])).op(`v128.${own}`);
  else if (op === "eq" || op === "ne") code.get(a!, b!).op("v128.xor");
  else if (op === "lt" || op === "ge") code.get(b!, a!).op("v128.andnot");
  else if (op === "gt" || op === "le") code.get(a!, b!).op("v128.andnot");
  else code.get(a!);
  if (op === "eq" || op === "le" || op === "ge") code.op("v128.not");
}

/** Brings 8- and 16-bit integers back into their range. */
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

function applyInteger(code: Code, op: Primitive, dtype: DType, shape: "i32x4" | "i64x2", args: readonly Local[]): void {
  const unsigned = factsOf(dtype).kind === "uint";
  const [own, bits] = [row(integerOps, op), row(bitOps, op)];
  if (whole.has(op) || (op === "abs" && unsigned)) {
    code.get(args[0]!);
  } else if (own || bits || op === "abs") {
    code.get(...args).op(bits ? `v128.${bits}` : `${shape}.${own ?? "abs"}`);
    wrapLanes(code, dtype);
  } else if (shape === "i32x4") {
    code.get(...args).op(`i32x4.${op as "min" | "max"}_${unsigned ? "u" : "s"}`);
  } else {
    code
      .get(...args, ...args)
      .op(op === "min" ? "i64x2.lt_s" : "i64x2.gt_s")
      .op("v128.bitselect");
  }
}

function compareOp(op: Comparison, dtype: DType, shape: Shape): Opcode {
  if (shape === "f64x2" || shape === "f32x4" || op === "eq" || op === "ne") return `${shape}.${op}` as Opcode;
  if (shape === "i64x2") return `i64x2.${op}_s`;
  return `i32x4.${op}_${factsOf(dtype).kind === "uint" ? "u" : "s"}`;
}

function convert(code: Code, from: Held, to: DType, width: Width): void {
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
 * `f64x2.min` takes V8 seven instructions, since it also orders -0 before 0, which no primitive promises. `pmin` takes one
 * and gives `a` where one of the two is not a number; all bits set, which is a NaN, then cover the lanes where `b` is not.
 */
function applyExtreme(code: Code, op: "min" | "max", shape: "f64x2" | "f32x4", args: readonly Local[]): void {
  const b = args[1]!;
  code
    .get(...args)
    .op(`${shape}.p${op}`)
    .get(b, b)
    .op(`${shape}.ne`)
    .op("v128.or");
}

/** Calls a function of floats for each lane. */
function callLanes(code: Code, op: Primitive, shape: "f64x2" | "f32x4", args: readonly Local[], width: Width): void {
  code.get(args[0]!);
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

function apply(code: Code, op: Primitive, dtype: DType, args: readonly Held[], width: Width): void {
  const argument = args.at(-1)!.dtype;
  const shape = shapeOf(argument, width);
  const locals = args.map((arg) => arg.local);
  if (op === "select") {
    code.get(locals[1]!, locals[2]!);
    pushMask(code, locals[0]!, argument === "bool" ? "i64x2" : shape, width);
    code.op("v128.bitselect");
  } else if (op === "cast") {
    convert(code, args[0]!, dtype, width);
  } else if (argument === "bool") {
    applyMask(code, op, locals);
  } else if (isComparison(op)) {
    code.get(...locals).op(compareOp(op, argument, shape));
    widenMask(code, shape, width);
  } else if (shape === "i64x2" || shape === "i32x4") {
    applyInteger(code, op, dtype, shape, locals);
  } else {
    const own = floatOp(op);
    if (own === "min" || own === "max") applyExtreme(code, own, shape, locals);
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
      loadRaw(code, dtype, address, width);
      unpack(code, dtype, width);
    },
    loadSame(code, dtype, { pointer, offset }) {
      code.get(pointer).op(`v128.load${bitsOf(dtype)}_splat`, offset);
      unpack(code, dtype, width);
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
    apply(code, op, dtype, args) {
      apply(code, op, dtype, args, width);
    },
  };
}
