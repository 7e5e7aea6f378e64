/**
 * The eager mirror: runs a loop on plain lists of values, one element at a time, with none of a backend's machinery.
 *
 * A {@link Case} describes a call without addresses. {@link check} lays its arrays out in a backend's memory, with
 * noise between them, runs it there and compares every byte: results with the mirror's, all else with what it was
 * before.
 */
import { expect } from "vitest";
import { type DType, factsOf, viewOf } from "#src/data/dtype";
import type { Backend, LoopCall, LoopOperand } from "#src/kernels/backend";
import { primitive, toValue, type Value } from "#src/program/evaluate";
import type { Instruction, Loop } from "#src/program/loop";
import { type Mood, randomOf, randomValue, same } from "./values.js";

/** When a result is right; `history` lists every value that was folded into it, its first content included. */
export type Judge = (dtype: DType, actual: Value, expected: Value, history: readonly Value[]) => boolean;

/** A loop over arrays that have strides (in elements) but no addresses yet. */
export interface Case {
  readonly loop: Loop;
  readonly counts: readonly number[];
  /** Strides per input. */
  readonly inputs: readonly (readonly number[])[];
  /** Strides per result. */
  readonly results: readonly (readonly number[])[];
  readonly seed: number;
  readonly mood: Mood;
  /** Runs the box as two calls, cut here along a dimension. */
  readonly cut?: { readonly dim: number; readonly at: number };
  /** What each array holds at first; random where it is left out. Inputs come before results. */
  readonly contents?: readonly (readonly Value[] | undefined)[];
  /** When each result is right: the same bits unless told otherwise. */
  readonly judges?: readonly Judge[];
}

/** An array of a case: its values, and the element that point 0…0 is at. */
interface Field {
  readonly dtype: DType;
  readonly strides: readonly number[];
  readonly origin: number;
  readonly values: Value[];
}

/** All points of a box in order. */
export function* pointsOf(counts: readonly number[]): Generator<number[]> {
  if (counts.includes(0)) return;
  const point = counts.map(() => 0);
  for (;;) {
    yield point;
    let dim = counts.length - 1;
    while (dim >= 0 && ++point[dim]! === counts[dim]) point[dim--] = 0;
    if (dim < 0) return;
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function fieldOf(dtype: DType, strides: readonly number[], { counts, mood }: Case, random: () => number): Field {
  const ends = counts.map((count, dim) => Math.max(0, count - 1) * strides[dim]!);
  const low = ends.reduce((sum, end) => sum + Math.min(0, end), 0);
  const high = ends.reduce((sum, end) => sum + Math.max(0, end), 0);
  const values: Value[] = [];
  for (let k = low; k <= high; k++) values.push(randomValue(dtype, random, mood));
  return { dtype, strides, origin: -low, values };
}

/** The meaning of a body: gives the values of all its instructions. What each primitive means is looked up once. */
function evaluatorOf(body: readonly Instruction[]): (inputs: readonly Value[]) => Value[] {
  const steps = body.map((instruction): ((inputs: readonly Value[], values: readonly Value[]) => Value) => {
    if (instruction.op === "const") {
      const value = toValue(instruction.value);
      return () => value;
    }
    if (instruction.op === "input") return (inputs) => inputs[instruction.input]!;
    const [a, b, c] = instruction.args;
    const meaning = primitive(instruction.op, body[instruction.args.at(-1)!]!.dtype, instruction.dtype);
    if (b === undefined) return (_, values) => meaning(values[a!]!);
    if (c === undefined) return (_, values) => meaning(values[a!]!, values[b]);
    return (_, values) => meaning(values[a!]!, values[b], values[c]);
  });
  return (inputs) => {
    const values: Value[] = [];
    for (const step of steps) values.push(step(inputs, values));
    return values;
  };
}

/** Runs a case on fields; gives the values that met in each cell of each result. */
function mirror(
  { loop, counts }: Case,
  offsets: readonly number[],
  inputs: readonly Field[],
  results: readonly Field[],
) {
  const histories = results.map(() => new Map<number, Value[]>());
  const lift = evaluatorOf(loop.body);
  const merge = loop.merge && evaluatorOf(loop.merge.body);
  for (const point of pointsOf(counts)) {
    const at = (field: Field): number => field.origin + dot(field.strides, point);
    const read = inputs.map((field, k) =>
      loop.inputs[k]!.counted ? offsets[k]! + dot(field.strides, point) : field.values[at(field)]!,
    );
    const body = lift(read);
    const lifted = loop.values.map((index) => body[index]!);
    const before = results.map((field) => field.values[at(field)]!);
    const merged = merge ? merge([...before, ...lifted]) : body;
    for (const [k, field] of results.entries()) {
      const cell = at(field);
      const history = histories[k]!.get(cell);
      if (history) history.push(lifted[k]!);
      else histories[k]!.set(cell, [before[k]!, lifted[k]!]);
      field.values[cell] = merged[(loop.merge ?? loop).values[k]!]!;
    }
  }
  return histories;
}

/** The calls of a case: one, or two where it is cut. */
function callsOf(
  { loop, counts, cut }: Case,
  inputs: readonly LoopOperand[],
  results: readonly LoopOperand[],
): LoopCall[] {
  if (cut === undefined || cut.dim >= counts.length) return [{ loop, counts, inputs, results }];
  const { dim } = cut;
  const at = Math.min(cut.at, counts[dim]!);
  const sized = (count: number): number[] => counts.map((whole, d) => (d === dim ? count : whole));
  const moved = (dtype: DType, { offset, strides }: LoopOperand, counted = false): LoopOperand => ({
    offset: offset + at * strides[dim]! * (counted ? 1 : factsOf(dtype).bytes),
    strides,
  });
  return [
    { loop, counts: sized(at), inputs, results },
    {
      loop,
      counts: sized(counts[dim]! - at),
      inputs: inputs.map((place, k) => moved(loop.inputs[k]!.dtype, place, loop.inputs[k]!.counted)),
      results: results.map((place, k) => moved(loop.results[k]!.dtype, place)),
    },
  ];
}

/** Gives each field an address: aligned to its element, and to nothing more. */
function layOut(fields: readonly Field[], random: () => number): { addresses: number[]; end: number } {
  let end = 0;
  const addresses = fields.map(({ dtype, values }) => {
    const { bytes } = factsOf(dtype);
    const address = (Math.ceil(end / bytes) + 1 + Math.floor(random() * 9)) * bytes;
    end = address + values.length * bytes + 1;
    return address;
  });
  return { addresses, end: end + 64 };
}

/** What lies around the arrays: any bytes. */
function noise(length: number, random: () => number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let k = 0; k < length; k += 4) {
    const four = random() * 2 ** 32;
    for (let j = 0; j < 4; j++) bytes[k + j] = four >>> (8 * j);
  }
  return bytes;
}

/** Runs a case on a backend and on the mirror and compares all memory. Gives the values of the result arrays. */
export function check(backend: Backend, task: Case): Value[][] {
  const random = randomOf(task.seed);
  const { loop } = task;
  const inputs = task.inputs.map((strides, k) => fieldOf(loop.inputs[k]!.dtype, strides, task, random));
  const results = task.results.map((strides, k) => fieldOf(loop.results[k]!.dtype, strides, task, random));
  const fields = [...inputs, ...results];
  for (const [k, field] of fields.entries()) {
    const content = task.contents?.[k];
    if (content) field.values.splice(0, Infinity, ...content);
  }

  const { addresses, end } = layOut(fields, random);
  backend.reserve(end);
  const before = noise(end, random);
  for (const [k, field] of fields.entries()) {
    store(before.buffer, field, addresses[k]!);
    if (loop.inputs[k]?.otherEndian) turnBytes(before, field, addresses[k]!);
  }
  new Uint8Array(backend.buffer, 0, end).set(before);

  const offsets = inputs.map(() => Math.floor(random() * 2000) - 1000);
  const place = (field: Field, k: number): LoopOperand => {
    const address = addresses[k]! + field.origin * factsOf(field.dtype).bytes;
    return { offset: loop.inputs[k]?.counted ? offsets[k]! : address, strides: field.strides };
  };
  const target = (field: Field, k: number): LoopOperand => ({
    offset: addresses[inputs.length + k]! + field.origin * factsOf(field.dtype).bytes,
    strides: field.strides,
  });
  for (const call of callsOf(task, inputs.map(place), results.map(target))) backend.run(call);

  const after = new Uint8Array(backend.buffer).slice(0, end);
  const histories = mirror(task, offsets, inputs, results);
  const found = results.map((field, k) => {
    const address = addresses[inputs.length + k]!;
    const actual = load(after.buffer, field, address);
    compare(actual, field, histories[k]!, `result ${k} (${field.dtype})`, task.judges?.[k]);
    // from here on only what must not change is left
    after.set(before.subarray(address, address + field.values.length * factsOf(field.dtype).bytes), address);
    return actual;
  });
  if (Buffer.compare(before, after) !== 0) {
    expect.fail(
      `memory outside the results changed at byte ${before.findIndex((byte, k) => byte !== after[k])} of ${end}`,
    );
  }
  return found;
}

function store(buffer: ArrayBufferLike, { dtype, values }: Field, address: number): void {
  (viewOf(dtype, buffer, address, values.length) as unknown as { set(values: readonly Value[]): void }).set(values);
}

function turnBytes(memory: Uint8Array, { dtype, values }: Field, address: number): void {
  const { bytes } = factsOf(dtype);
  for (let k = 0; k < values.length; k++) memory.subarray(address + k * bytes, address + (k + 1) * bytes).reverse();
}

function load(buffer: ArrayBufferLike, { dtype, values }: Field, address: number): Value[] {
  return [...viewOf(dtype, buffer, address, values.length)];
}

function compare(actual: Value[], field: Field, histories: Map<number, Value[]>, label: string, judge?: Judge): void {
  for (const [index, value] of actual.entries()) {
    const expected = field.values[index]!;
    const history = histories.get(index);
    const right = same(value, expected) || (history && judge?.(field.dtype, value, expected, history));
    if (!right) {
      const how = history ? "" : ", which no point touches";
      const [is, should] = [value, expected].map((x) => (Object.is(x, -0) ? "-0" : String(x)));
      expect.fail(`${label}: element ${index}${how}: is ${is}, should be ${should}`);
    }
  }
}
