/**
 * The metadata of a new array: from the options of the caller to the documents that readers find.
 *
 * Invariant: the writer follows what the parser reads from these documents; what the format cannot hold is refused
 * here, before anything is made on the disk.
 */
import type { Chunks } from "../../data/chunks.js";
import { type DType, type Element, factsOf } from "../../data/dtype.js";
import { ArgumentError, ChunksError, ShapeError } from "../../data/errors.js";
import { zip } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import { descrOf } from "../descr.js";
import type { Variable } from "../variable.js";
import { byteCodecNames, codecEntry, compressorOf } from "./byte-codecs.js";
import { fillJson } from "./fill-value.js";
import { isObject, type JsonObject, jsonText, type Refuse } from "./json.js";
import { type ArrayMetadata, isName, parseMetadata } from "./metadata.js";
import { attributesFor } from "./variable.js";
import { checkWritable } from "./writing.js";

/** A codec as the metadata of version 3 names it. */
export interface ZarrCodec {
  /** Its name, such as `"zstd"` or `"transpose"`. */
  readonly name: string;
  /** Its settings, such as `{ level: 3 }`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/**
 * A compressor by its name (`"zstd"`, `"gzip"`, `"blosc"`, in version 2 also `"zlib"` and `"lz4"`), with settings or
 * without.
 */
export type ZarrCompressor =
  | "zstd"
  | "gzip"
  | "blosc"
  | "zlib"
  | "lz4"
  | (string & Readonly<Record<never, never>>)
  | ({ readonly name: string } & Readonly<Record<string, unknown>>);

/** How a new Zarr array is stored. */
export interface ZarrStorageOptions {
  /** The version of the format. Default: that of the group it lies in, otherwise 3. */
  readonly zarrFormat?: 2 | 3;
  /**
   * The lengths of a chunk, one for each axis or one for all; −1 means the whole axis. Default: those of the array
   * that is saved, or with shards the largest that are at most about 1 MiB and divide the shard.
   */
  readonly chunks?: number | readonly number[];
  /**
   * The lengths of a shard: a file that holds many chunks, each a multiple of the chunk's. Version 3 only. Default: no
   * shards.
   */
  readonly shards?: number | readonly number[];
  /** How chunks are compressed, or null. Default: `"zstd"`. */
  readonly compressor?: ZarrCompressor | null;
  /**
   * All codecs of version 3 in their order, in the place of `compressor` and `order`; with shards, those of the chunks
   * inside.
   */
  readonly codecs?: readonly ZarrCodec[];
  /** What elements are that were never written. Default: 0, or false. */
  readonly fillValue?: Element;
  /** Attributes of the array: what JSON can hold. Default: none, or with `convert` those of the file. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /**
   * A name for each axis, or null, by which xarray finds the axes. In version 2 they are the attribute
   * `_ARRAY_DIMENSIONS`, and the default of `fillValue` is none: xarray takes it for a missing element.
   */
  readonly dimensionNames?: readonly (string | null)[];
  /**
   * The separator of the numbers in the names of the chunks' files. Default: `"/"` in version 3, `"."` in version 2.
   */
  readonly dimensionSeparator?: "." | "/";
  /** The order of the elements of a chunk in its file. Default: `"C"`, the last axis fastest. */
  readonly order?: "C" | "F";
}

/** The array that is to be written. */
export interface WrittenArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** How it is cut where it is computed. */
  readonly chunks?: Chunks;
  /** What the file that it comes from says of it. */
  readonly variable?: Variable;
}

/** A new array: its metadata, and the texts of the documents that say so by their names. */
export interface Description {
  readonly metadata: ArrayMetadata;
  readonly documents: ReadonlyMap<string, string>;
}

/** With shards and without `chunks`, a chunk is about so large. */
const innerBytes = 2 ** 20;

const operation = "saveZarr";
const refuse: Refuse = (problem) => new ArgumentError(`${operation}: ${problem}`);
const refuseChunks: Refuse = (problem) => new ChunksError(`${operation}: ${problem}`);

/**
 * Describes a new array.
 *
 * @throws ArgumentError, ChunksError, ShapeError
 */
export function describe(array: WrittenArray, options: ZarrStorageOptions): Description {
  const { dtype, shape } = array;
  const { zarrFormat: version = 3, order = "C" } = options;
  if (version !== 2 && version !== 3) throw refuse(`zarrFormat must be 2 or 3, and is ${shown(version)}`);
  for (const [axis, length] of shape.entries()) {
    if (Number.isSafeInteger(length) && length >= 0) continue;
    throw new ShapeError(`${operation}: axis ${axis} has the length ${length}; lengths are whole numbers from 0`);
  }
  const only3 = (["shards", "codecs"] as const).find((name) => options[name] !== undefined);
  if (version === 2 && only3 !== undefined) {
    throw refuse(`${only3} needs zarrFormat 3; version 2 of the format does not have it`);
  }
  if (order !== "C" && order !== "F") throw refuse(`order must be "C" or "F", and is ${shown(order)}`);
  const separator = options.dimensionSeparator ?? (version === 3 ? "/" : ".");
  if (separator !== "." && separator !== "/") {
    throw refuse(`dimensionSeparator must be "." or "/", and is ${shown(separator)}`);
  }
  const { attributes, text, fillValue, names } = variableFor(array, version, options);
  const { part, chunk } = partsOf(array, options);
  const fill = fillValue === null ? null : fillJson(fillValue, dtype);
  const document: JsonObject =
    version === 3
      ? {
          shape,
          data_type: dtype,
          chunk_grid: { name: "regular", configuration: { chunk_shape: part } },
          chunk_key_encoding: { name: "default", configuration: { separator } },
          fill_value: fill,
          codecs: codecsOf(array, chunk, options),
          attributes,
          ...(names === undefined ? {} : { dimension_names: names }),
          zarr_format: 3,
          node_type: "array",
          storage_transformers: [],
        }
      : {
          shape,
          chunks: chunk,
          dtype: descrOf(dtype),
          fill_value: fill,
          order,
          filters: null,
          dimension_separator: separator,
          compressor: compressorEntry(options, 2, dtype),
          zarr_format: 2,
        };
  const documents = new Map([[version === 3 ? "zarr.json" : ".zarray", jsonText(document, operation, true)]]);
  if (version === 2 && Object.keys(attributes).length > 0) documents.set(".zattrs", text);
  const metadata = parseMetadata(document, version, refuse);
  checkWritable(metadata, refuse, refuseChunks);
  return { metadata, documents };
}

/** The attributes of an array with their text, the names of its axes, and the fill value; null: there is none. */
interface VariableParts {
  readonly attributes: JsonObject;
  readonly text: string;
  readonly names: readonly (string | null)[] | undefined;
  readonly fillValue: Element | null;
}

function variableFor(
  { dtype, shape, variable }: WrittenArray,
  version: 2 | 3,
  options: ZarrStorageOptions,
): VariableParts {
  const found = variable === undefined ? { attributes: {} } : attributesFor(variable, version, dtype);
  const { attributes: own = found.attributes, dimensionNames: names = variable?.dimensions } = options;
  if (!isObject(own)) throw refuse("attributes must be a plain object");
  if (names !== undefined && !(Array.isArray(names) && names.length === shape.length && names.every(isName))) {
    throw refuse(`dimensionNames must hold a string or null for each of the ${shape.length} axes`);
  }
  const named = version === 2 && names !== undefined;
  const attributes = named ? { ...own, _ARRAY_DIMENSIONS: names } : own;
  // a file may hold NaN where JSON does not; what a user passes may not
  const text = jsonText(attributes, `${operation}: attributes`, options.attributes === undefined);
  const fillValue = options.fillValue ?? found.fillValue ?? (named ? null : 0);
  return { attributes, text, names, fillValue };
}

function lengths(name: string, given: number | readonly number[], shape: readonly number[]): number[] {
  const list = typeof given === "number" ? shape.map(() => given) : [...given];
  if (list.length !== shape.length) {
    throw new ChunksError(`${operation}: ${name} has ${list.length} lengths; the array has ${shape.length} axes`);
  }
  return zip(list, shape).map(([length, whole], axis) => {
    if (length === -1) return Math.max(1, whole);
    if (Number.isSafeInteger(length) && length >= 1) return length;
    const given = `${name} has the length ${shown(length)} for axis ${axis}`;
    throw new ChunksError(`${operation}: ${given}; lengths are whole numbers from 1, or -1`);
  });
}

function partsOf(
  { dtype, shape, chunks }: WrittenArray,
  options: ZarrStorageOptions,
): { readonly part: number[]; readonly chunk: number[] } {
  // Chunks of several sizes become those of the largest: all of a Zarr array's chunks have one shape.
  const preset = (): number[] =>
    shape.map((length, axis) => Math.max(1, chunks?.[axis]?.reduce((a, b) => Math.max(a, b), 1) ?? length));
  const asked = options.chunks === undefined ? undefined : lengths("chunks", options.chunks, shape);
  if (options.shards === undefined) return { part: asked ?? preset(), chunk: asked ?? preset() };
  const part = lengths("shards", options.shards, shape);
  const chunk = asked ?? innerChunk(part, factsOf(dtype).bytes);
  const bad = zip(part, chunk).findIndex(([length, size]) => length % size !== 0);
  if (bad < 0) return { part, chunk };
  const given = `along axis ${bad} the shard has ${part[bad]} elements, the chunk ${chunk[bad]}`;
  throw new ChunksError(`${operation}: a shard must hold whole chunks: ${given}`);
}

/** The shard cut along its first axes into equal pieces until one has at most about 1 MiB. */
function innerChunk(shard: readonly number[], itemBytes: number): number[] {
  const chunk = [...shard];
  for (const [axis, whole] of shard.entries()) {
    const most = innerBytes / (itemBytes * sizeOf(chunk.toSpliced(axis, 1)));
    let length = Math.min(whole, Math.max(1, Math.floor(most)));
    while (whole % length !== 0) length--;
    chunk[axis] = length;
  }
  return chunk;
}

/** The compressor's entry in the metadata; null where there is none. */
function compressorEntry({ compressor = "zstd" }: ZarrStorageOptions, version: 2 | 3, dtype: DType): JsonObject | null {
  if (compressor === null) return null;
  const { name, ...settings } = typeof compressor === "string" ? { name: compressor } : compressor;
  const known =
    version === 2 ? (["zstd", "gzip", "zlib", "lz4", "blosc"] as const) : (["zstd", "gzip", "blosc"] as const);
  const codec = known.find((one) => one === name);
  if (codec === undefined) {
    throw refuse(`the compressor ${shown(name)} is unknown; version ${version} has ${known.join(", ")}`);
  }
  return codecEntry(compressorOf(codec, settings), version, factsOf(dtype).bytes, refuse);
}

/** The list of codecs of version 3. */
function codecsOf({ dtype, shape }: WrittenArray, chunk: readonly number[], options: ZarrStorageOptions): unknown[] {
  const { codecs, order, shards } = options;
  if (codecs !== undefined && (options.compressor !== undefined || order !== undefined)) {
    throw refuse("codecs replace compressor and order; give either");
  }
  if (codecs !== undefined && !Array.isArray(codecs)) throw refuse("codecs must be a list");
  const endian = { endian: "little" };
  const bytes = { name: "bytes", ...(factsOf(dtype).bytes === 1 ? {} : { configuration: endian }) };
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  const transpose = order === "F" && axes.length > 1 ? [{ name: "transpose", configuration: { order: axes } }] : [];
  const compressor = codecs === undefined ? compressorEntry(options, 3, dtype) : null;
  const inner =
    codecs === undefined
      ? [...transpose, bytes, ...(compressor === null ? [] : [compressor])]
      : codecs.map((codec) => completed(codec, dtype));
  if (shards === undefined) return inner;
  const index_codecs = [{ name: "bytes", configuration: endian }, { name: "crc32c" }];
  const configuration = { chunk_shape: chunk, codecs: inner, index_codecs, index_location: "end" };
  return [{ name: "sharding_indexed", configuration }];
}

/** A codec of the user's with all its settings: other readers may have other defaults. */
function completed(codec: unknown, dtype: DType): unknown {
  if (!isObject(codec)) return codec;
  const { configuration = {} } = codec;
  if (!isObject(configuration)) return codec;
  const name = byteCodecNames.find((known) => codec.name === known || codec.name === `numcodecs.${known}`);
  if (name === undefined) return codec;
  return codecEntry(compressorOf(name, configuration), 3, factsOf(dtype).bytes, refuse);
}
