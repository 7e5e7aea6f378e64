/** The table that the scheduler steers by, made while the tasks are found. */
import { Adjacency } from "../data/adjacency.js";
import { uint32At } from "../data/numbers.js";
import type { Discovery } from "./discovery.js";
import type { Locations } from "./locations.js";
import { orderTasks } from "./order.js";
import { fileBytes } from "./read-bytes.js";
import { blockBytes, taskScratch } from "./sizes.js";
import type { TaskTable } from "./task.js";

/** A table, and what its tasks do, added up. */
export interface Tabulated {
  readonly table: TaskTable;
  /** Bytes of files that are read. */
  readonly bytesToRead: number;
  /** Points of all pieces: how often a loop's body runs. */
  readonly points: number;
}

/**
 * Finds all tasks that the outputs need, and makes their table. `outputs` are the chunks that are wanted; `delivered`
 * those of them that the caller gets.
 */
export function tabulate(
  discovery: Discovery,
  locations: Locations,
  outputs: readonly number[],
  delivered: readonly number[],
): Tabulated {
  const bytes: number[] = [];
  const scratch: number[] = [];
  const read: number[] = [];
  const readStops: number[] = [];
  const madeStops: number[] = [];
  let bytesToRead = 0;
  let allPoints = 0;
  // looking at a task finds the tasks that make what it reads, so their number grows on the way
  for (let task = 0; task < discovery.tasks; task++) {
    const chunks = new Set<number>();
    let points = 0;
    discovery.touch(task, {
      points: (count) => {
        points += count;
      },
      block: (expr, number) => chunks.add(discovery.ask(expr, number)),
      file: (expr, view, box) => {
        bytesToRead += fileBytes(expr, view, box);
      },
    });
    for (const chunk of chunks) read.push(chunk);
    readStops.push(read.length);
    allPoints += points;
    const { planned, block } = discovery.task(task);
    let copies = 0;
    for (const { node, staged } of planned.members) {
      const size = blockBytes(node, block);
      bytes.push(locations.isPlaced(node.expr) ? 0 : size);
      if (staged) copies += size;
      if (planned.routine?.native) copies += size;
    }
    madeStops.push(bytes.length);
    scratch.push(taskScratch(planned.group, block, points) + copies);
  }
  const reads = Adjacency.of(readStops, read);
  const { tasks } = discovery;
  const producer = Uint32Array.from(discovery.producers);
  const roots = outputs.map((chunk) => uint32At(producer, chunk));
  const table = {
    tasks,
    chunks: producer.length,
    reads,
    makes: Adjacency.of(madeStops, producer.keys()), // the chunks of a task have consecutive numbers
    bytes: Float64Array.from(bytes),
    scratch: Float64Array.from(scratch),
    order: orderTasks({ tasks, reads, producer, roots }),
    delivered: new Uint8Array(producer.length),
  };
  for (const chunk of delivered) table.delivered[chunk] = 1;
  return { table, bytesToRead, points: allPoints };
}
