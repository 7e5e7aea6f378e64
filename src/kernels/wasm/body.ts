/**
 * One list of instructions, written into a kernel: before a loop the values that are the same at all of its points,
 * then the others at every point. Each value stays in a local, so nothing is computed twice.
 *
 * Instructions that only the special side of a `guard` needs go into a branch, taken if the guard is true in some lane:
 *
 *     value = usual
 *     if any lane is rare:  (instructions that nothing else needs)  value = rare ? special : value
 *
 * Invariant: locals are named after the instruction, and those written before a loop also after its row. So several
 * rows can share one pass, while the points of one row share their locals.
 */

import type { Code, Local } from "../../assembler/code.js";
import { factsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { toValue } from "../../program/evaluate.js";
import type { Instruction } from "../../program/loop.js";
import type { Lanes, LaneValue } from "./lanes.js";

/** Returns the local that holds an input. */
export type ReadInput = (input: number) => Local;

/** The range over which a value is the same. */
export interface Sameness {
  /** At all points of a row. */
  readonly alongRow: boolean;
  /** In all rows of one pass. */
  readonly acrossRows: boolean;
}

function samenessOf(instructions: readonly Instruction[], ofInput: (input: number) => Sameness): Sameness[] {
  const same: Sameness[] = [];
  for (const instruction of instructions) {
    if (instruction.op === "const") same.push({ alongRow: true, acrossRows: true });
    else if (instruction.op === "input") same.push(ofInput(instruction.input));
    else {
      const args = instruction.args.map((arg) => at(same, arg));
      same.push({ alongRow: args.every((arg) => arg.alongRow), acrossRows: args.every((arg) => arg.acrossRows) });
    }
  }
  return same;
}

/** The guard of an instruction that is always needed. */
const always = -1;
/** The mark of an instruction of which no use was seen yet. */
const unused = -2;

/** For each instruction, the guard whose special side alone needs it, or {@link always}. */
function guardsOf(instructions: readonly Instruction[], results: readonly number[]): number[] {
  const found = new Array<number>(instructions.length).fill(unused);
  const use = (index: number, guard: number): void => {
    found[index] = found[index] === unused || found[index] === guard ? guard : always;
  };
  for (const index of results) use(index, always);
  for (let i = instructions.length - 1; i >= 0; i--) {
    const instruction = at(instructions, i);
    const own = "args" in instruction && at(found, i) !== unused ? at(found, i) : always;
    found[i] = own;
    if (!("args" in instruction)) continue;
    for (const [k, arg] of instruction.args.entries()) use(arg, instruction.op === "guard" && k === 2 ? i : own);
  }
  return found;
}

/** See the head of this file. */
export class Body {
  /** The instructions whose values are used outside. */
  readonly results: readonly number[];
  readonly #instructions: readonly Instruction[];
  readonly #prefix: string;
  readonly #same: readonly Sameness[];
  /** For each instruction its guard, and for each guard the instructions under it. */
  readonly #guards: readonly number[];
  readonly #guarded = new Map<number, number[]>();
  readonly #merges: boolean;

  /**
   * `results` are the instructions whose values are used outside. Where the body `merges` states, the sign of a zero
   * is free in the extreme of two inputs.
   */
  constructor(
    instructions: readonly Instruction[],
    results: readonly number[],
    prefix: string,
    ofInput: (input: number) => Sameness,
    { merges = false } = {},
  ) {
    this.results = results;
    this.#merges = merges;
    this.#instructions = instructions;
    this.#prefix = prefix;
    this.#same = samenessOf(instructions, ofInput);
    this.#guards = guardsOf(instructions, results).map((guard, i) => (at(this.#same, i).alongRow ? always : guard));
    for (const [i, guard] of this.#guards.entries()) {
      if (guard === always) continue;
      const list = this.#guarded.get(guard);
      if (list) list.push(i);
      else this.#guarded.set(guard, [i]);
    }
  }

  /** Writes the values that are the same at all points of a row. Rows are written in order, from 0. */
  before(code: Code, lanes: Lanes, row: number, read: ReadInput): void {
    const values: LaneValue[] = [];
    for (const [i, instruction] of this.#instructions.entries()) {
      if (!at(this.#same, i).alongRow) continue;
      values[i] = this.#fixed(code, lanes, row, i);
      if (row > 0 && at(this.#same, i).acrossRows) continue;
      this.#push(code, lanes, instruction, values, read);
      code.set(values[i].local);
    }
  }

  /** Writes the others for a point of a row, and returns the locals of all values; `first` are those of row 0. */
  atPoint(code: Code, lanes: Lanes, row: number, read: ReadInput, first?: readonly Local[]): readonly Local[] {
    const values: LaneValue[] = [];
    const write = (i: number): void => {
      const instruction = at(this.#instructions, i);
      const { dtype } = instruction;
      const local = code.local(lanes.type(dtype), `${this.#prefix}${i}`);
      values[i] = { local, dtype };
      const guarded = this.#guarded.get(i);
      if (guarded === undefined || instruction.op !== "guard") {
        this.#push(code, lanes, instruction, values, read);
        code.set(local);
        return;
      }
      const { args } = instruction;
      const [rare, usual, special] = [at(args, 0), at(args, 1), at(args, 2)];
      code.get(at(values, usual).local).set(local);
      lanes.any(code, at(values, rare).local);
      code.if(() => {
        for (const inner of guarded) write(inner);
        lanes.apply(code, "guard", dtype, [at(values, rare), at(values, i), at(values, special)]);
        code.set(local);
      });
    };
    for (const [i, instruction] of this.#instructions.entries()) {
      const { dtype } = instruction;
      const { alongRow, acrossRows } = at(this.#same, i);
      if (alongRow) values[i] = this.#fixed(code, lanes, row, i);
      else if (acrossRows && first) values[i] = { local: at(first, i), dtype };
      else if (instruction.op === "input") values[i] = { local: read(instruction.input), dtype };
      else if (this.#guards[i] === always) write(i);
      // a guarded value is written with its guard; its local is declared here
      else values[i] = { local: code.local(lanes.type(dtype), `${this.#prefix}${i}`), dtype };
    }
    return values.map((value) => value.local);
  }

  #fixed(code: Code, lanes: Lanes, row: number, i: number): LaneValue {
    const instruction = at(this.#instructions, i);
    const { dtype } = instruction;
    const name = `${this.#prefix}${i}.${at(this.#same, i).acrossRows ? 0 : row}`;
    const local = code.local(lanes.type(dtype), name);
    return instruction.op === "const" ? { local, dtype, constant: toValue(instruction.value) } : { local, dtype };
  }

  #push(code: Code, lanes: Lanes, instruction: Instruction, values: readonly LaneValue[], read: ReadInput): void {
    const { dtype } = instruction;
    if (instruction.op === "const") lanes.constant(code, dtype, [toValue(instruction.value)]);
    else if (instruction.op === "input") code.get(read(instruction.input));
    else {
      const { op, args } = instruction;
      const inputs = args.every((arg) => at(this.#instructions, arg).op === "input");
      const used = args.map((arg) => at(values, arg));
      if ((op === "min" || op === "max") && this.#merges && inputs && factsOf(dtype).kind === "float") {
        lanes.extreme(code, op, dtype, at(used, 0).local, at(used, 1).local);
      } else lanes.apply(code, op, dtype, used);
    }
  }
}
