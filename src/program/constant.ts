/**
 * Constant folding: an exact primitive of constants is a constant.
 *
 * Invariant: folding never changes a bit. Functions that are written out (see functions/) are therefore not folded before
 * they are: JavaScript's own exp may differ from theirs in the last place. Nor is `fma`, which JavaScript rounds twice.
 */
import { primitive, toValue } from "./evaluate.js";
import type { Instruction } from "./loop.js";

/** The instruction itself, or the constant that it gives when all of its arguments (numbers in `body`) are constants. */
export function folded(body: readonly Instruction[], instruction: Instruction): Instruction {
  if (instruction.op === "const" || instruction.op === "input" || instruction.op === "fma") return instruction;
  const args = instruction.args.map((number) => body[number]!);
  const values = args.flatMap((arg) => (arg.op === "const" ? [toValue(arg.value)] : []));
  if (values.length < args.length) return instruction;
  const { op, dtype } = instruction;
  const value = primitive(op, args.at(-1)!.dtype, dtype)(values[0]!, values[1]!, values[2]!);
  return { op: "const", dtype, value: dtype === "bool" ? Boolean(value) : value };
}
