/**
 * The source of a loop: one JavaScript function for each loop and kind of iteration shape.
 *
 *     for (let i0 = 0; i0 < n0; i0++) {          every dimension but the innermost only moves operands
 *       const p0_1 = p0_0 + i0 * s0_0;
 *       const v1 = m1[p1_1];                     what is the same along a row
 *       let r0 = m2[p2_1];                       where all points of a row meet in one result, it is a variable
 *       for (let i1 = 0; i1 < n1; i1++) {
 *         const v0 = m0[p0_1 + i1];              inputs, the body, the merge, results
 *         …
 *
 * Invariant: at each point everything is read before anything is written, so a map may write onto its input; counted
 * inputs are multiplied, never summed up, so they do not drift.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import { type PrimitiveFunction, toValue } from "../../program/evaluate.js";
import type { Instruction, Loop } from "../../program/loop.js";
import type { Variant } from "../iteration-shape.js";
import { expressionOf } from "./expressions.js";

/** A compiled loop; `views`, `starts` and, by dimension, `steps` have an entry for each operand. */
export type LoopFunction = (
  views: readonly (ArrayLike<unknown> | DataView | undefined)[],
  starts: readonly number[],
  counts: readonly number[],
  steps: readonly (readonly number[])[],
) => void;

/** The traits that a function is made for. */
export interface Layout extends Variant {
  /**
   * False for an operand whose address is not a multiple of its size, or whose bytes are in the other order. It is read
   * through a DataView, and counted in bytes.
   */
  readonly typed: readonly boolean[];
}

/** The text of a constant. */
function literal(value: number | bigint | boolean): string {
  const plain = toValue(value);
  if (typeof plain === "bigint") return `${plain}n`;
  return Object.is(plain, -0) ? "-0" : String(plain);
}

/** The names of a DataView's methods for a dtype, after `get` and `set`. */
const accessorOf = (dtype: DType): string => factsOf(dtype).array.name.replace("Array", "");

class Writer {
  readonly functions: PrimitiveFunction[] = [];
  readonly lines: string[] = [];
  readonly #loop: Loop;
  readonly #layout: Layout;
  /** The dtype of each operand; inputs come before results. */
  readonly #dtypes: readonly DType[];
  readonly #inner: number;
  /** Whether each instruction of the body is the same along a row. */
  readonly #same: readonly boolean[];

  constructor(loop: Loop, layout: Layout) {
    this.#loop = loop;
    this.#layout = layout;
    this.#dtypes = [...loop.inputs, ...loop.results].map(({ dtype }) => dtype);
    this.#inner = layout.rank - 1;
    const same: boolean[] = [];
    for (const instruction of loop.body) {
      if (instruction.op === "const") same.push(true);
      else if (instruction.op === "input") same.push(layout.classes[instruction.input]!.stride === "zero");
      else same.push(instruction.args.every((arg) => same[arg]));
    }
    this.#same = same;
  }

  write(): void {
    const { lines } = this;
    const [ranks, operands] = [Array.from({ length: this.#layout.rank }, (_, d) => d), [...this.#dtypes.keys()]];
    for (const k of operands) lines.push(`const m${k} = views[${k}], p${k}_0 = starts[${k}];`);
    for (const d of ranks) {
      lines.push(`const n${d} = counts[${d}];`);
      for (const k of operands) lines.push(`const s${k}_${d} = steps[${d}][${k}];`);
    }
    this.#constants("v", this.#loop.body);
    this.#constants("w", this.#loop.merge?.body ?? []);
    for (const d of ranks.slice(0, -1)) {
      this.#open(d);
      for (const k of operands) lines.push(`const p${k}_${d + 1} = p${k}_${d} + i${d} * s${k}_${d};`);
    }
    this.#row();
    for (const _ of ranks.slice(0, -1)) lines.push("}");
  }

  #open(d: number): void {
    this.lines.push(`for (let i${d} = 0; i${d} < n${d}; i${d}++) {`);
  }

  #constants(prefix: string, body: readonly Instruction[]): void {
    for (const [i, instruction] of body.entries()) {
      if (instruction.op === "const") this.lines.push(`const ${prefix}${i} = ${literal(instruction.value)};`);
    }
  }

  #row(): void {
    const { lines } = this;
    const { body, values, inputs, results, merge } = this.#loop;
    const states = [...results.keys()];
    const inVariables = this.#layout.form === "total";
    const position = (k: number): string =>
      inVariables ? this.#start(inputs.length + k) : this.#at(inputs.length + k);
    const load = (word: "let" | "const"): void => {
      for (const k of states) lines.push(`${word} r${k} = ${this.#read(inputs.length + k, position(k))};`);
    };
    const store = (value: (k: number) => string): void => {
      for (const k of states) lines.push(this.#store(inputs.length + k, position(k), value(k)));
    };
    const result = (k: number): string => (merge ? `w${merge.values[k]}` : `v${values[k]}`);
    const merged = (k: number): string => (k < states.length ? `r${k}` : `v${values[k - states.length]}`);

    this.#instructions("v", body, true, (input) => this.#read(input, this.#start(input)));
    if (inVariables) load("let");
    this.#open(this.#inner);
    this.#instructions("v", body, false, (input) => this.#read(input, this.#at(input)));
    if (merge && !inVariables) load("const");
    if (merge) this.#instructions("w", merge.body, false, merged);
    if (inVariables) for (const k of states) lines.push(`r${k} = ${result(k)};`);
    else store(result);
    lines.push("}");
    if (inVariables) store((k) => `r${k}`);
  }

  /** The position of an operand at the start of a row. */
  #start(k: number): string {
    return `p${k}_${this.#inner}`;
  }

  /** The position of an operand at a point of a row. */
  #at(k: number): string {
    const [operand, i] = [this.#start(k), `i${this.#inner}`];
    const touching = this.#layout.classes[k]!.stride === "unit" && this.#layout.typed[k];
    return touching ? `${operand} + ${i}` : `${operand} + ${i} * s${k}_${this.#inner}`;
  }

  #read(k: number, at: string): string {
    const input = this.#loop.inputs[k];
    if (input?.counted) return at;
    return this.#layout.typed[k]
      ? `m${k}[${at}]`
      : `m${k}.get${accessorOf(this.#dtypes[k]!)}(${at}, ${!input?.otherEndian})`;
  }

  #store(k: number, at: string, value: string): string {
    if (this.#layout.typed[k]) return `m${k}[${at}] = ${value};`;
    return `m${k}.set${accessorOf(this.#dtypes[k]!)}(${at}, ${value}, true);`;
  }

  /** Writes the instructions that are the same along a row, or those that are not. */
  #instructions(prefix: "v" | "w", body: readonly Instruction[], same: boolean, read: (input: number) => string): void {
    for (const [i, instruction] of body.entries()) {
      if (instruction.op === "const" || (prefix === "v" && this.#same[i] !== same)) continue;
      this.lines.push(`const ${prefix}${i} = ${this.#text(prefix, body, instruction, read)};`);
    }
  }

  #text(
    prefix: string,
    body: readonly Instruction[],
    instruction: Instruction,
    read: (input: number) => string,
  ): string {
    if (instruction.op === "input") return read(instruction.input);
    if (instruction.op === "const") return literal(instruction.value);
    const { op, dtype, args } = instruction;
    const names = args.map((arg) => `${prefix}${arg}`);
    return expressionOf(
      op,
      body[args.at(-1)!]!.dtype,
      dtype,
      names,
      (function_) => `f${this.functions.push(function_) - 1}`,
    );
  }
}

/** Writes the function of a loop for one layout, and compiles it. */
export function compileLoop(loop: Loop, layout: Layout): LoopFunction {
  const writer = new Writer(loop, layout);
  writer.write();
  const names = writer.functions.map((_, k) => `f${k}`);
  const source = `"use strict"; return (views, starts, counts, steps) => {\n${writer.lines.join("\n")}\n};`;
  return new Function(...names, source)(...writer.functions) as LoopFunction;
}
