/**
 * Expansion: mathematical functions of floats, written out in primitives that every processor has.
 *
 *     v1 = exp v0      ──▶      v1 = mul v0 1.4426…   v2 = add v1 6755…   …   v31 = mul v29 v30
 *
 * The backend that emits machine code expands a loop first, so that functions are vectorised like all other arithmetic;
 * the reference backend does not, and its functions say what the expansions mean (within the stated ulps). `fma` stays
 * where the backend has an instruction for it, and becomes a product and a sum where it has none. Invariant: an
 * expansion takes the same steps for every element, so a result depends neither on lanes nor on the place of an
 * element.
 */
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { compileMap } from "./compile.js";
import { folded } from "./constant.js";
import { expansions, isWrittenOut } from "./functions/index.js";
import { Instructions } from "./instructions.js";
import type { CallInstruction, Instruction, Loop } from "./loop.js";
import { input } from "./scalar.js";

/** The instructions of one function; their inputs are its arguments. */
interface Template {
  readonly body: readonly Instruction[];
  readonly value: number;
}

const templates = new Map<string, Template>();

function templateOf({ op, dtype, args }: CallInstruction): Template {
  const key = `${op}.${dtype}`;
  const known = templates.get(key);
  if (known !== undefined) return known;
  const expansion = expansions[op];
  if (expansion === undefined) throw new InternalError(`internal error: ${op} is not written out`);
  const { body, inputs, values } = compileMap([expansion.expand(args.map((_, operand) => input(operand, dtype)))]);
  const renumbered = body.map((instruction) =>
    instruction.op === "input" ? { ...instruction, input: at(inputs, instruction.input).operand } : instruction,
  );
  const template = { body: renumbered, value: at(values, 0) };
  templates.set(key, template);
  return template;
}

/** A body with its functions written out; common parts are computed once. */
class Expander {
  readonly #body = new Instructions();
  readonly #fused: boolean;

  constructor(fused: boolean) {
    this.#fused = fused;
  }

  get body(): readonly Instruction[] {
    return this.#body.list;
  }

  #call(call: CallInstruction): number {
    if (call.op !== "fma" || this.#fused) return this.#body.emit(folded(this.body, call));
    const { dtype, args } = call;
    const product = this.#call({ op: "mul", dtype, args: args.slice(0, 2) });
    return this.#call({ op: "add", dtype, args: [product, at(args, 2)] });
  }

  /**
   * Appends a list and returns the new number of each of its instructions; `args` replace the inputs if they are given.
   */
  append(list: readonly Instruction[], args?: readonly number[]): number[] {
    const numbers: number[] = [];
    for (const instruction of list) {
      if (instruction.op === "const") numbers.push(this.#body.emit(instruction));
      else if (instruction.op === "input")
        numbers.push(args ? at(args, instruction.input) : this.#body.emit(instruction));
      else {
        const moved = { ...instruction, args: instruction.args.map((arg) => at(numbers, arg)) };
        const template = args || !isWrittenOut(moved) ? undefined : templateOf(moved);
        numbers.push(template ? at(this.append(template.body, moved.args), template.value) : this.#call(moved));
      }
    }
    return numbers;
  }
}

function expandBody(
  body: readonly Instruction[],
  values: readonly number[],
  fused: boolean,
): Pick<Loop, "body" | "values"> {
  const expander = new Expander(fused);
  const numbers = expander.append(body);
  return { body: expander.body, values: values.map((value) => at(numbers, value)) };
}

/**
 * The loop with its functions written out; itself when there is nothing to write out. The key stays: it names what is
 * computed. `fused` says whether the backend knows `fma`.
 */
export function expand(loop: Loop, fused: boolean): Loop {
  const needs = (body: readonly Instruction[]): boolean =>
    body.some((instruction) => isWrittenOut(instruction) || (!fused && instruction.op === "fma"));
  if (!needs(loop.body) && !needs(loop.merge?.body ?? [])) return loop;
  const merge = loop.merge && expandBody(loop.merge.body, loop.merge.values, fused);
  return { ...loop, ...expandBody(loop.body, loop.values, fused), ...(merge ? { merge } : {}) };
}
