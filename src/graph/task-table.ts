/** The table that the scheduler steers by, made while the tasks are found. */
import { Adjacency } from "../data/adjacency.js";
import { Float64List, Uint32List, uint32At } from "../data/numbers.js";
import type { Discovery } from "./discovery.js";
import type { Locations } from "./locations.js";
import { orderTasks } from "./order.js";
import type { PlanSize } from "./plan-size.js";
import { fileBytes } from "./read-bytes.js";
import { blockBytes, taskScratch } from "./sizes.js";
import type { TaskTable } from "./task.js";
import type { TouchListener } from "./touch.js";

/** A table, and what its tasks do, added up. */
export interface Tabulated {
  readonly table: TaskTable;
  /** Bytes of files that are read. */
  readonly bytesToRead: number;
  /** Points of all pieces: how often a loop's body runs. */
  readonly points: number;
}

/** The chunks of a result, and whether the caller gets them. */
export interface ResultChunks {
  readonly chunks: Uint32Array;
  readonly delivered: boolean;
}

/** Finds all tasks that the results need, and makes their table. */
export function tabulate(
  discovery: Discovery,
  locations: Locations,
  results: readonly ResultChunks[],
  plan: PlanSize,
): Tabulated {
  const bytes = new Float64List();
  const scratch = new Float64List();
  const read = new Uint32List();
  const readStops = new Uint32List();
  const madeStops = new Uint32List();
  let made = 0;
  let bytesToRead = 0;
  let allPoints = 0;
  let points = 0;
  const chunks = new Set<number>();
  const listener: TouchListener = {
    points: (count) => {
      points += count;
    },
    block: (expr, number) => chunks.add(discovery.ask(expr, number)),
    file: (expr, view, box) => {
      bytesToRead += fileBytes(expr, view, box);
    },
  };
  // looking at a task finds the tasks that make what it reads, so their number grows on the way
  for (let task = 0; task < discovery.tasks; task++) {
    chunks.clear();
    points = 0;
    discovery.touch(task, listener);
    for (const chunk of chunks) read.push(chunk);
    readStops.push(read.length);
    allPoints += points;
    const { planned, block } = discovery.task(task);
    plan.add(planned.members[0].node.expr, 0, chunks.size);
    let copies = 0;
    for (const { node, staged } of planned.members) {
      const size = blockBytes(node, block);
      bytes.push(locations.isPlaced(node.expr) ? 0 : size);
      made++;
      if (staged) copies += size;
      if (planned.routine?.native) copies += size;
    }
    madeStops.push(made);
    scratch.push(taskScratch(planned.group, block, points) + copies);
  }
  const reads = Adjacency.of(readStops.items, read.items);
  const { tasks, producers: producer } = discovery;
  const table = {
    tasks,
    chunks: producer.length,
    reads,
    makes: Adjacency.of(madeStops.items, countedUpTo(made)), // the chunks of a task have consecutive numbers
    bytes: bytes.items,
    scratch: scratch.items,
    order: orderTasks({ tasks, reads, producer, roots: rootsOf(results, producer) }),
    delivered: new Uint8Array(producer.length),
  };
  for (const result of results) if (result.delivered) for (const chunk of result.chunks) table.delivered[chunk] = 1;
  return { table, bytesToRead, points: allPoints };
}

function countedUpTo(count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let number = 0; number < count; number++) numbers[number] = number;
  return numbers;
}

/** The tasks that make the results, in the order in which the results are wanted. */
function* rootsOf(results: readonly ResultChunks[], producer: Uint32Array): Generator<number, void, void> {
  for (const { chunks } of results) for (const chunk of chunks) yield uint32At(producer, chunk);
}
