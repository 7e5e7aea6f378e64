/**
 * Begins to write a Zarr array: a new one, one in the place of another, more of one, or a part of one. Nothing is
 * touched under the target's name before `commit`; until then all parts lie in a folder beside it.
 *
 * ```
 * create ─▶ staging folder ─▶ workers write parts, each with a line in the journal ─▶ commit
 *                 │                                                                     │
 *                 └─ discard: removed; with `resume` kept for the next try              ├─ new: one rename
 *                                                                                       ├─ overwrite: two renames
 *                                                                                       └─ append, region: a rename for
 *                                                                                          each part, then the shape
 * ```
 *
 * Invariant: only when the journal names every part is anything committed. A former array is whole until the new one
 * is; appended parts are not seen before the shape grows, in one rename, and parts that are written anew hold the same
 * elements as before where the array was. An append that fails is undone. Processes commit one after the other, and
 * what was planned for an array that has changed since is refused.
 */
import { existsSync } from "node:fs";
import { ArgumentError, StorageError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import type { Destination } from "../format.js";
import { aloneWithArray } from "./alone.js";
import { describe, type WrittenArray, type ZarrStorageOptions } from "./description.js";
import { beginWriting } from "./destination.js";
import { edgeStamp } from "./edge.js";
import { formatOfGroups } from "./groups.js";
import type { OwnHierarchyNode } from "./hierarchy.js";
import { type ArrayMetadata, parseMetadata, refusal } from "./metadata.js";
import { open } from "./open.js";
import { type Placement, placementIn } from "./placing.js";
import { restoreFormer, waitingFormer } from "./staging-folder.js";
import { arrayToExtend, formerArray, targetAt } from "./target.js";
import type { ZarrTarget } from "./write-plan.js";
import { checkWritable } from "./writing.js";

/** How an array is written as Zarr. */
export interface ZarrWriteOptions extends ZarrStorageOptions {
  /**
   * The array's path inside the store, such as `"group/x"`; groups that are missing are made. Default: the store
   * itself is the array.
   */
  readonly path?: string;
  /**
   * What happens with an array that is there: `"create"` refuses it, `"overwrite"` replaces it, `"append"` adds to it
   * along `axis`, wherever it ends; of several appends at the same time, those that another one has overtaken are
   * refused with a ConflictError. Default: `"create"`; with `region`, the region is replaced.
   */
  readonly mode?: "create" | "overwrite" | "append";
  /** The axis along which `mode: "append"` adds. Default: 0. */
  readonly axis?: number;
  /**
   * The part of an existing array that is written: for each axis `[start, stop]`, or null for all of it. It must begin
   * and end where chunks (or shards) do.
   */
  readonly region?: readonly (readonly [start: number, stop: number] | null)[];
  /** True when files are made also for chunks with nothing but the fill value. Default: false; readers see the same. */
  readonly writeEmptyChunks?: boolean;
  /** True when parts that an interrupted run with the same `key` has written are kept. Default: false. */
  readonly resume?: boolean;
  /**
   * With `resume`: a text that identifies what is written, such as the hash of the expression; only equal keys share
   * parts.
   */
  readonly key?: string;
}

/** The options that do not describe a new array. */
const general = ["path", "mode", "axis", "region", "writeEmptyChunks", "resume", "key"];

const operation = "saveZarr";

/**
 * Begins to write an array as Zarr, version 2 or 3, with shards or without. The destination's grid has one part for
 * each file: a chunk or a shard. For `append` and `region`, the destination is only what is added or replaced.
 *
 * ```ts
 * const destination = await createZarr("x.zarr", { dtype: "float32", shape: [1000, 1000] }, { chunks: [100, 1000] });
 * // workers write each part of destination.array.grid with zarrWriter(destination.array)
 * await destination.commit(); // or destination.discard()
 * ```
 *
 * Where the array ends inside of chunks or shards along the axis, appending reads these and writes them anew. A crash
 * in the middle of the commit of a region leaves some of its chunks new and some as they were, each of them whole.
 *
 * @throws ArgumentError for options that do not fit together; ChunksError where chunks, shards or a region do not fit
 *    to the array's grid; ShapeError, DTypeError, AxisError, OutOfBoundsError where they do not fit to an existing
 *    array
 * @throws ConflictError by the commit, which has written nothing, where someone else has changed the metadata or the
 *    files at the edge since, has made an array under the name of a new one, or keeps the array locked for a minute
 * @throws StorageError if something else is there, or the folder cannot be written; FormatError if the array that
 *   exists is damaged, or has codecs that cannot be written
 */
export async function createZarr(
  path: string,
  array: WrittenArray,
  options: ZarrWriteOptions = {},
): Promise<Destination> {
  const { resume = false, region, writeEmptyChunks: writeEmpty = false } = options;
  const mode = options.mode ?? (region === undefined ? "create" : "region");
  if (mode !== "create" && mode !== "overwrite" && mode !== "append" && mode !== "region") {
    throw new ArgumentError(`${operation}: mode must be "create", "overwrite" or "append", and is ${shown(mode)}`);
  }
  if (region !== undefined && mode !== "region") {
    throw new ArgumentError(`${operation}: a region replaces a part of an array; leave mode: "${mode}" out`);
  }
  const key = resume ? checkedKey(options.key) : undefined;
  const target = targetAt(path, options.path);
  if (waitingFormer(target.folder, target.path) !== undefined) await alone(target, () => undefined);
  const shared = { target, writeEmpty, ...(key === undefined ? {} : { key }) };
  if (mode === "append" || mode === "region") {
    return await beginWriting({ ...shared, mode, ...(await extension(target, array, options)) });
  }
  const former = await formerArray(target, mode);
  const { placement, documents } = await newArray(target, array, options);
  return await beginWriting({
    ...shared,
    mode,
    placement,
    documents,
    ...(former === undefined ? {} : { former }),
  });
}

/** Restores a former array of a target if there is one, and runs, with the lock of the target. */
async function alone<T>(target: ZarrTarget, run: () => T | Promise<T>): Promise<T> {
  return await aloneWithArray(target, 3, () => {
    restoreFormer(target.folder, target.path);
    return run();
  });
}

/** Plans the extension of an array. */
async function extension(target: ZarrTarget, array: WrittenArray, options: ZarrWriteOptions) {
  const plan = async () => {
    const former = await arrayToExtend(target);
    checkExtension(target, options);
    const placement = placementIn(writable(former), array, { ...options, name: target.name });
    const stamp = await edgeStamp({ target, placement });
    const atEdge = stamp === undefined ? {} : { atEdge: { array: (await open(target.path)).array, stamp } };
    return { former, placement, ...atEdge };
  };
  try {
    return await plan();
  } catch (error) {
    // between the two renames of a replacement nothing is there
    const isMissing = error instanceof StorageError && error.systemCode === "ENOENT";
    if (!isMissing || !(existsSync(target.path) || waitingFormer(target.folder, target.path))) throw error;
    return await alone(target, plan);
  }
}

function checkedKey(key: string | undefined): string {
  if (typeof key === "string" && key !== "") return key;
  throw new ArgumentError(`${operation}: resume needs a key that identifies what is written`);
}

/** An array that is extended keeps its own codecs, attributes and so on. */
function checkExtension({ name }: ZarrTarget, options: ZarrWriteOptions): void {
  const given = Object.entries(options).find(([option, value]) => value !== undefined && !general.includes(option));
  if (given === undefined) return;
  throw new ArgumentError(`${operation}: ${given[0]} belongs to a new array; the one at ${name} has its own`);
}

/** The metadata of an array that is to be extended. @throws FormatError when it is damaged, or cannot be written */
function writable({ content, version, path }: OwnHierarchyNode): ArrayMetadata {
  const refuse = refusal(path);
  const metadata = parseMetadata(content, version, refuse);
  checkWritable(metadata, refuse, refuse);
  return metadata;
}

/** A new array, in the version of the groups around it. */
async function newArray(
  { levels, name }: ZarrTarget,
  array: WrittenArray,
  options: ZarrWriteOptions,
): Promise<{ readonly placement: Placement; readonly documents: ReadonlyMap<string, string> }> {
  const around = await formatOfGroups(levels);
  const zarrFormat = options.zarrFormat ?? around ?? 3;
  if (around !== undefined && around !== zarrFormat) {
    const hidden = `an array of version ${zarrFormat} would not be found there`;
    throw new ArgumentError(`${operation}: ${name} is in a group of version ${around} of the format; ${hidden}`);
  }
  const { metadata, documents } = describe(array, { ...options, zarrFormat });
  return { placement: { metadata, shape: array.shape, first: array.shape.map(() => 0) }, documents };
}
