/** Scalar programs run on single values: what a monoid or a generator means, without arrays. */
import { compileMap } from "#src/program/compile";
import { primitive, toValue, type Value } from "#src/program/evaluate";
import type { Scalar } from "#src/program/scalar";

/** The value of a field: one number, or the two parts of a complex one. */
export type Field = readonly Value[];

/** Gives the fields of scalars from the fields of the operands that they name. */
export type Program = (operands: readonly (readonly Field[])[]) => Field[];

/** Scalars as a function. */
export function programOf(scalars: readonly Scalar[]): Program {
  const { inputs, body, values, results } = compileMap(scalars);
  const steps = body.map((instruction): ((operands: Parameters<Program>[0], registers: readonly Value[]) => Value) => {
    if (instruction.op === "const") return () => toValue(instruction.value);
    if (instruction.op === "input") {
      const { operand, field, part } = inputs[instruction.input]!;
      return (operands) => operands[operand]![field]![part ?? 0]!;
    }
    const { op, dtype, args } = instruction;
    const apply = primitive(op, body[args.at(-1)!]!.dtype, dtype);
    const [a = 0, b = 0, c = 0] = args;
    return (_, registers) => apply(registers[a]!, registers[b]!, registers[c]!);
  });
  return (operands) => {
    const registers: Value[] = [];
    for (const step of steps) registers.push(step(operands, registers));
    const fields: Value[][] = [];
    results.forEach(({ field, part }, i) => {
      if (part !== 1) fields[field] = [];
      fields[field]!.push(registers[values[i]!]!);
    });
    return fields;
  };
}
