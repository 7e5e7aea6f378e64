/**
 * The amount of work in one iteration of a kernel: enough to hide the latency of memory and of merges, but so little
 * that values fit into the machine's sixteen vector registers.
 */
import { at } from "../../data/lists.js";
import type { Instruction, Loop } from "../../program/loop.js";
import type { Form } from "../iteration-shape.js";
import { isImported } from "./scalar-lanes.js";

/** See the head of this file. */
export interface Unroll {
  /** Values (of one or more lanes) of each row in one iteration; the number of accumulators if a row has one result. */
  readonly parts: number;
  /** Rows in one pass. */
  readonly rows: number;
}

/** The time of a call of an imported function, in primitives. */
const callWeight = 16;
/** From this weight on, copies of a body gain nothing, and take noticeable time to compile. */
const heavyWeight = 100;

/** `fma` counts as the two primitives that it is on other machines, so that a sum has the same order on all. */
function weightOf(body: readonly Instruction[]): number {
  let weight = 0;
  for (const instruction of body) {
    if (instruction.op === "const" || instruction.op === "input") continue;
    if (instruction.op === "fma") weight += 2;
    else
      weight += isImported(instruction.op, at(body, at(instruction.args, instruction.args.length - 1)).dtype)
        ? callWeight
        : 1;
  }
  return weight;
}

/**
 * The choice for a loop, which may add up groups of sums before it widens them. The figures are measured; see the head
 * of this file for the balance.
 */
export function unrollOf({ inputs, results, body, merge }: Loop, form: Form, groupsSums: boolean): Unroll {
  if (form === "general") return { parts: 1, rows: 1 };
  const weight = weightOf(body) + weightOf(merge?.body ?? []);
  // a group of rows is rounded: what else is in the loop must not change it
  if (groupsSums && form === "rows") return { parts: 2, rows: 8 };
  if (groupsSums && form === "total") return { parts: 8, rows: 1 };
  if (weight >= heavyWeight) return { parts: 1, rows: 1 };
  if (form === "total") return { parts: results.length > 3 || weight >= callWeight ? 2 : 4, rows: 1 };
  if (form === "each") return { parts: weight > 8 ? (weight > 16 ? 1 : 2) : 4, rows: 1 };
  const loaded = inputs.filter((input) => !input.counted).length;
  return { parts: weight > 4 ? 1 : 2, rows: loaded > 3 || weight >= callWeight ? 2 : 4 };
}
