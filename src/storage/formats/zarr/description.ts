/**
 * A new array in the words of its metadata: from what the caller asks for to the layout that the writer follows and the
 * documents that readers find.
 *
 * Invariant: the documents say exactly what the layout says; what the format cannot hold is refused here, before anything
 * is made on the disk.
 */
import { type Chunks, cut } from "../../../data/chunks.js";
import { type DType, type Element, factsOf } from "../../../data/dtype.js";
import { ArgumentError, ChunksError, ShapeError } from "../../../data/errors.js";
import { sizeOf } from "../../../data/region.js";
import { descrOf } from "../descr.js";
import { mostEncoded } from "./byte-codecs.js";
import { codecJson, readCodec2, readCodecs } from "./codec-names.js";
import { fillBytes, fillJson } from "./fill-value.js";
import { type Json, JsonNumber, type JsonObject, toJson } from "./json-text.js";
import type { Pipeline, WrittenLayout } from "./written-layout.js";

/** A codec as the metadata of version 3 names it. */
export interface ZarrCodec {
  /** Its name, such as `"zstd"` or `"transpose"`. */
  readonly name: string;
  /** Its settings, such as `{ level: 3 }`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** A compressor by its name (`"zstd"`, `"gzip"`, `"blosc"`, in version 2 also `"zlib"` and `"lz4"`), with settings or without. */
export type ZarrCompressor = string | ({ readonly name: string } & Readonly<Record<string, unknown>>);

/** How a new Zarr array is stored. */
export interface ZarrStorageOptions {
  /** The version of the format. Default: that of the group it lies in, otherwise 3. */
  readonly zarrFormat?: 2 | 3;
  /**
   * The lengths of a chunk, one for each axis or one for all; −1 means the whole axis. Default: those of the array that is
   * saved, or with shards the largest that are at most about 1 MiB and divide the shard.
   */
  readonly chunks?: number | readonly number[];
  /** The lengths of a shard: a file that holds many chunks, each a multiple of the chunk's. Version 3 only. Default: no shards. */
  readonly shards?: number | readonly number[];
  /** How chunks are compressed, or null. Default: `"zstd"`. */
  readonly compressor?: ZarrCompressor | null;
  /** All codecs of version 3 in their order, in the place of `compressor` and `order`; with shards, those of the chunks inside. */
  readonly codecs?: readonly ZarrCodec[];
  /** What elements are that were never written. Default: 0, or false. */
  readonly fillValue?: Element;
  /** Attributes of the array: what JSON can hold. Default: none. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** A name for each axis, or null. Version 3 only. */
  readonly dimensionNames?: readonly (string | null)[];
  /** What stands between the numbers in the names of the chunks' files. Default: `"/"` in version 3, `"."` in version 2. */
  readonly dimensionSeparator?: "." | "/";
  /** In which order the elements of a chunk stand in its file. Default: `"C"`, the last axis fastest. */
  readonly order?: "C" | "F";
}

/** The array that is to be written. */
export interface WrittenArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** How it is cut where it is computed. */
  readonly chunks?: Chunks;
}

/** A new array: how it is written, and the documents of its metadata by their names. */
export interface Description {
  readonly layout: WrittenLayout;
  readonly documents: ReadonlyMap<string, JsonObject>;
}

/** With shards and without `chunks`, a chunk is about so large. */
const innerBytes = 2 ** 20;

/** No list of parts is longer along one axis; their names alone would take more than a gigabyte. */
export const mostParts = 2 ** 24;

const operation = "saveZarr";

/**
 * Describes a new array.
 *
 * @throws ArgumentError, ChunksError, ShapeError
 */
export function describe(array: WrittenArray, options: ZarrStorageOptions): Description {
  const { dtype, shape } = array;
  const zarrFormat = options.zarrFormat ?? 3;
  if (zarrFormat !== 2 && zarrFormat !== 3) {
    throw new ArgumentError(`${operation}: zarrFormat must be 2 or 3, and is ${String(zarrFormat)}`);
  }
  for (const [axis, length] of shape.entries()) {
    if (Number.isSafeInteger(length) && length >= 0) continue;
    throw new ShapeError(`${operation}: axis ${axis} has the length ${length}; lengths are whole numbers from 0`);
  }
  const only3 = (["shards", "codecs", "dimensionNames"] as const).find((name) => options[name] !== undefined);
  if (zarrFormat === 2 && only3 !== undefined) {
    throw new ArgumentError(`${operation}: ${only3} needs zarrFormat 3; version 2 of the format does not have it`);
  }
  const { part, chunk } = partsOf(array, options);
  const pipeline = pipelineOf(array, zarrFormat, options);
  checkChunk(chunk, dtype, pipeline);
  const separator = options.dimensionSeparator ?? (zarrFormat === 3 ? "/" : ".");
  if (separator !== "." && separator !== "/") {
    throw new ArgumentError(`${operation}: dimensionSeparator must be "." or "/", and is ${JSON.stringify(separator)}`);
  }
  const fill = fillBytes(dtype, options.fillValue ?? 0, operation);
  const layout: WrittenLayout = {
    zarrFormat,
    dtype,
    shape,
    part,
    chunk,
    ...(options.shards === undefined ? {} : { shards: { indexFirst: false, indexChecked: true } }),
    pipeline,
    prefix: zarrFormat === 3 ? "c" : "",
    separator,
    fill: fill.toString("hex"),
  };
  const attributes = toJson(options.attributes ?? {}, `${operation}: attributes`);
  if (!(attributes instanceof Map)) throw new ArgumentError(`${operation}: attributes must be a plain object`);
  const fillDocument = fillJson(dtype, fill);
  if (zarrFormat === 3) {
    const document = document3(layout, fillDocument, attributes);
    if (options.dimensionNames !== undefined) {
      document.set("dimension_names", namesOf(options.dimensionNames, shape.length));
    }
    return { layout, documents: new Map([["zarr.json", document]]) };
  }
  const documents = new Map([[".zarray", document2(layout, fillDocument)]]);
  if (attributes.size > 0) documents.set(".zattrs", attributes);
  return { layout, documents };
}

function lengths(name: string, given: number | readonly number[], shape: readonly number[]): number[] {
  const list = typeof given === "number" ? shape.map(() => given) : [...given];
  if (list.length !== shape.length) {
    throw new ChunksError(`${operation}: ${name} has ${list.length} lengths; the array has ${shape.length} axes`);
  }
  return list.map((length, axis) => {
    if (length === -1) return Math.max(1, shape[axis]!);
    if (Number.isSafeInteger(length) && length >= 1) return length;
    throw new ChunksError(
      `${operation}: ${name} has the length ${String(length)} for axis ${axis}; lengths are whole numbers from 1, or -1`,
    );
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
  if (options.shards === undefined) return checkCount(shape, asked ?? preset(), asked ?? preset());
  const part = lengths("shards", options.shards, shape);
  const chunk = asked ?? innerChunk(part, factsOf(dtype).bytes);
  const bad = part.findIndex((length, axis) => length % chunk[axis]! !== 0);
  if (bad < 0) return checkCount(shape, part, chunk);
  throw new ChunksError(
    `${operation}: a shard must hold whole chunks: along axis ${bad} the shard has ${part[bad]} elements, the chunk ${chunk[bad]}`,
  );
}

function checkCount(shape: readonly number[], part: number[], chunk: number[]) {
  const bad = shape.findIndex((length, axis) => length / part[axis]! > mostParts);
  const inner = part.reduce((count, length, axis) => count * (length / chunk[axis]!), 1);
  if (bad >= 0) {
    throw new ChunksError(`${operation}: axis ${bad} would have more than ${mostParts} files; make the chunks longer`);
  }
  if (inner <= mostParts) return { part, chunk };
  throw new ChunksError(`${operation}: a shard would have ${inner} chunks, more than ${mostParts}`);
}

/** The shard cut along its first axes into equal pieces until one has at most about 1 MiB. */
function innerChunk(shard: readonly number[], itemBytes: number): number[] {
  const chunk = [...shard];
  for (let axis = 0; axis < chunk.length; axis++) {
    const room = innerBytes / (itemBytes * sizeOf(chunk.toSpliced(axis, 1)));
    let length = Math.min(chunk[axis]!, Math.max(1, Math.floor(room)));
    while (shard[axis]! % length !== 0) length--;
    chunk[axis] = length;
  }
  return chunk;
}

function checkChunk(chunk: readonly number[], dtype: DType, { steps }: Pipeline): void {
  const bytes = chunk.reduce((product, length) => product * length, factsOf(dtype).bytes);
  const inWasm = steps.some(({ name }) => name === "zstd" || name === "blosc" || name === "lz4");
  const most = inWasm ? mostEncoded : 2 ** 31 - 1;
  if (bytes <= most) return;
  throw new ChunksError(
    `${operation}: a chunk of (${chunk.join(", ")}) has ${bytes} bytes; at most ${most} can be ${inWasm ? "compressed so" : "encoded"}: give smaller chunks`,
  );
}

function pipelineOf({ dtype, shape }: WrittenArray, zarrFormat: 2 | 3, options: ZarrStorageOptions): Pipeline {
  const itemBytes = factsOf(dtype).bytes;
  const refuse = (problem: string): ArgumentError => new ArgumentError(`${operation}: ${problem}`);
  const { codecs, compressor = "zstd", order = "C" } = options;
  if (order !== "C" && order !== "F") throw refuse(`order must be "C" or "F", and is ${JSON.stringify(order)}`);
  if (codecs !== undefined) {
    if (options.compressor !== undefined || options.order !== undefined) {
      throw refuse("codecs stand in the place of compressor and order; give either");
    }
    const list = toJson(codecs, `${operation}: codecs`);
    if (!Array.isArray(list)) throw refuse("codecs must be a list");
    return readCodecs(list, shape.length, itemBytes, itemBytes, refuse);
  }
  const axes = shape.map((_, axis) => axis);
  const pipeline = { axes: order === "F" ? axes.reverse() : axes, bigEndian: false };
  if (compressor === null) return { ...pipeline, steps: [] };
  const { name, ...settings } = typeof compressor === "string" ? { name: compressor } : compressor;
  const known = zarrFormat === 2 ? ["zstd", "gzip", "zlib", "lz4", "blosc"] : ["zstd", "gzip", "blosc"];
  if (!known.includes(name)) {
    throw refuse(`the compressor ${JSON.stringify(name)} is unknown; version ${zarrFormat} has ${known.join(", ")}`);
  }
  const json = toJson({ id: name, ...settings }, `${operation}: compressor`);
  return { ...pipeline, steps: [readCodec2(json, itemBytes, refuse)] };
}

function namesOf(names: readonly (string | null)[], axes: number): Json {
  if (names.length === axes && names.every((name) => name === null || typeof name === "string")) return [...names];
  throw new ArgumentError(`${operation}: dimensionNames must hold a string or null for each of the ${axes} axes`);
}

/** Whole numbers as a document has them. */
export const numbersJson = (values: readonly number[]): Json => values.map((value) => new JsonNumber(String(value)));

const named = (name: string, configuration: readonly (readonly [string, Json])[]): JsonObject =>
  new Map<string, Json>([
    ["name", name],
    ["configuration", new Map(configuration)],
  ]);

function codecsJson({ axes, bigEndian, steps }: Pipeline, itemBytes: number): Json[] {
  const transposed = axes.some((axis, i) => axis !== i);
  return [
    ...(transposed ? [named("transpose", [["order", numbersJson(axes)]])] : []),
    itemBytes === 1 ? new Map([["name", "bytes"]]) : named("bytes", [["endian", bigEndian ? "big" : "little"]]),
    ...steps.map((step) => codecJson(step, 3, itemBytes)),
  ];
}

function document3(layout: WrittenLayout, fill: Json, attributes: JsonObject): JsonObject {
  const { dtype, shape, part, chunk, shards, pipeline, separator } = layout;
  const inner = codecsJson(pipeline, factsOf(dtype).bytes);
  const checked = [named("bytes", [["endian", "little"]]), new Map([["name", "crc32c"]])];
  const sharded = named("sharding_indexed", [
    ["chunk_shape", numbersJson(chunk)],
    ["codecs", inner],
    ["index_codecs", checked],
    ["index_location", "end"],
  ]);
  return new Map<string, Json>([
    ["shape", numbersJson(shape)],
    ["data_type", dtype],
    ["chunk_grid", named("regular", [["chunk_shape", numbersJson(part)]])],
    ["chunk_key_encoding", named("default", [["separator", separator]])],
    ["fill_value", fill],
    ["codecs", shards === undefined ? inner : [sharded]],
    ["attributes", attributes],
    ["zarr_format", new JsonNumber("3")],
    ["node_type", "array"],
    ["storage_transformers", []],
  ]);
}

function document2({ dtype, shape, chunk, pipeline, separator }: WrittenLayout, fill: Json): JsonObject {
  const { axes, steps } = pipeline;
  const [compressor] = steps;
  return new Map<string, Json>([
    ["shape", numbersJson(shape)],
    ["chunks", numbersJson(chunk)],
    ["dtype", descrOf(dtype)],
    ["fill_value", fill],
    ["order", axes.some((axis, i) => axis !== i) ? "F" : "C"],
    ["filters", null],
    ["dimension_separator", separator],
    ["compressor", compressor === undefined ? null : codecJson(compressor, 2, factsOf(dtype).bytes)],
    ["zarr_format", new JsonNumber("2")],
  ]);
}

/** The grid of the parts of a shape. */
export function gridOfParts(shape: readonly number[], part: readonly number[]): Chunks {
  return shape.map((length, axis) => cut(length, part[axis]!));
}
