/**
 * Constant folding: an exact primitive of constants is a constant.
 *
 * Invariant: folding never changes a bit. Functions that are written out (see functions/) are therefore not folded
 * before they are: JavaScript's own exp may differ from theirs in the last place. Nor is `fma`, which JavaScript rounds
 * twice, nor what may be an error: that belongs to the task that meets it, which knows the user's line.
 */
import { at } from "../data/lists.js";
import { mayRefuse, primitive, toValue } from "./evaluate.js";
import type { Instruction } from "./loop.js";

/**
 * The instruction itself, or the constant that it gives when all of its arguments (numbers in `body`) are constants.
 */
export function folded(body: readonly Instruction[], instruction: Instruction): Instruction {
  if (instruction.op === "const" || instruction.op === "input" || instruction.op === "fma") return instruction;
  if (mayRefuse(instruction.op, instruction.dtype)) return instruction;
  const args = instruction.args.map((number) => at(body, number));
  const values = args.flatMap((arg) => (arg.op === "const" ? [toValue(arg.value)] : []));
  if (values.length < args.length) return instruction;
  const { op, dtype } = instruction;
  const [first, second, third] = values;
  if (first === undefined) return instruction;
  const value = primitive(op, at(args, args.length - 1).dtype, dtype)(first, second, third);
  return { op: "const", dtype, value: dtype === "bool" ? Boolean(value) : value };
}
