/**
 * Opens Zarr arrays and lists groups: only metadata is read.
 *
 * Invariant: the {@link EncodedArray} has everything that a worker needs; it reads no metadata again.
 */
import type { Chunks } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { zip } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { ReadableStore } from "../../storage/stores/capabilities.js";
import { keyBelow } from "../../storage/stores/capabilities.js";
import { planRead } from "../../storage/strided-layout.js";
import { timeAttributes } from "../times.js";
import { timeInMetadata } from "./elements.js";
import { undoingOf } from "./filters.js";
import { gridOfParts, orderOf, strideInChunk } from "./grid.js";
import { type HierarchyNode, nameOf, namesOfArrays, nodeAt, nodesBelow } from "./hierarchy.js";
import type { JsonObject } from "./json.js";
import {
  type ArrayMetadata,
  chunkBytes,
  chunkKey,
  indexBytes,
  isPlain,
  mostCompressed,
  parseMetadata,
  refusal,
  type ZarrParams,
} from "./metadata.js";
import { shardsKept } from "./sources.js";
import { readableStoreAt } from "./store.js";

/** The options of opening a Zarr array. */
export interface ZarrOpenOptions {
  /**
   * The name of the array (or the group) inside the store, such as `"group/array"`. Default: the array or the group at
   * the path itself.
   */
  readonly path?: string;
}

/** A Zarr array that was opened. */
export interface OpenedZarr {
  readonly array: EncodedArray;
  /** The array's attributes. Whole numbers beyond 2^53 in them are bigints. */
  readonly attributes: JsonObject;
}

/** An array in a Zarr group. */
export interface ZarrEntry {
  /** Its name in the store. */
  readonly path: string;
  readonly shape: readonly number[];
  /** chunkwise's name of the dtype, or the metadata's where it is not read. */
  readonly dtype: string;
  /** Why the array cannot be opened; absent where it can. */
  readonly refused?: string;
}

/** The most bytes of a chunk that is decoded as a whole. */
const MOST_CHUNK_BYTES = 2 ** 31 - 1;

/**
 * Opens a Zarr array of version 2 or 3 in a folder or a zip archive. Reads metadata only: its memory is that of the
 * metadata. Shapes and dtypes are the array's; float16 is widened to float32.
 *
 * ```ts
 * const { array, attributes } = await open("climate.zarr", { path: "surface/temperature" });
 * ```
 *
 * @throws StorageError if nothing is at the path, or it cannot be read
 * @throws FormatError if it is not a Zarr array, is a group or damaged, or has a dtype or a codec that is not supported
 * @throws ArgumentError if the path inside the store is not a name
 * @example
 * const { array } = await open("climate.zarr", { path: "temperature" });
 */
export async function open(path: string, options: ZarrOpenOptions = {}): Promise<OpenedZarr> {
  const store = readableStoreAt(path);
  const node = await nodeAt(store, nameOf(options.path ?? ""));
  if (node.kind === "group") {
    const names = namesOfArrays(await nodesBelow(store, node));
    const place = keyBelow(path, node.name);
    throw new FormatError(`${place} is a Zarr group; open one of its arrays by its path: ${names}`, { path: place });
  }
  const metadata = parse(node);
  const { shape, dtype } = metadata;
  await undoingOf(metadata.pipeline.filters, refusal(node.path));
  const bytes = chunkBytes(metadata);
  if (!isPlain(metadata) && bytes > MOST_CHUNK_BYTES) {
    const limit = `at most ${MOST_CHUNK_BYTES} can be`;
    throw refusal(node.path)(`its chunks have ${bytes} bytes, and must be decoded as a whole; ${limit}`);
  }
  const grid = gridOfParts(metadata);
  const array: EncodedArray = {
    format: "zarr",
    path,
    version: `${node.stamp} ${node.path}`,
    dtype,
    shape,
    grid,
    order: orderOf(metadata),
    workspace: workspaceOf(metadata, grid),
    storedBytes: await storedSize(store, node.name, metadata),
    params: { name: node.name, metadata, document: { key: node.key, stamp: node.stamp } } satisfies ZarrParams,
  };
  return { array, attributes: attributesOf(node) };
}

function parse(node: HierarchyNode): ArrayMetadata {
  return parseMetadata(node.content, node.version, refusal(node.path));
}

/**
 * The attributes of a Zarr array or group. Whole numbers beyond 2^53 in them are bigints.
 *
 * @throws StorageError if nothing is at the path; FormatError if it is not Zarr, or damaged
 */
export async function attributes(path: string, inside = ""): Promise<JsonObject> {
  return attributesOf(await nodeAt(readableStoreAt(path), nameOf(inside)));
}

/** The attributes of a node; of an array of times, also what they count. */
export function attributesOf({ attributes, content }: HierarchyNode): JsonObject {
  return { ...timeAttributes(timeInMetadata(content)), ...attributes };
}

/**
 * The arrays in a Zarr group and all groups below it, by name; of an array, itself. Reads metadata only, and where a
 * group has consolidated metadata, only that.
 *
 * @throws StorageError if nothing is at the path; FormatError if it is not Zarr, or damaged
 * @example
 * for (const { path, shape, dtype } of await list("climate.zarr")) console.log(path, shape, dtype);
 */
export async function list(path: string, options: ZarrOpenOptions = {}): Promise<ZarrEntry[]> {
  const store = readableStoreAt(path);
  const node = await nodeAt(store, nameOf(options.path ?? ""));
  const nodes = node.kind === "array" ? [node] : await nodesBelow(store, node);
  return nodes.filter(({ kind }) => kind === "array").map(entryOf);
}

function entryOf(node: HierarchyNode): ZarrEntry {
  try {
    const { shape, dtype } = parse(node);
    return { path: node.name, shape, dtype };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // an array that cannot be read does not hide the others
    const { shape, data_type, dtype = data_type } = node.content;
    const lengths: number[] = Array.isArray(shape) && shape.every((length) => typeof length === "number") ? shape : [];
    const name = typeof dtype === "string" ? dtype : JSON.stringify(dtype);
    return { path: node.name, shape: lengths, dtype: name ?? "unknown", refused: error.message };
  }
}

/** The bytes that reading a part takes beside the box; see reader.ts for where they go. */
function workspaceOf(metadata: ArrayMetadata, grid: Chunks): number {
  const index = shardsKept(metadata) * indexBytes(metadata);
  const { dtype, chunk, pipeline } = metadata;
  if (isPlain(metadata)) {
    const largest = zip(grid, chunk).map(([sizes, length]) => Math.min(length, Math.max(1, ...sizes)));
    const { length } = planRead(strideInChunk(metadata, chunk), largest, storedBytes(pipeline.stored));
    return index + length * (storedBytes(pipeline.stored) + factsOf(dtype).bytes);
  }
  const decoded = sizeOf(chunk) * factsOf(dtype).bytes;
  const bytes = chunkBytes(metadata);
  const compressed = mostCompressed(metadata);
  // The file, what comes out of each codec, and the same once more in a codec's own memory; then what filters make.
  return index + 2 * (compressed + bytes) + (pipeline.filters.length + 2) * Math.max(decoded, bytes);
}

/** The bytes on disk of an element, judged by the first chunk. */
async function storedSize(store: ReadableStore, name: string, metadata: ArrayMetadata): Promise<number> {
  const { shape, chunk, keys, sharding } = metadata;
  const key = keyBelow(
    name,
    chunkKey(
      keys,
      shape.map(() => 0),
    ),
  );
  const first = sizeOf(shape) === 0 ? undefined : await store.open(key);
  if (first === undefined) return storedBytes(metadata.pipeline.stored);
  await first.close();
  return first.size / sizeOf(sharding?.shard ?? chunk);
}
