/**
 * One trial: damaged files are written, opened, and a bounded part of the array is computed within little memory. It
 * comes to an array, or to an error that a program can tell apart and a person understands; anything else is thrown.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  type ChunkedArray,
  ChunkwiseError,
  ComputeError,
  listArrays,
  MemoryLimitError,
  type NDArray,
  open,
} from "chunkwise";
import { sizeOf } from "#src/data/region";
import { overwrite } from "../support/folder.js";
import type { Files } from "./damage.js";
import type { Opening } from "./openings.js";

/** How the array is come by, and where it is computed: on this thread, or by a user's function in a worker. */
export const ways = ["opened", "opened", "opened", "found", "listed", "worker"] as const;
export type Way = (typeof ways)[number];

/** No more of an array is computed: of a Zarr array whose chunks are missing, the shape may be any. */
const [mostRows, mostElements] = [200, 2 ** 20];

const usualLimit = "16MB";

/**
 * What one trial may add to the memory of the process: the limit, what libraries take, and what waits to be collected.
 */
const mostGrown = 128 * 2 ** 20;

/** Rejections that nobody handled. */
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

/** What a trial has left in a folder, by the folder: the next one writes only what differs. */
const placed = new Map<string, Files>();

/** Writes files in the place of what was there. */
function place(folder: string, files: Files): void {
  const before = placed.get(folder);
  placed.delete(folder);
  const stays = before !== undefined && [...before.keys()].every((name) => files.has(name));
  if (!stays) rmSync(folder, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    if (stays && before.get(name) === bytes) continue;
    const path = join(folder, name);
    if (!stays || !before.has(name)) mkdirSync(dirname(path), { recursive: true });
    overwrite(path, bytes);
  }
}

const peak = (): number => process.resourceUsage().maxRSS * 1024;

/**
 * Puts files into a folder, opens and computes; undefined where that was refused in the right way, or was only listed.
 */
export async function attempt(
  { file, open: opening, memoryLimit = usualLimit }: Opening,
  files: Files,
  folder: string,
  way: Way,
): Promise<NDArray | undefined> {
  place(folder, files);
  const path = join(folder, file);
  const before = peak();
  let result: NDArray | undefined;
  try {
    if (way === "listed") await listArrays(path);
    else result = await computed(await (way === "found" ? open(path) : opening(path)), way === "worker", memoryLimit);
  } catch (error) {
    checkError(error, path);
  }
  await setImmediate(); // a rejection that nobody handles is told by now
  if (unhandled.length > 0) throw new Error("a rejection that nobody handled", { cause: unhandled.pop() });
  const grown = peak() - before;
  if (grown > mostGrown) throw new Error(`the process has grown by ${grown} bytes`);
  const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (left.length !== files.size) throw new Error(`there are ${left.length} files now, and were ${files.size}`);
  placed.set(folder, files);
  return result;
}

async function computed(array: ChunkedArray, inWorker: boolean, memoryLimit: string): Promise<NDArray> {
  const rows = array.shape.map((length) => [Math.max(0, length - mostRows), length] as [number, number]);
  const few = sizeOf(array.shape) <= mostElements ? array : array.slice(rows);
  const some = sizeOf(few.shape) <= mostElements ? few : few.slice(few.shape.map(() => [0, 2]));
  return (inWorker ? some.mapBlocks(({ data }) => data) : some).compute({ workers: 1, memoryLimit });
}

/** An error must be ours, also where it comes from a task, and name the file; one about memory names sizes. */
function checkError(error: unknown, path: string): void {
  const reason = error instanceof ComputeError ? error.cause : error;
  if (!(reason instanceof ChunkwiseError)) throw new Error("an error that has no type of ours", { cause: reason });
  if (error instanceof MemoryLimitError || (error as Error).message.includes(path)) return;
  throw new Error("an error that does not name the file", { cause: error });
}
