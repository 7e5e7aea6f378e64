/**
 * Vectors and memory: moves elements of each dtype from memory into the lanes of a v128 and back.
 *
 *     memory  aa bb cc dd    ──raw load──▶  aabbccdd 00000000 …   ──unpack──▶  aa______ bb______ cc______ dd______
 *
 * With gaps between the elements, the raw load gathers them one by one. Bytes in the other order are reversed before
 * they are unpacked. Invariant: no byte outside the elements is read or written.
 */

import type { Code, Local } from "../../assembler/code.js";
import type { Opcode } from "../../assembler/opcodes.js";
import { type DType, factsOf } from "../../data/dtype.js";
import type { Address } from "./lanes.js";

/** The shape of a vector: the type and the number of its lanes. */
export type Shape = "f64x2" | "f32x4" | "i64x2" | "i32x4";
/** The number of elements in a vector. */
export type Width = 2 | 4;
/** The shape of a vector of elements of a dtype; in width 2, 32-bit lanes are in its low half. */
export function shapeOf(dtype: DType, width: Width): Shape {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "float") return bytes === 8 ? "f64x2" : "f32x4";
  return bytes === 8 || (kind === "bool" && width === 2) ? "i64x2" : "i32x4";
}

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

/** Visits the elements at an address one after the other, with the address of each in a local. */
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

/** Pushes the bytes of elements as they are in memory, side by side at the low end. */
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

/**
 * Reverses the bytes of each of the elements on the stack, which lie side by side. `i8x16.shuffle` would be as short
 * here, but was measured to take 0.2 ns an element, while a swizzle takes none.
 */
function reverseBytes(code: Code, dtype: DType): void {
  const { bytes } = factsOf(dtype);
  if (bytes === 1) return;
  const places = Uint8Array.from({ length: 16 }, (_, i) => i - (i % bytes) + (bytes - 1 - (i % bytes)));
  code.op("v128.const", places).op("i8x16.swizzle");
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

/** The shuffle that puts the low `bytes` bytes of lanes of `laneBytes` bytes side by side. */
function packing(bytes: number, laneBytes: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (Math.floor(i / bytes) * laneBytes + (i % bytes)) % 16);
}

/** Pushes the elements of a local as they lie in memory. */
function pack(code: Code, dtype: DType, value: Local, width: Width): void {
  const { kind, bytes } = factsOf(dtype);
  code.get(value);
  if (kind === "bool") code.op("v128.const", new Uint8Array(16).fill(1)).op("v128.and");
  if (bytes >= 4) return;
  const packed = code.local("v128", "packed");
  code.tee(packed).get(packed);
  code.op("i8x16.shuffle", packing(bytes, kind === "bool" ? 16 / width : 4));
}

/** Writes elements to memory. */
export function store(code: Code, dtype: DType, address: Address, value: Local, width: Width): void {
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

/** A vector of numbers, repeated to fill it. */
export function constantBytes(shape: Shape, numbers: readonly (number | bigint)[]): Uint8Array {
  const at = (i: number): number | bigint => numbers[i % numbers.length]!;
  if (shape === "f64x2") return new Uint8Array(Float64Array.from({ length: 2 }, (_, i) => Number(at(i))).buffer);
  if (shape === "f32x4") return new Uint8Array(Float32Array.from({ length: 4 }, (_, i) => Number(at(i))).buffer);
  if (shape === "i32x4") return new Uint8Array(Int32Array.from({ length: 4 }, (_, i) => Number(at(i))).buffer);
  return new Uint8Array(BigInt64Array.from({ length: 2 }, (_, i) => BigInt(at(i))).buffer);
}

/** Pushes elements from memory. */
export function load(code: Code, dtype: DType, address: Address, width: Width): void {
  loadRaw(code, dtype, address, width);
  if (address.otherEndian) reverseBytes(code, dtype);
  unpack(code, dtype, width);
}

/** Pushes one element from memory, in every lane. */
export function loadSame(code: Code, dtype: DType, { pointer, offset, otherEndian }: Address, width: Width): void {
  code.get(pointer).op(`v128.load${bitsOf(dtype)}_splat`, offset);
  if (otherEndian) reverseBytes(code, dtype);
  unpack(code, dtype, width);
}
