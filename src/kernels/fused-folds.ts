/**
 * Several folds over the same points as one loop, which loads and computes once what they have in common.
 *
 *     sum:  load x, add to s          ┐
 *     min:  load x, min with m        ├──▶   load x, add to s, min with m, max with M
 *     max:  load x, max with M        ┘
 *
 * Invariant: every result gets the bits that its own loop would give. A kernel of the form `rows` merges the elements
 * of a result row by row, whatever else it does. In other forms the order depends on the whole loop, so those stay
 * apart, and so do loops that would walk through memory in another order.
 */
import { Instructions } from "../program/instructions.js";
import type { Instruction, Loop, LoopInput, LoopResult } from "../program/loop.js";
import type { LoopCall, LoopOperand } from "./backend.js";
import { type IterationShape, iterationShapeOf, type OperandKind } from "./iteration-shape.js";

/** The facts about a loop that decide whether it is fused. */
export interface LoopFacts {
  readonly operands: readonly OperandKind[];
  /** Elements in a vector. Loops of different widths would slow each other down. */
  readonly width: number;
}

/** For each call, the numbers of its inputs in the list of all different ones. */
type Numbers = readonly (readonly number[])[];

interface Member {
  readonly call: LoopCall;
  readonly shape: IterationShape;
}

/** The most fused loops that are kept. */
const mostFusedLoops = 64;

/** Appends instructions, with new numbers for their inputs. Returns the new number of each instruction. */
function append(body: readonly Instruction[], to: Instructions, input: (input: number) => number): number[] {
  const numbers: number[] = [];
  for (const instruction of body) {
    if (instruction.op === "const") numbers.push(to.emit(instruction));
    else if (instruction.op === "input") numbers.push(to.emit({ ...instruction, input: input(instruction.input) }));
    else numbers.push(to.emit({ ...instruction, args: instruction.args.map((arg) => numbers[arg]!) }));
  }
  return numbers;
}

function isSame(a: LoopOperand, b: LoopOperand): boolean {
  return a.offset === b.offset && a.strides.every((stride, dim) => stride === b.strides[dim]);
}

/** All different inputs of some calls, and the numbers of those that each call has. */
function inputsOf(calls: readonly LoopCall[]): { numbers: Numbers; inputs: LoopInput[]; operands: LoopOperand[] } {
  const inputs: LoopInput[] = [];
  const operands: LoopOperand[] = [];
  const numbers = calls.map(({ loop, inputs: own }) =>
    loop.inputs.map((input, i) => {
      const { dtype, counted, otherEndian } = input;
      const operand = own[i]!;
      const same = inputs.findIndex(
        (other, k) =>
          other.dtype === dtype &&
          other.counted === counted &&
          other.otherEndian === otherEndian &&
          isSame(operands[k]!, operand),
      );
      if (same >= 0) return same;
      operands.push(operand);
      return inputs.push(input) - 1;
    }),
  );
  return { numbers, inputs, operands };
}

/** One loop that does the work of several. */
function fuseLoops(key: string, loops: readonly Loop[], inputs: readonly LoopInput[], numbers: Numbers): Loop {
  const [body, merge] = [new Instructions(), new Instructions()];
  const [values, merged, results]: [number[], number[], LoopResult[]] = [[], [], []];
  const all = loops.reduce((count, loop) => count + loop.results.length, 0);
  loops.forEach((loop, call) => {
    const [before, own] = [results.length, loop.results.length];
    const placed = append(loop.body, body, (input) => numbers[call]![input]!);
    // in a merge, the inputs are all states so far, then all new ones
    const joined = append(loop.merge!.body, merge, (input) =>
      input < own ? before + input : all + before + (input - own),
    );
    values.push(...loop.values.map((value) => placed[value]!));
    merged.push(...loop.merge!.values.map((value) => joined[value]!));
    results.push(...loop.results);
  });
  return { key, inputs, body: body.list, results, values, merge: { body: merge.list, values: merged } };
}

/** Whether some operands of a shape, given by their numbers, move as all operands of another shape do. */
function walksAlike({ dimensions, form }: IterationShape, operands: readonly number[], other: IterationShape): boolean {
  return (
    form === other.form &&
    dimensions.length === other.dimensions.length &&
    other.dimensions.every(({ count, steps }, d) => {
      const { count: mine, steps: moves } = dimensions[d]!;
      return count === mine && steps.every((step, k) => step === moves[operands[k]!]);
    })
  );
}

/** Fuses loops, and keeps the fused ones. */
export class FoldFuser {
  readonly #factsOf: (loop: Loop) => LoopFacts;
  readonly #loops = new Map<string, Loop>();

  constructor(factsOf: (loop: Loop) => LoopFacts) {
    this.#factsOf = factsOf;
  }

  /** Calls that do the same work: fewer, if some of them fold the same points. None may use another's results. */
  fuse(calls: readonly LoopCall[]): readonly LoopCall[] {
    const alone: LoopCall[] = [];
    const byWidth = new Map<number, Member[]>();
    for (const call of calls) {
      const { operands, width } = this.#factsOf(call.loop);
      const shape = iterationShapeOf(call, operands);
      if (shape?.form !== "rows") {
        alone.push(call);
        continue;
      }
      const members = byWidth.get(width);
      if (members === undefined) byWidth.set(width, [{ call, shape }]);
      else members.push({ call, shape });
    }
    return [...alone, ...[...byWidth.values()].flatMap((members) => this.#fuseMembers(members))];
  }

  #fuseMembers(members: readonly Member[]): readonly LoopCall[] {
    const calls = members.map(({ call }) => call);
    if (calls.length === 1) return calls;
    const { numbers, inputs, operands } = inputsOf(calls);
    const fused: LoopCall = {
      loop: this.#loop(calls, inputs, numbers),
      counts: calls[0]!.counts,
      inputs: operands,
      results: calls.flatMap(({ results }) => results),
    };
    const shape = iterationShapeOf(fused, this.#factsOf(fused.loop).operands)!;
    let result = inputs.length;
    for (const [i, { call, shape: own }] of members.entries()) {
      const mine = [...numbers[i]!, ...call.results.map((_, k) => result + k)];
      if (!walksAlike(shape, mine, own)) return calls;
      result += call.results.length;
    }
    return [fused];
  }

  #loop(calls: readonly LoopCall[], inputs: readonly LoopInput[], numbers: Numbers): Loop {
    const key = calls.map(({ loop }, call) => `${numbers[call]!.join(" ")} ${loop.key}`).join("\n");
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      if (this.#loops.size >= mostFusedLoops) this.#loops.clear();
      const loops = calls.map((call) => call.loop);
      loop = fuseLoops(key, loops, inputs, numbers);
      this.#loops.set(key, loop);
    }
    return loop;
  }
}
