/**
 * A kernel while it is written: instructions in the order in which they run, locals by name, structured blocks.
 *
 * This form is for code whose order of instructions matters: it decides when values leave their registers. Code with
 * many conditions and few values is shorter as expressions (value.ts).
 *
 * Invariant: a local is its type and its name. Asking twice for the same gives the same local, so unrolled copies of
 * one piece of code share their locals; an optimizing compiler gives each use a register of its own anyway.
 */
import {
  encodeModule,
  type FunctionParts,
  type Immediate,
  type ImportedFunction,
  importModule,
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

/** The name under which the module of a {@link Code} exports its function. */
const exportName = "run";

/** The function of such a module, in a memory and with the functions that it imports. */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  functions: Readonly<Record<string, (...values: never[]) => unknown>> = {},
): (...numbers: number[]) => void {
  const instance = new WebAssembly.Instance(module, { [importModule]: { memory, ...functions } });
  return instance.exports[exportName] as (...numbers: number[]) => void;
}

/** Instructions that leave nothing on the stack: a line of the listing ends with them. */
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

  /** Adds to an address. */
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

  /** Runs `then` when the i32 on the stack is not 0. */
  if(then: () => void): void {
    this.op("if");
    then();
    this.op("end");
  }

  /** Runs the body once, and again while it leaves an i32 on the stack that is not 0. */
  loop(body: () => void): void {
    this.op("loop");
    body();
    this.op("br_if", 0).op("end");
  }

  /** Runs the body while the counter holds at least `step`, and subtracts `step` each time. */
  repeat(counter: Local, step: number, body: () => void): void {
    this.atLeast(counter, step).if(() => this.repeatOnce(counter, step, body));
  }

  /** The same, for a counter that is known to hold at least `step`. */
  repeatOnce(counter: Local, step: number, body: () => void): void {
    this.loop(() => {
      body();
      this.get(counter).i32(step).op("i32.sub").set(counter).atLeast(counter, step);
    });
  }

  /** Pushes an i32 that is not 0 when the counter holds at least `least`. */
  atLeast(counter: Local, least: number): this {
    return least === 1 ? this.get(counter) : this.get(counter).i32(least).op("i32.ge_u");
  }

  /** The function, as the encoder takes it. */
  parts(): FunctionParts {
    const types = [...this.#locals.values()].map((local) => local.type);
    return {
      name: exportName,
      parameters: types.slice(0, this.#parameters),
      locals: types.slice(this.#parameters),
      steps: this.#steps,
    };
  }

  /** The bytes of a module with this function alone, over a shared memory. */
  encode(): Uint8Array<ArrayBuffer> {
    return encodeModule({ memory: "shared", imports: this.imports, functions: [this.parts()] });
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
