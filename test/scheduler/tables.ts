/** Task tables for tests, from a list of what each task reads and makes. */
import { Adjacency } from "#src/data/adjacency";
import type { TaskTable } from "#src/graph/task";

/** A chunk: its bytes, and whether the caller gets it. */
export interface ChunkSpec {
  readonly bytes: number;
  readonly delivered?: boolean;
}

/** A task. Chunks are numbered in the order in which tasks name them in `makes`: by default one of 1 byte. */
export interface TaskSpec {
  readonly reads?: readonly number[];
  readonly makes?: readonly ChunkSpec[];
  readonly scratch?: number;
}

/** The table of the tasks; by default in the order given. */
export function tableOf(specs: readonly TaskSpec[], order: Iterable<number> = specs.keys()): TaskTable {
  const makes = specs.map((spec) => spec.makes ?? [{ bytes: 1 }]);
  const chunks = makes.flat();
  let next = 0;
  return {
    tasks: specs.length,
    chunks: chunks.length,
    reads: adjacency(specs.map((spec) => spec.reads ?? [])),
    makes: adjacency(makes.map((list) => list.map(() => next++))),
    bytes: Float64Array.from(chunks, (chunk) => chunk.bytes),
    scratch: Float64Array.from(specs, (spec) => spec.scratch ?? 0),
    order: Uint32Array.from(order),
    delivered: Uint8Array.from(chunks, (chunk) => (chunk.delivered ? 1 : 0)),
  };
}

/** Lists of numbers as flat arrays. */
export function adjacency(lists: Iterable<Iterable<number>>): Adjacency {
  const items: number[] = [];
  const stops: number[] = [];
  for (const list of lists) {
    items.push(...list);
    stops.push(items.length);
  }
  return Adjacency.of(stops, items);
}

/** The numbers that belong to item `i`. */
export function itemsOf(lists: Adjacency, i: number): number[] {
  return [...lists.list(i)];
}

/** A tree that merges `leaves` chunks of 1 byte, `fan` at a time, to one that is delivered. Task i makes chunk i. */
export function treeOf(leaves: number, fan: number): { reads: Adjacency; tasks: number } {
  const lists: number[][] = Array.from({ length: leaves }, () => []);
  let [from, to] = [0, leaves];
  while (to - from > 1) {
    for (let first = from; first < to; first += fan) {
      lists.push(Array.from({ length: Math.min(fan, to - first) }, (_, i) => first + i));
    }
    [from, to] = [to, lists.length];
  }
  return { reads: adjacency(lists), tasks: lists.length };
}

/** The table of tasks that make one chunk of 1 byte each, the last of which is delivered. */
export function unitTable(tasks: number, reads: Adjacency, order: Uint32Array): TaskTable {
  const delivered = new Uint8Array(tasks);
  delivered[tasks - 1] = 1;
  return {
    tasks,
    chunks: tasks,
    reads,
    makes: adjacency(Array.from(identity(tasks), (chunk) => [chunk])),
    bytes: new Float64Array(tasks).fill(1),
    scratch: new Float64Array(tasks),
    order,
    delivered,
  };
}

/** The numbers 0 … n − 1. */
export function identity(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => i);
}
