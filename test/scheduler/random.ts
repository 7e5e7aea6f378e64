/** Random task tables for fast-check. */
import fc from "fast-check";
import { orderTasks } from "#src/graph/order";
import type { TaskTable } from "#src/graph/task";
import { adjacency, type ChunkSpec, type TaskSpec, tableOf } from "./tables.js";

interface RawTask {
  readonly reads: readonly number[];
  readonly makes: readonly ChunkSpec[];
  readonly scratch: number;
}

const bytes = fc.oneof(fc.constant(0), fc.nat(10));
const chunk = fc.record({ bytes, delivered: fc.boolean() });

/** Any graph: tasks make up to three chunks and read any that were made before; the order is any that is allowed. */
export const anyTable: fc.Arbitrary<TaskTable> = fc
  .record({
    tasks: fc.array(
      fc.record({
        reads: fc.array(fc.nat(), { maxLength: 4 }),
        makes: fc.array(chunk, { maxLength: 3 }),
        scratch: bytes,
      }),
      { maxLength: 24 },
    ),
    depthFirst: fc.boolean(),
  })
  .map(({ tasks, depthFirst }) => {
    const specs = wired(tasks);
    return depthFirst ? tableOf(specs, depthFirstOrder(specs)) : tableOf(specs);
  });

/** A graph as lowering makes it: what nobody reads is delivered, a task makes one chunk, depth first. */
export const anyForest: fc.Arbitrary<TaskTable> = fc
  .array(fc.record({ reads: fc.array(fc.nat(), { maxLength: 3 }), bytes, scratch: bytes }), { maxLength: 24 })
  .map((tasks) => {
    const specs = wired(tasks.map((task) => ({ ...task, makes: [{ bytes: task.bytes }] })));
    const read = new Set(specs.flatMap((spec) => spec.reads ?? []));
    const final = specs.map((spec, i) => ({ ...spec, makes: [{ ...spec.makes![0]!, delivered: !read.has(i) }] }));
    return tableOf(final, depthFirstOrder(final));
  });

/** Turns any numbers into chunks that were made before, each once. */
function wired(tasks: readonly RawTask[]): TaskSpec[] {
  let made = 0;
  return tasks.map(({ reads, makes, scratch }) => {
    const known = made;
    made += makes.length;
    return { reads: known === 0 ? [] : [...new Set(reads.map((number) => number % known))], makes, scratch };
  });
}

function depthFirstOrder(specs: readonly TaskSpec[]): Uint32Array {
  const producer = specs.flatMap((spec, task) => (spec.makes ?? []).map(() => task));
  const read = new Set(specs.flatMap((spec) => spec.reads ?? []).map((number) => producer[number]!));
  return orderTasks({
    tasks: specs.length,
    reads: adjacency(specs.map((spec) => spec.reads ?? [])),
    producer: Uint32Array.from(producer),
    roots: [...specs.keys()].filter((task) => !read.has(task)),
  });
}
