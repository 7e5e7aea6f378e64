/**
 * Expressions: typed values that are computed on WebAssembly's stack, for code with many conditions, such as parsers.
 *
 *     digit.sub(zero).le(9)    ──▶    local.get 3  i32.const 48  i32.sub  i32.const 9  i32.le_u
 *
 * TypeScript functions that take and return values are the macros: the code for one byte of text is written once and
 * inlined wherever it is needed.
 *
 * Invariant: a value may be used any number of times, and is computed each time. What must be computed once is put into
 * a local (see module.ts).
 */
import type { Immediate, Signature, Step, ValueType } from "./encoder.js";
import { isOpcode, type Opcode } from "./opcodes.js";

/** A value, or a number that takes the type of the value that it meets. */
export type ValueLike = Value | number | bigint;

type Shape = "i8x16" | "i16x8" | "i32x4" | "i64x2" | "f32x4" | "f64x2" | "v128";

/** The instructions that leave a value on the stack. */
export type ValueOpcode = Exclude<Extract<Opcode, `${ValueType | Shape}.${string}`>, `${string}.store${string}`>;

/** A function that can be called: its types, and its number in the module. */
export interface Callable extends Signature {
  readonly index: number;
}

const laneTypes = { i32x4: "i32", i64x2: "i64", f32x4: "f32", f64x2: "f64" } as const;
const oneLane = /^(i32x4|i64x2|f32x4|f64x2)\.extract_lane$/;
const scalarCondition = /^[if]\d\d\.(eqz?|ne|[lg][te](_[su])?)$|\.(any_true|bitmask)$/;

/** The type of the value that an instruction leaves on the stack. */
export function resultOf(name: ValueOpcode): ValueType {
  if (scalarCondition.test(name)) return "i32";
  const lane = oneLane.exec(name);
  if (lane !== null) return laneTypes[lane[1] as keyof typeof laneTypes];
  for (const type of ["i32", "i64", "f32", "f64"] as const) if (name.startsWith(`${type}.`)) return type;
  return "v128";
}

/** Checks that there is an instruction of this name. */
export function opcode(name: string): Opcode {
  if (!isOpcode(name)) throw new Error(`there is no instruction ${name}`);
  return name;
}

/** One instruction. */
export function step(op: Opcode, ...immediates: readonly Immediate[]): Step {
  return { op, immediates };
}

/** An operand as a value of a type. */
export function asValue(type: ValueType, operand: ValueLike): Value {
  if (!(operand instanceof Value)) return new Value(type, [step(`${type}.const`, operand)]);
  if (operand.type !== type) throw new Error(`expected a value of type ${type}; got ${operand.type}`);
  return operand;
}

/** An expression: its steps leave one value on the stack. Comparisons are unsigned. */
export class Value {
  constructor(
    readonly type: ValueType,
    readonly steps: readonly Step[],
  ) {}

  #with(name: string, other: ValueLike, type = this.type): Value {
    const steps = [...this.steps, ...asValue(this.type, other).steps, step(opcode(`${this.type}.${name}`))];
    return new Value(type, steps);
  }

  add = (other: ValueLike): Value => this.#with("add", other);
  sub = (other: ValueLike): Value => this.#with("sub", other);
  mul = (other: ValueLike): Value => this.#with("mul", other);
  and = (other: ValueLike): Value => this.#with("and", other);
  or = (other: ValueLike): Value => this.#with("or", other);
  xor = (other: ValueLike): Value => this.#with("xor", other);
  shl = (other: ValueLike): Value => this.#with("shl", other);
  shr = (other: ValueLike): Value => this.#with("shr_u", other);
  eq = (other: ValueLike): Value => this.#with("eq", other, "i32");
  ne = (other: ValueLike): Value => this.#with("ne", other, "i32");
  lt = (other: ValueLike): Value => this.#with("lt_u", other, "i32");
  le = (other: ValueLike): Value => this.#with("le_u", other, "i32");
  gt = (other: ValueLike): Value => this.#with("gt_u", other, "i32");
  ge = (other: ValueLike): Value => this.#with("ge_u", other, "i32");
  not = (): Value => new Value("i32", [...this.steps, step(opcode(`${this.type}.eqz`))]);
  /** An i32 as i64, without a sign. */
  wide = (): Value => op("i64.extend_i32_u", this);
  /** The lower half of an i64. */
  low = (): Value => op("i32.wrap_i64", this);
}

/** A constant. */
export const i32 = (value: number): Value => asValue("i32", value);
/** A constant. */
export const i64 = (value: number | bigint): Value => asValue("i64", value);
/** A constant. */
export const f64 = (value: number): Value => asValue("f64", value);

/** A vector of sixteen constant bytes. */
export function v128(bytes: ArrayLike<number>): Value {
  return new Value("v128", [step("v128.const", Uint8Array.from(bytes))]);
}

/** The result of an instruction without immediates. */
export function op(name: ValueOpcode, ...args: readonly Value[]): Value {
  return new Value(resultOf(name), [...args.flatMap((arg) => arg.steps), step(name)]);
}

/** The bytes in memory at an address, read as the instruction says. */
export function load(name: ValueOpcode & `${string}.load${string}`, address: ValueLike, offset = 0): Value {
  return new Value(resultOf(name), [...asValue("i32", address).steps, step(name, offset)]);
}

/** A lane of a vector. */
export function lane(name: ValueOpcode & `${string}.extract_lane`, vector: Value, number: number): Value {
  return new Value(resultOf(name), [...vector.steps, step(name, number)]);
}

/** One of two values, both of which are computed. */
export function select(condition: Value, then: Value, otherwise: Value): Value {
  return new Value(then.type, [...then.steps, ...otherwise.steps, ...condition.steps, step("select")]);
}

/** The result of a call. */
export function call({ index, parameters, result }: Callable, ...args: readonly ValueLike[]): Value {
  if (result === undefined) throw new Error("a function without a result is not a value");
  if (args.length !== parameters.length) throw new Error(`expected ${parameters.length} arguments; got ${args.length}`);
  const steps = parameters.flatMap((type, i) => asValue(type, args[i] ?? 0).steps);
  return new Value(result, [...steps, step("call", index)]);
}
