/** A list of instructions that is being built; equal instructions are listed once. */
import { canonical } from "../data/hash.js";
import type { Instruction } from "./loop.js";

/** The content of an instruction as text; faster than {@link canonical}, which is called once per loop. */
function keyOf(instruction: Instruction): string {
  const { op, dtype } = instruction;
  if (op === "const") return `const ${dtype} ${canonical(instruction.value)}`;
  return `${op} ${dtype} ${op === "input" ? instruction.input : instruction.args.join(" ")}`;
}

/** See the head of this file. */
export class Instructions {
  readonly list: Instruction[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of an instruction, which is appended unless an equal one is in the list. */
  emit(instruction: Instruction): number {
    const key = keyOf(instruction);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(instruction) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
