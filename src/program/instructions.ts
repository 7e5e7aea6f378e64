/** A list of instructions in the making, in which what is written twice stands once. */
import { canonical } from "../data/hash.js";
import type { Instruction } from "./loop.js";

/** The content of an instruction as text; quicker than {@link canonical}, which is asked once per loop. */
function keyOf(instruction: Instruction): string {
  const { op, dtype } = instruction;
  if (op === "const") return `const ${dtype} ${canonical(instruction.value)}`;
  return `${op} ${dtype} ${op === "input" ? instruction.input : instruction.args.join(" ")}`;
}

/** See the head of this file. */
export class Instructions {
  readonly list: Instruction[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of an instruction, which is appended unless it is there. */
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
