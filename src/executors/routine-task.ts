/**
 * Tasks with a routine: its inputs are gathered, a kernel or a user's function works on whole blocks, and the result
 * goes to its place. A kernel that is batched over the first axis gets its blocks in slices (routine-slices.ts).
 */
import { beforeHandingOut } from "../data/collection.js";
import { allocate, factsOf, type TypedArray, viewOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import type { Output, RoutineStep, RoutineTask } from "../graph/task.js";
import type { KernelSpec, UserSpec } from "../program/routines/spec.js";
import { workspaceBytes } from "../program/routines/table.js";
import type { Block } from "../routines/routine.js";
import type { TaskContext } from "./context.js";
import { gather } from "./gathering.js";
import { kernelViews, splitRows } from "./kernel-views.js";
import { writeBlock, writeRows } from "./result-writer.js";
import { routineSlices } from "./routine-slices.js";
import { type Suspendable, wait } from "./suspendable.js";
import { callUserFunction, type UserBlock } from "./user-function.js";

/** Performs a task with a routine. */
export function* performRoutine(
  task: RoutineTask,
  outputs: readonly Output[],
  context: TaskContext,
): Suspendable<void> {
  const routine = at(context.resources.job.routines, task.routine);
  if (routine.kind === "user") yield* callUser(routine, task, at(outputs, 0), context);
  else yield* callKernel(routine, task, outputs, context);
}

/** Calls a user's function with copies of its blocks. */
function* callUser(
  routine: UserSpec,
  { steps, block, start }: RoutineTask,
  output: Output,
  context: TaskContext,
): Suspendable<void> {
  const inputs: UserBlock[] = [];
  for (const gathered of at(steps, 0).inputs) inputs.push(userBlock(yield* gather(gathered, context), context));
  const { shape, dtypes } = output;
  const answer = callUserFunction(routine, inputs, { dtype: at(dtypes, 0), shape, block, start });
  const data: TypedArray = answer instanceof Promise ? yield* wait(answer) : answer;
  yield* writeBlock(output, [data.byteOffset], data.buffer, context.resources);
}

/** A block as a typed array of its own: user functions may keep what they are given. */
function userBlock({ dtype, shape, offset }: Block, { scratch, resources }: TaskContext): UserBlock {
  const size = sizeOf(shape);
  beforeHandingOut(size * factsOf(dtype).bytes, resources.job.mostGarbage);
  const data = allocate(dtype, size);
  (data as Uint8Array).set(viewOf(dtype, scratch.memory, offset, sizeOf(shape)) as Uint8Array);
  return { dtype, shape, data };
}

/** Calls a kernel, slice by slice, and writes what it gives. */
function* callKernel(
  routine: KernelSpec,
  task: RoutineTask,
  outputs: readonly Output[],
  context: TaskContext,
): Suspendable<void> {
  const { scratch, resources } = context;
  for (const { from, shapes, steps } of routineSlices(task, outputs, routine.batchedOverFirstAxis ?? false)) {
    const mark = scratch.mark;
    const results = outputs.map(({ dtypes }, i): Block => {
      const [dtype, shape] = [at(dtypes, 0), at(shapes, i)];
      return { dtype, shape, offset: scratch.take(sizeOf(shape) * factsOf(dtype).bytes) };
    });
    yield* runSteps(routine, steps, results, task.rows, context);
    for (const [i, output] of outputs.entries()) {
      const { shape, offset } = at(results, i);
      yield* writeRows(output, from, shape, [offset], scratch.memory, resources);
    }
    scratch.release(mark);
  }
}

/** Calls a kernel for each step, on what is gathered for the step. */
function* runSteps(
  { name, params, rank, groups }: KernelSpec,
  steps: readonly RoutineStep[],
  results: readonly Block[],
  rows: readonly number[] | undefined,
  context: TaskContext,
): Suspendable<void> {
  const { scratch } = context;
  for (const [i, step] of steps.entries()) {
    context.checkStop();
    const mark = scratch.mark;
    const inputs: Block[][] = [];
    for (const [k, gathered] of step.inputs.entries())
      inputs.push(kernelViews(yield* gather(gathered, context), groups?.inputs[k], rank));
    const outputs = results.map((result) => kernelViews(result, groups?.output, rank));
    const first = inputs.flatMap(([block]) => block ?? []);
    const workspace = scratch.take(workspaceBytes(name, first, params));
    for (const k of at(outputs, 0).keys()) {
      const given = inputs.map((views) => at(views, k));
      const made = outputs.map((views) => at(views, k));
      const wanted = rows === undefined ? made : splitRows(at(made, 0), rows);
      scratch.backend.call({ routine: name, params, inputs: given, outputs: wanted, first: i === 0, workspace });
    }
    scratch.release(mark);
  }
}
