/**
 * The metadata of a Zarr array, of version 2 (`.zarray`) and 3 (`zarr.json`), in one form: the facts for reading and
 * writing, as plain data that travels to workers.
 *
 *     .zarray ─┐
 *              ├─▶ ArrayMetadata
 *     zarr.json┘
 *
 * Invariant: everything in it has been checked. Lengths are whole numbers whose products can be counted exactly; every
 * codec is one that is read.
 */
import type { DType } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { sizeOf } from "../../data/region.js";
import { namedOf } from "./codec-chain.js";
import { codecsOfV3, pipelineOfV2 } from "./codecs.js";
import { elementOf, elementOfDescr } from "./elements.js";
import { fillOf } from "./fill-value.js";
import { isObject, type JsonObject, type Refuse, shown, withTexts } from "./json.js";
import type { Pipeline, Sharding } from "./pipeline.js";
import { chunksPerShard, INDICES_KEPT, indexLength } from "./shard-index.js";

/** How the keys of chunks are made from their indices. */
export interface ChunkKeys {
  /** The text before the index: `"c"` in Zarr v3, nothing in v2. */
  readonly prefix: "c" | "";
  readonly separator: "." | "/";
}

/** The facts in the metadata of a Zarr array. */
export interface ArrayMetadata {
  readonly version: 2 | 3;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The shape of a chunk, or of a chunk inside a shard. */
  readonly chunk: readonly number[];
  /** The bytes in memory, as hexadecimal digits, of an element that was never written; null if that is left open. */
  readonly fill: string | null;
  readonly keys: ChunkKeys;
  readonly pipeline: Pipeline;
  /** Absent if every chunk has a file of its own. */
  readonly sharding?: Sharding;
  /** The names of the axes, if the metadata has some. */
  readonly dimensions?: readonly (string | null)[];
}

/** What travels to workers beside the fields of every format. */
export interface ZarrParams {
  /** The name of the array in the store. */
  readonly name: string;
  readonly metadata: ArrayMetadata;
  /** The file of metadata that the array was opened by: its key, and what differs when it does. */
  readonly document: { readonly key: string; readonly stamp: string };
}

/** As in NumPy. */
const maxAxes = 64;

/** The key, below the array's own, of the chunk (or the shard) with an index. */
export function chunkKey({ prefix, separator }: ChunkKeys, index: readonly number[]): string {
  if (prefix === "") return index.length === 0 ? "0" : index.join(separator);
  return [prefix, ...index].join(separator);
}

/** The error for a metadata document. */
export function refusal(path: string): Refuse {
  return (problem) => new FormatError(`${path}: ${problem}`, { path });
}

/** A list of lengths; what they multiply to can be counted exactly. */
function lengthsOf(value: unknown, what: string, least: number, refuse: Refuse): number[] {
  if (!Array.isArray(value)) throw refuse(`${what} must be a list of lengths, not ${shown(value)}`);
  if (value.length > maxAxes) throw refuse(`${what} has ${value.length} axes; at most ${maxAxes} are read`);
  const lengths = value.map((length: unknown) => {
    if (typeof length === "number" && Number.isSafeInteger(length) && length >= least) return length;
    throw refuse(`${what} has the length ${shown(length)}; expected whole numbers from ${least}`);
  });
  // axes of length 0 do not count: the strides of the others must be exact numbers too
  const elements = lengths.reduce((product, length) => product * BigInt(Math.max(1, length)), 1n);
  if (elements > BigInt(Number.MAX_SAFE_INTEGER) / 16n) {
    throw refuse(`${what} ${shown(value)} has more than 2^49 elements, the most that are read`);
  }
  return lengths;
}

function chunkOf(value: unknown, what: string, shape: readonly number[], refuse: Refuse): number[] {
  // Some writers cut an axis of length 0 into chunks of 0.
  const lengths = Array.isArray(value)
    ? value.map((size, axis) => (shape[axis] === 0 && size === 0 ? 1 : size))
    : value;
  const chunk = lengthsOf(lengths, what, 1, refuse);
  if (chunk.length === shape.length) return chunk;
  throw refuse(`${what} has ${chunk.length} axes, and the shape has ${shape.length}`);
}

function separatorOf(value: unknown, refuse: Refuse): "." | "/" {
  if (value === "." || value === "/") return value;
  throw refuse(`the separator of chunk keys must be "." or "/", not ${shown(value)}`);
}

/**
 * Reads the metadata of an array.
 *
 * @throws what `refuse` makes of the first thing that is wrong or not read
 */
export function parseMetadata(document: JsonObject, version: 2 | 3, refuse: Refuse): ArrayMetadata {
  const { attributes, ...own } = document;
  const facts = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, withTexts(value)]));
  return version === 2 ? parseV2(facts, refuse) : parseV3(facts, refuse);
}

function parseV2(document: JsonObject, refuse: Refuse): ArrayMetadata {
  if (document.zarr_format !== 2) throw refuse(`zarr_format must be 2, not ${shown(document.zarr_format)}`);
  const shape = lengthsOf(document.shape, "shape", 0, refuse);
  const chunk = chunkOf(document.chunks, "chunks", shape, refuse);
  const element = elementOfDescr(document.dtype, refuse);
  return {
    version: 2,
    shape,
    dtype: element.dtype,
    chunk,
    fill: fillOf(document.fill_value, element, refuse),
    keys: { prefix: "", separator: separatorOf(document.dimension_separator ?? ".", refuse) },
    pipeline: pipelineOfV2(document, shape.length, element, refuse),
  };
}

/** The members of the metadata of a Zarr v3 array; anything else must say that it need not be understood. */
const fields = [
  "zarr_format",
  "node_type",
  "shape",
  "data_type",
  "chunk_grid",
  "chunk_key_encoding",
  "codecs",
  "fill_value",
  "dimension_names",
  "storage_transformers",
  "consolidated_metadata",
];

function parseV3(document: JsonObject, refuse: Refuse): ArrayMetadata {
  if (document.zarr_format !== 3) throw refuse(`zarr_format must be 3, not ${shown(document.zarr_format)}`);
  for (const [name, value] of Object.entries(document)) {
    if (fields.includes(name) || (isObject(value) && value.must_understand === false)) continue;
    throw refuse(`the metadata has ${shown(name)}, which is not known and may change what the elements mean`);
  }
  const transformers = document.storage_transformers ?? [];
  if (!Array.isArray(transformers) || transformers.length > 0) throw refuse("storage_transformers are not read");
  const shape = lengthsOf(document.shape, "shape", 0, refuse);
  const grid = namedOf(document.chunk_grid, "chunk_grid", refuse);
  if (grid.name !== "regular") throw refuse(`the chunk grid ${shown(grid.name)} is not read; known is "regular"`);
  const chunk = chunkOf(grid.configuration.chunk_shape, "chunk_shape", shape, refuse);
  const element = elementOf(document.data_type, refuse);
  const { dimension_names: dimensions } = document;
  if (document.fill_value === undefined || document.fill_value === null) throw refuse("fill_value is missing");
  const codecs = codecsOfV3(document.codecs, chunk, element, refuse);
  for (let level = codecs.sharding; level !== undefined; level = level.inside) {
    const inShard = sizeOf(chunksPerShard(level));
    if (inShard > mostInShard) throw refuse(`a shard holds ${inShard} chunks; at most ${mostInShard} are read`);
  }
  return {
    version: 3,
    shape,
    dtype: element.dtype,
    ...codecs,
    fill: fillOf(document.fill_value, element, refuse),
    keys: keysOf(document.chunk_key_encoding, refuse),
    ...(dimensions === undefined || dimensions === null ? {} : { dimensions: namesOf(dimensions, shape, refuse) }),
  };
}

function keysOf(value: unknown, refuse: Refuse): ChunkKeys {
  const { name, configuration } = namedOf(value, "chunk_key_encoding", refuse);
  if (name === "default") return { prefix: "c", separator: separatorOf(configuration.separator ?? "/", refuse) };
  if (name === "v2") return { prefix: "", separator: separatorOf(configuration.separator ?? ".", refuse) };
  throw refuse(`the chunk key encoding ${shown(name)} is not read; expected "default" or "v2"`);
}

/** True for the name of an axis, or null. */
export function isName(name: unknown): name is string | null {
  return name === null || typeof name === "string";
}

function namesOf(value: unknown, shape: readonly number[], refuse: Refuse): (string | null)[] {
  if (Array.isArray(value) && value.length === shape.length && value.every(isName)) return value;
  throw refuse(`dimension_names must be a list of ${shape.length} names, not ${shown(value)}`);
}

/** An index is read as a whole, so it must not be huge: 16 bytes for each chunk. */
const mostInShard = 2 ** 20;

/** The shape of the part in one file: a shard, or a chunk if there are no shards. */
export function fileShape({ chunk, sharding }: ArrayMetadata): readonly number[] {
  return sharding?.shard ?? chunk;
}

/** The bytes of a chunk before it is compressed. */
export function chunkBytes({ chunk, pipeline }: ArrayMetadata): number {
  return sizeOf(chunk) * storedBytes(pipeline.stored);
}

/** Whether chunks are in their files byte by byte, so that a part of one can be read by itself. */
export function isPlain({ pipeline }: ArrayMetadata): boolean {
  return pipeline.compressors.length === 0 && pipeline.filters.length === 0;
}

/** The bytes of a shard's index, and of those that are kept of the shards in it; 0 without shards. */
export function indexBytes({ sharding }: Pick<ArrayMetadata, "sharding">): number {
  let bytes = sharding === undefined ? 0 : indexLength(sharding);
  for (let level = sharding?.inside; level !== undefined; level = level.inside)
    bytes += INDICES_KEPT * indexLength(level);
  return bytes;
}

/** The most bytes that a chunk may have in its file: compression may fail, but adds little then. */
export function mostCompressed(metadata: ArrayMetadata): number {
  const bytes = chunkBytes(metadata);
  return isPlain(metadata) ? bytes : bytes + Math.ceil(bytes / 8) + 2 ** 16;
}
