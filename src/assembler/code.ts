/**
 * The body of a function while it is being written: instructions as plain data, locals by name, structured blocks.
 *
 * Invariant: a local is its type and its name; asking twice for the same gives the same local, so that unrolled copies
 * of one piece of code share their locals (an optimizing compiler gives each use a register of its own anyway).
 */
import {
  encodeModule,
  type Immediate,
  type ImportedFunction,
  type ModuleParts,
  type Step,
  type ValueType,
} from "./encoder.js";
import type { Opcode } from "./opcodes.js";

/** A variable of a function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
  readonly name: string;
}

/** Instructions after which nothing is left on the stack: where a line of the listing ends. */
const lineEnds = /^(local\.set|br|br_if|if|else|block|loop|end|drop)$|\.store/;

/** Writes one function. */
export class Code {
  readonly #steps: Step[] = [];
  readonly #locals = new Map<string, Local>();
  #parameters = 0;
  readonly #imports = new Map<string, ImportedFunction>();

  /** The imported functions that the code calls. */
  get imports(): readonly ImportedFunction[] {
    return [...this.#imports.values()];
  }

  /** The local of this type and name. */
  local(type: ValueType, name: string): Local {
    const key = `${type} ${name}`;
    const known = this.#locals.get(key);
    if (known) return known;
    const local = { index: this.#locals.size, type, name };
    this.#locals.set(key, local);
    return local;
  }

  /** A new parameter. They come before all other locals. */
  parameter(type: ValueType, name: string): Local {
    this.#parameters++;
    return this.local(type, name);
  }

  /** Appends an instruction. */
  op(op: Opcode, ...immediates: readonly Immediate[]): this {
    this.#steps.push({ op, immediates });
    return this;
  }

  get(...locals: readonly Local[]): this {
    for (const local of locals) this.op("local.get", local.index);
    return this;
  }

  set(local: Local): this {
    return this.op("local.set", local.index);
  }

  tee(local: Local): this {
    return this.op("local.tee", local.index);
  }

  i32(value: number): this {
    return this.op("i32.const", value);
  }

  /** Moves an address. */
  advance(address: Local, bytes: number | Local): void {
    this.get(address);
    if (typeof bytes === "number") this.i32(bytes);
    else this.get(bytes);
    this.op("i32.add").set(address);
  }

  call(imported: ImportedFunction): this {
    if (!this.#imports.has(imported.name)) this.#imports.set(imported.name, imported);
    return this.op("call", [...this.#imports.keys()].indexOf(imported.name));
  }

  /** Does something when the i32 on the stack is not 0. */
  if(then: () => void): void {
    this.op("if");
    then();
    this.op("end");
  }

  /** Repeats something while it leaves an i32 on the stack that is not 0. */
  loop(body: () => void): void {
    this.op("loop");
    body();
    this.op("br_if", 0).op("end");
  }

  /** Repeats something while the counter holds at least `step`, taking `step` off each time. */
  repeat(counter: Local, step: number, body: () => void): void {
    this.atLeast(counter, step).if(() => this.repeatOnce(counter, step, body));
  }

  /** The same, when it is known that the counter holds at least `step`. */
  repeatOnce(counter: Local, step: number, body: () => void): void {
    this.loop(() => {
      body();
      this.get(counter).i32(step).op("i32.sub").set(counter).atLeast(counter, step);
    });
  }

  /** Leaves 1 on the stack when the counter holds at least so much. */
  atLeast(counter: Local, least: number): this {
    return least === 1 ? this.get(counter) : this.get(counter).i32(least).op("i32.ge_u");
  }

  /** What the module of this function is made of. */
  parts(): ModuleParts {
    const types = [...this.#locals.values()].map((local) => local.type);
    return {
      imports: this.imports,
      parameters: types.slice(0, this.#parameters),
      locals: types.slice(this.#parameters),
      steps: this.#steps,
    };
  }

  /** The module of this function. */
  encode(): Uint8Array {
    return encodeModule(this.parts());
  }

  /** The function as text, one statement a line. */
  listing(): string {
    const names = [...this.#locals.values()].map((local) => `${local.type}.${local.name}`);
    const functions = [...this.#imports.keys()];
    const lines: string[] = [];
    let [line, depth] = ["", 1];
    for (const { op, immediates } of this.#steps) {
      if (op === "end" || op === "else") depth--;
      line += `${line && "  "}${wordsOf(op, immediates, names, functions)}`;
      if (!lineEnds.test(op)) continue;
      lines.push("  ".repeat(depth) + line);
      line = "";
      if (op === "if" || op === "else" || op === "block" || op === "loop") depth++;
    }
    return lines.join("\n");
  }
}

function wordsOf(
  op: Opcode,
  immediates: readonly Immediate[],
  locals: readonly string[],
  functions: readonly string[],
): string {
  const [first] = immediates;
  if (op.startsWith("local.")) return `${op} $${locals[Number(first)]}`;
  if (op === "call") return `${op} $${functions[Number(first)]}`;
  if (op === "v128.const" && first instanceof Uint8Array) {
    const numbers = new Float64Array(first.slice().buffer);
    return `${op} 0x${Buffer.from(first).reverse().toString("hex")} (f64x2 ${numbers.join(" ")})`;
  }
  return [op, ...immediates.map(String)].join(" ");
}
