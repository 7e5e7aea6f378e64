/**
 * Begins to write a Zarr array: a new one, one in the place of another, more of one, or a part of one. Nothing is touched
 * under the target's name before `commit`; until then all parts lie in a folder beside it.
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
 * Invariant: only when the journal names every part is anything committed. A former array is whole until the new one is;
 * appended parts are not seen before the shape grows, in one rename.
 */
import { accessSync, constants, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ArgumentError, FormatError, StorageError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";
import { storeAt } from "../../storage/stores/local-store.js";
import type { Destination } from "../format.js";
import { describe, type WrittenArray, type ZarrStorageOptions } from "./description.js";
import { beginWriting, type ZarrTarget } from "./destination.js";
import { formatOfGroups, levelsOf } from "./groups.js";
import { type OwnHierarchyNode, ownNode } from "./hierarchy.js";
import { type ArrayMetadata, parseMetadata, refusal } from "./metadata.js";
import { type Placement, placementIn } from "./placing.js";
import { restoreFormer } from "./staging-folder.js";
import { checkWritable } from "./writing.js";

/** How an array is written as Zarr. */
export interface ZarrWriteOptions extends ZarrStorageOptions {
  /** The array's path inside the store, such as `"group/x"`; groups that are missing are made. Default: the store itself is the array. */
  readonly path?: string;
  /**
   * What happens with an array that is there: `"create"` refuses it, `"overwrite"` replaces it, `"append"` adds to it along
   * `axis`. Default: `"create"`; with `region`, the region is replaced.
   */
  readonly mode?: "create" | "overwrite" | "append";
  /** The axis along which `mode: "append"` adds. Default: 0. */
  readonly axis?: number;
  /**
   * The part of an existing array that is written: for each axis `[start, stop]`, or null for all of it. It must begin and
   * end where chunks (or shards) do.
   */
  readonly region?: readonly (readonly [start: number, stop: number] | null)[];
  /** True when files are made also for chunks with nothing but the fill value. Default: false; readers see the same. */
  readonly writeEmptyChunks?: boolean;
  /** True when parts that an interrupted run with the same `key` has written are kept. Default: false. */
  readonly resume?: boolean;
  /** With `resume`: what is written, in a word, such as the hash of the expression; only equal keys share parts. */
  readonly key?: string;
}

/** The options that do not describe a new array. */
const general = ["path", "mode", "axis", "region", "writeEmptyChunks", "resume", "key"];

const operation = "saveZarr";

/**
 * Begins to write an array as Zarr, version 2 or 3, with shards or without. The destination's grid has one part for each
 * file: a chunk or a shard. For `append` and `region`, the destination is only what is added or replaced.
 *
 * ```ts
 * const destination = await createZarr("x.zarr", { dtype: "float32", shape: [1000, 1000] }, { chunks: [100, 1000] });
 * // workers write each part of destination.array.grid with zarrWriter(destination.array)
 * await destination.commit(); // or destination.discard()
 * ```
 *
 * Appending must begin where a chunk begins: an array whose last chunk along the axis is not full is refused. A crash in the
 * middle of the commit of a region leaves some of its chunks new and some as they were, each of them whole.
 *
 * @throws ArgumentError for options that do not fit together; ChunksError where chunks, shards or a region do not fit to the
 *   array's grid; ShapeError, DTypeError, AxisError, OutOfBoundsError where they do not fit to an existing array
 * @throws StorageError when something stands in the way, or the folder cannot be written; FormatError when the array that
 *   exists is damaged, or has codecs that cannot be written
 */
export async function createZarr(
  path: string,
  array: WrittenArray,
  options: ZarrWriteOptions = {},
): Promise<Destination> {
  const { resume = false, key, region } = options;
  const mode = options.mode ?? (region === undefined ? "create" : "region");
  if (mode !== "create" && mode !== "overwrite" && mode !== "append" && mode !== "region") {
    throw new ArgumentError(`${operation}: mode must be "create", "overwrite" or "append", and is ${String(mode)}`);
  }
  if (region !== undefined && mode !== "region") {
    throw new ArgumentError(`${operation}: a region replaces a part of an array; leave mode: "${mode}" out`);
  }
  if (resume && (typeof key !== "string" || key === "")) {
    throw new ArgumentError(`${operation}: resume needs a key that tells what is written`);
  }
  const target = locate(path, options.path);
  restoreFormer(target.folder, target.path);
  const node = await formerNode(target, mode);
  const extending = mode === "append" || mode === "region";
  if (extending) {
    const given = Object.entries(options).find(([name, value]) => value !== undefined && !general.includes(name));
    if (given !== undefined) {
      throw new ArgumentError(
        `${operation}: ${given[0]} belongs to a new array; the one at ${target.name} has its own`,
      );
    }
  }
  const { place, documents } = extending
    ? { place: placementIn(writable(node!), array, { ...options, name: target.name }), documents: new Map() }
    : await newArray(target, array, options);
  return await beginWriting({
    target,
    mode,
    place,
    documents,
    ...(node === undefined ? {} : { former: node }),
    writeEmpty: options.writeEmptyChunks ?? false,
    ...(resume ? { key: key! } : {}),
  });
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
): Promise<{ readonly place: Placement; readonly documents: ReadonlyMap<string, string> }> {
  const around = await formatOfGroups(levels);
  const zarrFormat = options.zarrFormat ?? around ?? 3;
  if (around !== undefined && around !== zarrFormat) {
    throw new ArgumentError(
      `${operation}: ${name} lies in a group of version ${around} of the format; an array of version ${zarrFormat} would not be found there`,
    );
  }
  const { metadata, documents } = describe(array, { ...options, zarrFormat });
  return { place: { metadata, shape: array.shape, first: array.shape.map(() => 0) }, documents };
}

/** The paths of an array that is to be written. */
function locate(path: string, inner: string | undefined): ZarrTarget {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new ArgumentError(`${operation}: the path must be the name of a folder, and is ${JSON.stringify(path)}`);
  }
  const parts = inner === undefined ? [] : inner.replace(/^\/+|\/+$/g, "").split("/");
  const bad = parts.find((part) => part === "" || part === "." || part === ".." || /[\\\0]|^__/.test(part));
  if (bad !== undefined || inner === "") {
    throw new ArgumentError(
      `${operation}: the path ${JSON.stringify(inner)} inside the store must be names with "/" between them; none is empty, ".", "..", begins with "__" or has a backslash`,
    );
  }
  const given = path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
  try {
    const root = realOf(resolve(given));
    // The folder around a store must be there: one that is missing is mostly a mistake in the path.
    let folder = dirname(root);
    if (!statSync(folder).isDirectory()) {
      throw new StorageError(`cannot write ${given}: ${folder} is no folder`, { path: given, systemCode: "ENOTDIR" });
    }
    const full = realOf(join(root, ...parts));
    for (let level = dirname(full); level !== dirname(root); level = dirname(level)) {
      if (statSync(level, { throwIfNoEntry: false }) === undefined) continue;
      folder = level;
      break;
    }
    return { name: join(given, ...parts), path: full, folder, levels: levelsOf(root, parts) };
  } catch (cause) {
    throw failure(`write ${given}`, given, cause);
  }
}

/** A path with links followed, so that a link stays a link, where something stands there. */
function realOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
}

/** The array that stands under the target's name, if the mode lets it be there. */
async function formerNode(target: ZarrTarget, mode: string): Promise<OwnHierarchyNode | undefined> {
  const { name, path } = target;
  const refuse = (why: string, systemCode?: string): StorageError =>
    new StorageError(`cannot write ${name}: ${why}`, {
      path: name,
      ...(systemCode === undefined ? {} : { systemCode }),
    });
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    const extending = mode === "append" || mode === "region";
    if (stats === undefined) {
      if (!extending) return undefined;
      throw refuse(`there is no array; mode: "create" makes one`, "ENOENT");
    }
    if (!stats.isDirectory()) throw refuse("a file stands there; a Zarr array is a folder", "ENOTDIR");
    const node = await ownNode(storeAt(path));
    if (node?.kind === "array") {
      if (mode === "create") {
        throw refuse(`there is an array already; mode: "overwrite" replaces it, "append" adds to it`, "EEXIST");
      }
      if (extending) accessSync(path, constants.W_OK);
      return node;
    }
    if (node?.kind === "group") throw refuse("there is a group; give the path of an array inside it", "EEXIST");
    if (extending) throw refuse("the folder holds no Zarr array", "ENOENT");
    if (readdirSync(path).length > 0) throw refuse("the folder is not empty, and holds no Zarr array", "EEXIST");
    return undefined;
  } catch (cause) {
    // Metadata that is damaged must not hinder its replacement.
    if (mode === "overwrite" && cause instanceof FormatError) {
      throw refuse(`${cause.message}; remove the folder if it may go`);
    }
    throw failure(`write ${name}`, name, cause);
  }
}
