/**
 * WebAssembly's byte form: what of the specification a kernel needs, and no more.
 *
 * A kernel's module imports one memory and the functions it calls, and exports one function without a result:
 *
 *     magic, version | types | imports (memory, functions) | function | export "run" | code
 *
 * Instructions arrive as plain data ({@link Step}), so that the same list can be encoded and printed.
 */
import { MOST_PAGES } from "../data/memory.js";
import { type Opcode, opcodeFacts } from "./opcodes.js";

/** The type of a value on WebAssembly's stack. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** What follows an instruction's number. */
export type Immediate = number | bigint | Uint8Array;

/** One instruction. */
export interface Step {
  readonly op: Opcode;
  readonly immediates: readonly Immediate[];
}

/** A JavaScript function that a module calls: looked up by its name when the module is instantiated. */
export interface ImportedFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType;
}

/** What a module is made of. */
export interface ModuleParts {
  readonly imports: readonly ImportedFunction[];
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly steps: readonly Step[];
}

/** The module name under which memory and functions are imported, and the name of the exported function. */
export const importModule = "chunkwise";
export const exportName = "run";

const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const sections = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const functionType = 0x60;
const noResult = 0x40;
const kinds = { function: 0, memory: 2 } as const;
/** The kind of a memory that several threads may see: it must say how many pages it has at the least and at the most. */
const sharedWithLimit = 3;

/** Appends a number as unsigned LEB128: seven bits a byte, the lowest first. */
export function unsigned(value: number, to: number[]): void {
  let rest = value;
  while (rest >= 0x80) {
    to.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  to.push(rest);
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
  else if (immediate === "lanes") to.push(...(first as Uint8Array));
  else if (immediate !== "nothing") {
    // The alignment is a promise that we do not make: 2^0.
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

/** A vector in the specification's sense: a count and so many items. */
function list<T>(items: readonly T[], encode: (item: T, to: number[]) => void, to: number[] = []): number[] {
  unsigned(items.length, to);
  for (const item of items) encode(item, to);
  return to;
}

function text(value: string, to: number[]): void {
  list([...new TextEncoder().encode(value)], (byte, at) => at.push(byte), to);
}

function encodeBody({ locals, steps }: ModuleParts): number[] {
  const body = list(locals, (type, to) => to.push(1, valueTypes[type]));
  for (const step of steps) encodeStep(step, body);
  body.push(opcodeFacts("end").number);
  return body;
}

/** The bytes of a module. */
export function encodeModule(parts: ModuleParts): Uint8Array {
  const { imports, parameters } = parts;
  const bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  // Type 0 is the kernel's own. Each imported function then has a type of its own.
  const types: { parameters: readonly ValueType[]; result?: ValueType }[] = [{ parameters }, ...imports];
  const typeContent = list(types, (type, to) => {
    to.push(functionType);
    list(type.parameters, (value, at) => at.push(valueTypes[value]), to);
    list(type.result ? [type.result] : [], (value, at) => at.push(valueTypes[value]), to);
  });
  section(sections.type, typeContent, bytes);
  const importContent = list([undefined, ...imports.keys()], (index, to) => {
    text(importModule, to);
    text(index === undefined ? "memory" : imports[index]!.name, to);
    if (index === undefined) {
      to.push(kinds.memory, sharedWithLimit, 0);
      return unsigned(MOST_PAGES, to);
    }
    to.push(kinds.function);
    unsigned(index + 1, to);
  });
  section(sections.import, importContent, bytes);
  section(sections.function, [1, 0], bytes);
  const exportContent = [1];
  text(exportName, exportContent);
  exportContent.push(kinds.function);
  unsigned(imports.length, exportContent);
  section(sections.export, exportContent, bytes);
  const body = encodeBody(parts);
  const codeContent = [1];
  unsigned(body.length, codeContent);
  section(sections.code, [...codeContent, ...body], bytes);
  return Uint8Array.from(bytes);
}
