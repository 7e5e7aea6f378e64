/**
 * WebAssembly's byte form: the part of the specification that we need, and no more.
 *
 * A module imports one memory and the functions that it calls, and exports all of its own functions:
 *
 *     magic, version | types | imports (memory, functions) | functions | exports | code
 *
 * Instructions arrive as plain data ({@link Step}), so the same list can be encoded and printed.
 */
import { MOST_PAGES } from "../data/memory.js";
import { type Opcode, opcodeFacts } from "./opcodes.js";

/** The type of a value on WebAssembly's stack. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** A value that follows an instruction's number. */
export type Immediate = number | bigint | Uint8Array;

/** One instruction. */
export interface Step {
  readonly op: Opcode;
  readonly immediates: readonly Immediate[];
}

/** The types of a function. */
export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
}

/** A JavaScript function that a module calls: it is found by its name when the module is instantiated. */
export interface ImportedFunction extends Signature {
  readonly name: string;
}

/** A function of a module, exported by its name. */
export interface FunctionParts extends Signature {
  readonly name: string;
  /** The types of its locals; their numbers follow those of the parameters. */
  readonly locals: readonly ValueType[];
  readonly steps: readonly Step[];
}

/** The content of a module. Functions are numbered from 0: the imported ones first. */
export interface ModuleParts {
  /** `"shared"`: a memory that several threads see. `"private"`: one of this thread. */
  readonly memory: "shared" | "private";
  readonly imports: readonly ImportedFunction[];
  readonly functions: readonly FunctionParts[];
}

/** The module name under which memory and functions are imported. */
export const importModule = "chunkwise";

const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const sections = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const functionType = 0x60;
const noResult = 0x40;
const kinds = { function: 0, memory: 2 } as const;
/**
 * The limits of an imported memory. A shared one must state its fewest and its most pages; a private one has no upper
 * limit.
 */
const memoryLimits = {
  shared: (to: number[]): void => {
    to.push(3, 0);
    unsigned(MOST_PAGES, to);
  },
  private: (to: number[]): void => {
    to.push(0, 1);
  },
} as const;

/** Appends a number as unsigned LEB128: seven bits a byte, the lowest first. */
export function unsigned(value: number, to: number[]): number[] {
  let rest = value;
  while (rest >= 0x80) {
    to.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  to.push(rest);
  return to;
}

/** Appends a number as signed LEB128: the highest bit of the last byte's seven is the sign. */
export function signed(value: number | bigint, to: number[]): void {
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const negative = (low & 0x40) !== 0;
    if (rest === (negative ? -1n : 0n)) return void to.push(low);
    to.push(low | 0x80);
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function bytesOf(size: number, to: number[]): void {
  for (let i = 0; i < size; i++) to.push(scratch.getUint8(i));
}

function constant(op: Opcode, value: Immediate, to: number[]): void {
  if (typeof value === "object") {
    to.push(...value);
  } else if (op === "f32.const") {
    scratch.setFloat32(0, Number(value), true);
    bytesOf(4, to);
  } else if (op === "f64.const") {
    scratch.setFloat64(0, Number(value), true);
    bytesOf(8, to);
  } else {
    signed(op === "i32.const" ? Number(value) | 0 : BigInt.asIntN(64, BigInt(value)), to);
  }
}

function encodeStep({ op, immediates }: Step, to: number[]): void {
  const { number, immediate } = opcodeFacts(op);
  if (number > 0xff) {
    // Three digits after the prefix, or two.
    const bits = number > 0xffff ? 12 : 8;
    to.push(number >> bits);
    unsigned(number & (2 ** bits - 1), to);
  } else to.push(number);
  const [first = 0, second = 0] = immediates;
  if (immediate === "block type") to.push(noResult);
  else if (immediate === "constant") constant(op, first, to);
  else if (immediate === "index") unsigned(Number(first), to);
  else if (immediate === "lane") to.push(Number(first));
  else if (immediate === "lanes") constant(op, first, to);
  else if (immediate !== "nothing") {
    // An alignment of 2^0 promises nothing.
    to.push(0);
    unsigned(Number(first), to);
    if (immediate === "offset and lane") to.push(Number(second));
  }
}

function section(id: number, content: readonly number[], to: number[]): void {
  to.push(id);
  unsigned(content.length, to);
  for (const byte of content) to.push(byte);
}

/** A vector in the specification's sense: a count, then the items. */
function list<T>(items: readonly T[], encode: (item: T, to: number[]) => unknown, to: number[] = []): number[] {
  unsigned(items.length, to);
  for (const item of items) encode(item, to);
  return to;
}

function text(value: string, to: number[]): void {
  list([...new TextEncoder().encode(value)], (byte, at) => at.push(byte), to);
}

function encodeType({ parameters, result }: Signature, to: number[]): void {
  to.push(functionType);
  list(parameters, (type, at) => at.push(valueTypes[type]), to);
  list(result === undefined ? [] : [result], (type, at) => at.push(valueTypes[type]), to);
}

function encodeBody({ locals, steps }: FunctionParts, to: number[]): void {
  const body = list(locals, (type, at) => at.push(1, valueTypes[type]));
  for (const step of steps) encodeStep(step, body);
  body.push(opcodeFacts("end").number);
  unsigned(body.length, to);
  for (const byte of body) to.push(byte);
}

/** The bytes of a module. */
export function encodeModule({ memory, imports, functions }: ModuleParts): Uint8Array<ArrayBuffer> {
  const bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  // Each function has a type of its own: first the module's functions, then the imported ones.
  section(sections.type, list([...functions, ...imports], encodeType), bytes);
  const importContent = unsigned(1 + imports.length, []);
  text(importModule, importContent);
  text("memory", importContent);
  importContent.push(kinds.memory);
  memoryLimits[memory](importContent);
  for (const [i, { name }] of imports.entries()) {
    text(importModule, importContent);
    text(name, importContent);
    importContent.push(kinds.function);
    unsigned(functions.length + i, importContent);
  }
  section(sections.import, importContent, bytes);
  section(
    sections.function,
    list([...functions.keys()], (i, to) => unsigned(i, to)),
    bytes,
  );
  const exportContent = list([...functions.entries()], ([i, { name }], to) => {
    text(name, to);
    to.push(kinds.function);
    unsigned(imports.length + i, to);
  });
  section(sections.export, exportContent, bytes);
  section(sections.code, list(functions, encodeBody), bytes);
  return Uint8Array.from(bytes);
}
