/**
 * Plans that are used again. A program that does the same to small arrays, again and again, would spend most of its
 * time on planning.
 *
 *     wanted ── form ──▶ known? ── the plan of the form, over the memories of these arrays
 *
 * Invariant: a plan that is kept refers to no array of the user, and to no line of the user's program. It is made over
 * stand-ins for arrays in memory, when a form comes for the second time. What fails is named by a plan of its own.
 */
import { InternalError } from "../data/errors.js";
import { lookUp } from "../data/lists.js";
import type { BlockMemory } from "../data/memory.js";
import { keepRecent } from "../data/recent.js";
import { type Expr, untracedExpr } from "../expr/expr.js";
import type { ResidentArray } from "../expr/op.js";
import { postorder } from "../expr/walk.js";
import type { Wanted } from "../graph/lower.js";
import { type Plan, type PlanOptions, plan } from "./plan.js";
import { arrayOf, type Form, formOf } from "./plan-key.js";

const MOST_PLANS = 64;
/** Larger plans take longer to run than to make, and room. */
const MOST_TASKS = 64;
const MOST_READS = 1024;

/** A memory of a form's array: its number among the array's memories. */
interface Place {
  readonly array: number;
  readonly memory: number;
}

/** The plan of a form, and which memories it wants. */
interface KnownPlan {
  readonly plan: Plan;
  readonly memories: readonly Place[];
}

/** Form → its plan; null for a form that came once. The least recently used one comes first. */
const known = new Map<string, KnownPlan | null>();

/** Plans a computation as `plan` does, with a plan of the same form if there is one. */
export function planAgain(wanted: readonly Wanted[], options: PlanOptions): Plan {
  const { backend, budget, results = 0 } = options;
  const form = formOf(wanted, { backend, budget, results });
  if (form === undefined) return plan(wanted, options);
  const before = known.get(form.text);
  if (before === undefined) {
    const made = plan(wanted, options);
    if (isKept(made)) keepRecent(known, form.text, null, MOST_PLANS);
    return made;
  }
  const found = before ?? planOf(wanted, form, options);
  keepRecent(known, form.text, found, MOST_PLANS);
  const memories = found.memories.map(({ array, memory }) => memoryOf(form.arrays[array], memory));
  const about: Plan["graph"]["about"] = (task, message) => plan(wanted, options).graph.about(task, message);
  return { ...found.plan, graph: found.plan.graph.over(memories, about) };
}

function isKept({ graph: { table }, scratch }: Plan): boolean {
  return scratch.length === 0 && table.tasks <= MOST_TASKS && table.reads.size <= MOST_READS;
}

/** The plan of a form over stand-ins. */
function planOf(wanted: readonly Wanted[], { arrays }: Form, options: PlanOptions): KnownPlan {
  const places = new Map<BlockMemory, Place>();
  const standIns = new Map(
    arrays.map(({ id, grid, blocks, memories }, array) => {
      const empty = memories.map((_, memory) => {
        const nowhere: BlockMemory = { bytes: 0, address: 0 };
        places.set(nowhere, { array, memory });
        return nowhere;
      });
      return [id, { id: `stand-in-${array}`, grid, blocks, memories: empty }];
    }),
  );
  const standInFor = ({ id }: ResidentArray): ResidentArray => lookUp(standIns, id);
  const done = new Map<Expr, Expr>();
  for (const expr of postorder(wanted.map(({ expr }) => expr))) {
    const inputs = expr.inputs.map((input) => lookUp(done, input));
    done.set(expr, untracedExpr(expr.op, inputs, paramsWith(expr, standInFor)));
  }
  const made = plan(
    wanted.map(({ expr, sink, resident }) => ({
      expr: lookUp(done, expr),
      sink,
      ...(resident === undefined ? {} : { resident: standInFor(resident) }),
    })),
    options,
  );
  return { plan: made, memories: made.graph.memories.map((memory) => lookUp(places, memory)) };
}

/** The parameters of a node, with a stand-in for its array in memory. */
function paramsWith(expr: Expr, standInFor: (array: ResidentArray) => ResidentArray): unknown {
  const array = arrayOf(expr);
  const { work, name } = expr.op;
  if (array === undefined || work.kind !== "source") return expr.params;
  if (work.over === undefined) throw new InternalError(`internal error: ${name} cannot be over another array`);
  return work.over(expr.params, standInFor(array));
}

function memoryOf(array: ResidentArray | undefined, number: number): BlockMemory {
  const memory = array?.memories[number];
  if (memory === undefined) throw new InternalError("internal error: the memory of a plan is missing");
  return memory;
}
