/**
 * A small writer of WebAssembly modules: typed expressions, structured blocks, and the byte form of what they need.
 *
 * Text is parsed several times faster by WebAssembly than by JavaScript (64-bit integers, 16 bytes at a time), and the
 * formats may not use the kernels' emitter. Here an expression is a value with a type; TypeScript functions that take and
 * give values are the macros, so what a parser does with each byte is written once and inlined where it is needed.
 *
 * Invariant: an expression may be used any number of times, and is computed each time; what must be computed once is
 * put into a local.
 */

/** The type of a value. */
export type Type = "i32" | "i64" | "f32" | "f64" | "v128";

const typeBytes: Readonly<Record<Type, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

// biome-ignore format: a table; beside the number the type of the result
const instructions = {
  "i32.load": [0x28, "i32"], "i64.load": [0x29, "i64"], "f64.load": [0x2b, "f64"], "i32.load8_u": [0x2d, "i32"],
  "i64.load8_u": [0x31, "i64"], "v128.load": [0xfd00, "v128"],
  "i32.eqz": [0x45, "i32"], "i32.eq": [0x46, "i32"], "i32.ne": [0x47, "i32"], "i32.lt_s": [0x48, "i32"],
  "i32.lt_u": [0x49, "i32"], "i32.gt_u": [0x4b, "i32"], "i32.le_u": [0x4d, "i32"], "i32.ge_u": [0x4f, "i32"],
  "i64.eqz": [0x50, "i32"], "i64.eq": [0x51, "i32"], "i64.ne": [0x52, "i32"], "i64.lt_u": [0x54, "i32"],
  "i64.gt_u": [0x56, "i32"], "i64.le_u": [0x58, "i32"], "i64.ge_u": [0x5a, "i32"], "f64.lt": [0x63, "i32"], "f64.eq": [0x61, "i32"],
  "i32.ctz": [0x68, "i32"], "i32.add": [0x6a, "i32"], "i32.sub": [0x6b, "i32"], "i32.mul": [0x6c, "i32"],
  "i32.and": [0x71, "i32"], "i32.or": [0x72, "i32"], "i32.xor": [0x73, "i32"], "i32.shl": [0x74, "i32"],
  "i32.shr_s": [0x75, "i32"], "i32.shr_u": [0x76, "i32"],
  "i64.clz": [0x79, "i64"], "i64.add": [0x7c, "i64"], "i64.sub": [0x7d, "i64"], "i64.mul": [0x7e, "i64"],
  "i64.and": [0x83, "i64"], "i64.or": [0x84, "i64"], "i64.xor": [0x85, "i64"], "i64.shl": [0x86, "i64"],
  "i64.shr_u": [0x88, "i64"],
  "f64.abs": [0x99, "f64"], "f64.neg": [0x9a, "f64"], "f64.mul": [0xa2, "f64"], "f64.div": [0xa3, "f64"],
  "i32.wrap_i64": [0xa7, "i32"], "i64.extend_i32_s": [0xac, "i64"], "i64.extend_i32_u": [0xad, "i64"],
  "f32.demote_f64": [0xb6, "f32"], "f64.convert_i64_u": [0xba, "f64"], "i32.reinterpret_f32": [0xbc, "i32"],
  "i64.reinterpret_f64": [0xbd, "i64"], "f64.reinterpret_i64": [0xbf, "f64"],
  "i8x16.swizzle": [0xfd0e, "v128"], "i8x16.splat": [0xfd0f, "v128"], "i64x2.extract_lane": [0xfd1d, "i64"],
  "i32x4.extract_lane": [0xfd1b, "i32"], "i8x16.eq": [0xfd23, "v128"], "i8x16.le_u": [0xfd2a, "v128"],
  "v128.and": [0xfd4e, "v128"], "v128.or": [0xfd50, "v128"], "v128.any_true": [0xfd53, "i32"],
  "i8x16.bitmask": [0xfd64, "i32"], "i8x16.add": [0xfd6e, "v128"], "i8x16.sub": [0xfd71, "v128"],
  "i16x8.extadd_pairwise_i8x16_u": [0xfd7d, "v128"], "i32x4.extadd_pairwise_i16x8_u": [0xfd7f, "v128"],
  "i16x8.narrow_i32x4_u": [0xfd86, "v128"], "i16x8.shr_u": [0xfd8d, "v128"], "i16x8.add": [0xfd8e, "v128"],
  "i16x8.mul": [0xfd95, "v128"], "i32x4.dot_i16x8_s": [0xfdba, "v128"], "i32x4.add": [0xfdae, "v128"],
} as const satisfies Record<string, readonly [number, Type]>;

type Instruction = keyof typeof instructions;

/** Appends an unsigned number in groups of seven bits. */
function unsigned(value: number, to: number[] = []): number[] {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) to.push((rest % 0x80) | 0x80);
  to.push(rest);
  return to;
}

function signed(value: bigint): number[] {
  const to: number[] = [];
  for (let rest = value; ; ) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if (rest === ((low & 0x40) === 0 ? 0n : -1n)) return [...to, low];
    to.push(low | 0x80);
  }
}

/** What stands for a value of some type: a constant takes the type of what it meets. */
export type Operand = Value | number | bigint;

function constant(type: Type, value: number | bigint): Value {
  if (type === "i32") return new Value(type, [0x41, ...signed(BigInt(Number(value) | 0))]);
  if (type === "i64") return new Value(type, [0x42, ...signed(BigInt.asIntN(64, BigInt(value)))]);
  if (type !== "f64") throw new Error(`no constants of type ${type}`);
  return new Value(type, [0x44, ...new Uint8Array(Float64Array.of(Number(value)).buffer)]);
}

const asValue = (type: Type, value: Operand): Value => (value instanceof Value ? value : constant(type, value));

/** An expression: leaves one value on the stack. Comparisons are unsigned. */
export class Value {
  constructor(
    readonly type: Type,
    readonly code: readonly number[],
  ) {}

  #with(name: string, other: Operand): Value {
    const right = asValue(this.type, other);
    if (right.type !== this.type) throw new Error(`${this.type}.${name} of ${right.type}`);
    return op(`${this.type}.${name}` as Instruction, this, right);
  }

  add = (other: Operand): Value => this.#with("add", other);
  sub = (other: Operand): Value => this.#with("sub", other);
  mul = (other: Operand): Value => this.#with("mul", other);
  and = (other: Operand): Value => this.#with("and", other);
  or = (other: Operand): Value => this.#with("or", other);
  xor = (other: Operand): Value => this.#with("xor", other);
  shl = (other: Operand): Value => this.#with("shl", other);
  shr = (other: Operand): Value => this.#with("shr_u", other);
  eq = (other: Operand): Value => this.#with("eq", other);
  ne = (other: Operand): Value => this.#with("ne", other);
  lt = (other: Operand): Value => this.#with("lt_u", other);
  le = (other: Operand): Value => this.#with("le_u", other);
  gt = (other: Operand): Value => this.#with("gt_u", other);
  ge = (other: Operand): Value => this.#with("ge_u", other);
  not = (): Value => op(`${this.type}.eqz` as Instruction, this);
  /** An i32 as i64, without a sign. */
  wide = (): Value => op("i64.extend_i32_u", this);
  /** The lower half of an i64. */
  low = (): Value => op("i32.wrap_i64", this);
}

/** Any instruction on values. */
export function op(name: Instruction, ...args: readonly Value[]): Value {
  return withImmediates(name, args, []);
}

function withImmediates(name: Instruction, args: readonly Value[], immediates: readonly number[]): Value {
  const facts = instructions[name];
  if (facts === undefined) throw new Error(`no instruction ${name}`);
  const [number, type] = facts;
  const code = number > 0xff ? [number >> 8, ...unsigned(number & 0xff)] : [number];
  return new Value(type, [...args.flatMap((arg) => arg.code), ...code, ...immediates]);
}

/** A constant. */
export const i32 = (value: number): Value => constant("i32", value);
/** A constant. */
export const i64 = (value: number | bigint): Value => constant("i64", value);
/** A constant. */
export const f64 = (value: number): Value => constant("f64", value);

/** A vector of constant bytes. */
export function v128(bytes: ArrayLike<number>): Value {
  return new Value("v128", [0xfd, 0x0c, ...Array.from(bytes)]);
}

/** What stands in memory at an address; the alignment is a promise that is not made. */
export function load(name: Instruction & `${string}.load${string}`, address: Operand, offset = 0): Value {
  return withImmediates(name, [asValue("i32", address)], [0, ...unsigned(offset)]);
}

/** A lane of a vector. */
export function lane(name: Instruction & `${string}.extract_lane`, vector: Value, number: number): Value {
  return withImmediates(name, [vector], [number]);
}

/** One of two values; both are computed. */
export function select(condition: Value, then: Value, otherwise: Value): Value {
  return new Value(then.type, [...then.code, ...otherwise.code, ...condition.code, 0x1b]);
}

/** A variable. */
export class Local extends Value {
  constructor(
    type: Type,
    readonly index: number,
    readonly body: Body,
  ) {
    super(type, [0x20, ...unsigned(index)]);
  }

  set(value: Operand): void {
    const right = asValue(this.type, value);
    if (right.type !== this.type) throw new Error(`a local of type ${this.type} takes no ${right.type}`);
    this.body.emit([...right.code, 0x21, ...unsigned(this.index)]);
  }
}

/** Where a branch goes: the end of a block, or the beginning of a loop. */
export interface Label {
  readonly depth: number;
}

/** A function while it is written. */
export class Body {
  readonly #code: number[] = [];
  readonly #locals: Type[] = [];
  readonly #parameters: number;
  readonly result: Type | undefined;
  #depth = 0;

  constructor(parameters: readonly Type[], result: Type | undefined) {
    this.#locals.push(...parameters);
    this.#parameters = parameters.length;
    this.result = result;
  }

  emit(code: readonly number[]): void {
    for (const byte of code) this.#code.push(byte);
  }

  parameter(index: number): Local {
    return new Local(this.#locals[index]!, index, this);
  }

  local(type: Type): Local {
    this.#locals.push(type);
    return new Local(type, this.#locals.length - 1, this);
  }

  /** A new variable with a value. */
  let(value: Value): Local {
    const local = this.local(value.type);
    local.set(value);
    return local;
  }

  #nested(opening: readonly number[], body: (label: Label) => void): void {
    this.emit([...opening, 0x40]);
    this.#depth++;
    body({ depth: this.#depth });
    this.#depth--;
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.#nested([...condition.code, 0x04], then);
    if (otherwise !== undefined) {
      this.emit([0x05]);
      this.#depth++;
      otherwise();
      this.#depth--;
    }
    this.emit([0x0b]);
  }

  block(body: (end: Label) => void): void {
    this.#nested([0x02], body);
    this.emit([0x0b]);
  }

  /** Code that ends, unless it branches to its beginning. */
  loop(body: (again: Label) => void): void {
    this.#nested([0x03], body);
    this.emit([0x0b]);
  }

  while(condition: Value, body: (end: Label) => void): void {
    this.block((end) => {
      this.loop((again) => {
        this.branch(end, condition.not());
        body(end);
        this.branch(again);
      });
    });
  }

  branch(label: Label, condition?: Value): void {
    this.emit([...(condition?.code ?? []), condition === undefined ? 0x0c : 0x0d]);
    this.emit(unsigned(this.#depth - label.depth));
  }

  return(value?: Operand): void {
    const code = this.result === undefined || value === undefined ? [] : asValue(this.result, value).code;
    this.emit([...code, 0x0f]);
  }

  #store(number: number, address: Operand, value: Value, offset: number): void {
    this.emit([...asValue("i32", address).code, ...value.code, number, 0, ...unsigned(offset)]);
  }

  /** Stores the lowest 1, 2, 4 or 8 bytes of a value. */
  store(bytes: number, address: Operand, value: Value, offset = 0): void {
    const numbers: Readonly<Record<string, number>> = {
      "i32.1": 0x3a,
      "i32.2": 0x3b,
      "i32.4": 0x36,
      "i64.1": 0x3c,
      "i64.2": 0x3d,
      "i64.4": 0x3e,
      "i64.8": 0x37,
    };
    this.#store(numbers[`${value.type}.${bytes}`]!, address, value, offset);
  }

  bytes(): number[] {
    const locals = this.#locals.slice(this.#parameters);
    const body = unsigned(locals.length);
    for (const type of locals) body.push(1, typeBytes[type]);
    for (const byte of this.#code) body.push(byte);
    // A function with a result returns it explicitly; what follows is never reached.
    body.push(0x00, 0x0b);
    return body;
  }
}

/** The types of a function. */
export interface Signature {
  readonly parameters: readonly Type[];
  readonly result?: Type;
}

/** A function that can be called. */
export interface Callable extends Signature {
  readonly index: number;
}

/** A call as a value. */
export function call({ index, parameters, result }: Callable, ...args: readonly Operand[]): Value {
  const code = args.flatMap((arg, i) => asValue(parameters[i]!, arg).code);
  return new Value(result ?? "i32", [...code, 0x10, ...unsigned(index)]);
}

/** A module: imports one memory and some functions, all under the name `host`, and exports functions. */
export class Module {
  readonly #imports: (Signature & { name: string })[] = [];
  readonly #functions: (Signature & { name: string; body: Body })[] = [];

  /** All imports come before all functions. */
  import(name: string, parameters: readonly Type[], result: Type): Callable {
    this.#imports.push({ name, parameters, result });
    return { index: this.#imports.length - 1, parameters, result };
  }

  function(
    name: string,
    parameters: readonly Type[],
    result: Type | undefined,
    write: (body: Body, ...locals: Local[]) => void,
  ): Callable {
    const body = new Body(parameters, result);
    write(body, ...parameters.map((_, index) => body.parameter(index)));
    const signature = result === undefined ? { parameters } : { parameters, result };
    this.#functions.push({ name, body, ...signature });
    return { index: this.#imports.length + this.#functions.length - 1, ...signature };
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
    const text = (value: string): number[] => [...unsigned(value.length), ...Buffer.from(value, "latin1")];
    const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
    const all = [...this.#imports, ...this.#functions];
    const types = all.map(({ parameters, result }) => [
      0x60,
      ...list(parameters.map((type) => [typeBytes[type]])),
      ...list(result === undefined ? [] : [[typeBytes[result]]]),
    ]);
    const imports = this.#imports.map(({ name }, i) => [...text("host"), ...text(name), 0, ...unsigned(i)]);
    const first = this.#imports.length;
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, list(types)),
      ...section(2, list([[...text("host"), ...text("memory"), 2, 0, 1], ...imports])),
      ...section(3, list(this.#functions.map((_, i) => unsigned(first + i)))),
      ...section(7, list(this.#functions.map(({ name }, i) => [...text(name), 0, ...unsigned(first + i)]))),
      ...section(
        10,
        list(
          this.#functions.map(({ body }) => {
            const bytes = body.bytes();
            return [...unsigned(bytes.length), ...bytes];
          }),
        ),
      ),
    ]);
  }
}
