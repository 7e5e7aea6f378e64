/**
 * One list of instructions, written into a kernel: first, before a loop, what is the same at every point of it, then, at
 * every point, the rest. Each value stays in a local, so nothing is computed twice.
 *
 * Invariant: locals are named after the instruction, and what is written before a loop also after its row, so several
 * rows can be worked on in one pass while the points of one row share their locals.
 */
import { toValue } from "../../program/evaluate.js";
import type { Instruction } from "../../program/loop.js";
import type { Code, Local } from "./code.js";
import type { Held, Lanes } from "./lanes.js";

/** Gives the local that holds an input. */
export type ReadInput = (input: number) => Local;

/** Where an input, or what is computed from it, is the same. */
export interface Sameness {
  /** At all points of a row. */
  readonly alongRow: boolean;
  /** In all rows of one pass. */
  readonly acrossRows: boolean;
}

/** See the head of this file. */
export class Body {
  readonly #instructions: readonly Instruction[];
  readonly #prefix: string;
  readonly #same: readonly Sameness[];

  constructor(instructions: readonly Instruction[], prefix: string, samenessOf: (input: number) => Sameness) {
    const same: Sameness[] = [];
    for (const instruction of instructions) {
      if (instruction.op === "const") same.push({ alongRow: true, acrossRows: true });
      else if (instruction.op === "input") same.push(samenessOf(instruction.input));
      else {
        const args = instruction.args.map((arg) => same[arg]!);
        same.push({ alongRow: args.every((arg) => arg.alongRow), acrossRows: args.every((arg) => arg.acrossRows) });
      }
    }
    this.#instructions = instructions;
    this.#prefix = prefix;
    this.#same = same;
  }

  /** Writes what is the same at every point of a row. Rows are written in order, from 0. */
  before(code: Code, lanes: Lanes, row: number, read: ReadInput): void {
    const values: Held[] = [];
    for (const [i, instruction] of this.#instructions.entries()) {
      if (!this.#same[i]!.alongRow) continue;
      const local = this.#fixedLocal(code, lanes, row, i);
      values[i] = { local, dtype: instruction.dtype };
      if (row > 0 && this.#same[i]!.acrossRows) continue;
      this.#push(code, lanes, instruction, values, read);
      code.set(local);
    }
  }

  /** Writes the rest for a point of a row, and gives the locals of all values; `first` are those of row 0. */
  at(code: Code, lanes: Lanes, row: number, read: ReadInput, first?: readonly Local[]): readonly Local[] {
    const values: Held[] = [];
    for (const [i, instruction] of this.#instructions.entries()) {
      const { dtype } = instruction;
      const { alongRow, acrossRows } = this.#same[i]!;
      if (alongRow) {
        values.push({ local: this.#fixedLocal(code, lanes, row, i), dtype });
      } else if (acrossRows && first) {
        values.push({ local: first[i]!, dtype });
      } else if (instruction.op === "input") {
        values.push({ local: read(instruction.input), dtype });
      } else {
        const local = code.local(lanes.type(dtype), `${this.#prefix}${i}`);
        this.#push(code, lanes, instruction, values, read);
        code.set(local);
        values.push({ local, dtype });
      }
    }
    return values.map((value) => value.local);
  }

  #fixedLocal(code: Code, lanes: Lanes, row: number, i: number): Local {
    const { dtype } = this.#instructions[i]!;
    return code.local(lanes.type(dtype), `${this.#prefix}${i}.${this.#same[i]!.acrossRows ? 0 : row}`);
  }

  #push(code: Code, lanes: Lanes, instruction: Instruction, values: readonly Held[], read: ReadInput): void {
    const { dtype } = instruction;
    if (instruction.op === "const") lanes.constant(code, dtype, [toValue(instruction.value)]);
    else if (instruction.op === "input") code.get(read(instruction.input));
    else {
      const args = instruction.args.map((arg) => values[arg]!);
      lanes.apply(code, instruction.op, dtype, args);
    }
  }
}
