/**
 * An array that exists and is to be extended or partly replaced: its metadata as the writer's layout.
 *
 * Invariant: an array that could not be written exactly as its metadata says (a codec that has no encoder here, a dtype
 * that is not known) is refused with a FormatError that names the document and the fact.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type DType, dtypes, factsOf } from "../../../data/dtype.js";
import { FormatError } from "../../../data/errors.js";
import { failure } from "../../stores/failure.js";
import { readDescr } from "../descr.js";
import { codecParts, type Refuse, readCodec2, readCodecs } from "./codec-names.js";
import { mostParts } from "./description.js";
import { fillFromJson } from "./fill-value.js";
import { integerOf, integersOf, type Json, type JsonObject, readJson } from "./json-text.js";
import type { Pipeline, WrittenLayout } from "./written-layout.js";

/** No metadata comes near this, consolidated ones of large groups aside. */
const mostBytes = 2 ** 26;

/** What stands in a folder. */
export interface Node {
  readonly kind: "array" | "group";
  readonly zarrFormat: 2 | 3;
  /** The path of the document that says so. */
  readonly path: string;
  readonly text: string;
  readonly document: JsonObject;
}

/** A document in a folder; undefined where there is none. @throws StorageError, FormatError */
export function readDocument(path: string): Pick<Node, "path" | "text" | "document"> | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (stats.size > mostBytes) {
      throw new FormatError(`${path} has ${stats.size} bytes; metadata has at most ${mostBytes}`, { path });
    }
    const text = readFileSync(path, "utf8");
    return { path, text, document: readJson(text, path) };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw failure(`read ${path}`, path, cause);
  }
}

/** The array or the group in a folder; undefined where there is neither. @throws StorageError, FormatError */
export function nodeAt(folder: string): Node | undefined {
  const found = readDocument(join(folder, "zarr.json"));
  if (found !== undefined) {
    const kind = found.document.get("node_type");
    if (kind === "array" || kind === "group") return { kind, zarrFormat: 3, ...found };
    throw new FormatError(`${found.path}: node_type must be "array" or "group"`, { path: found.path });
  }
  const array = readDocument(join(folder, ".zarray"));
  if (array !== undefined) return { kind: "array", zarrFormat: 2, ...array };
  const group = readDocument(join(folder, ".zgroup"));
  return group === undefined ? undefined : { kind: "group", zarrFormat: 2, ...group };
}

/** The layout of an array that exists. @throws FormatError when it cannot be written here */
export function layoutOf({ path, document, zarrFormat }: Node): WrittenLayout {
  const refuse: Refuse = (problem) => new FormatError(`${path}: ${problem}`, { path });
  const format = integerOf(document.get("zarr_format"));
  if (format !== zarrFormat) throw refuse(`zarr_format must be ${zarrFormat}`);
  const shape = integersOf(document.get("shape"));
  if (shape === undefined || shape.some((length) => length < 0)) throw refuse("shape must be a list of whole numbers");
  const layout = zarrFormat === 3 ? layout3(document, shape, refuse) : layout2(document, shape, refuse);
  const { part, chunk } = layout;
  for (const list of [part, chunk]) {
    if (list.length !== shape.length || list.some((length) => length < 1)) {
      throw refuse(`the chunks (${list.join(", ")}) are none for the shape (${shape.join(", ")})`);
    }
  }
  const inner = part.reduce((count, length, axis) => count * (length / chunk[axis]!), 1);
  if (!part.every((length, axis) => length % chunk[axis]! === 0) || inner > mostParts) {
    throw refuse(`a shard of (${part.join(", ")}) cannot hold chunks of (${chunk.join(", ")})`);
  }
  if (shape.some((length, axis) => length / part[axis]! > mostParts)) {
    throw refuse(`it has more than ${mostParts} files along an axis`);
  }
  const bytes = chunk.reduce((product, length) => product * length, factsOf(layout.dtype).bytes);
  if (bytes > 2 ** 31 - 1) throw refuse(`a chunk has ${bytes} bytes; at most 2^31 - 1 can be written`);
  return layout;
}

function fillOf(dtype: DType, json: Json | undefined, refuse: Refuse): string {
  const bytes = json === undefined ? undefined : fillFromJson(dtype, json);
  if (bytes === undefined) throw refuse(`fill_value is no ${dtype}`);
  return bytes.toString("hex");
}

/** The configuration of a named extension that must be one of a few. */
function extension(json: Json | undefined, what: string, known: readonly string[], refuse: Refuse) {
  const [name, configuration] = codecParts(json ?? null, () => refuse(`${what} has no name`));
  if (known.includes(name)) return { name, configuration };
  throw refuse(`the ${what} ${JSON.stringify(name)} is unknown; known are ${known.join(", ")}`);
}

function layout3(document: JsonObject, shape: readonly number[], refuse: Refuse): WrittenLayout {
  const name = document.get("data_type");
  const dtype = dtypes.find((known) => known === name);
  if (dtype === undefined) {
    throw refuse(`the data_type cannot be written; known are ${dtypes.join(", ")}`);
  }
  const transformers = document.get("storage_transformers");
  if (Array.isArray(transformers) && transformers.length > 0) throw refuse("storage_transformers are not known");
  const grid = extension(document.get("chunk_grid"), "chunk_grid", ["regular"], refuse);
  const part = integersOf(grid.configuration.get("chunk_shape"));
  const keys = extension(document.get("chunk_key_encoding"), "chunk_key_encoding", ["default", "v2"], refuse);
  const separator = keys.configuration.get("separator") ?? (keys.name === "v2" ? "." : "/");
  if (separator !== "." && separator !== "/") throw refuse('the separator of chunk_key_encoding must be "." or "/"');
  const codecs = document.get("codecs");
  if (!Array.isArray(codecs) || part === undefined) throw refuse("codecs and chunk_shape must be lists");
  const itemBytes = factsOf(dtype).bytes;
  const common = {
    zarrFormat: 3,
    dtype,
    shape,
    part,
    prefix: keys.name === "v2" ? "" : "c",
    separator,
    fill: fillOf(dtype, document.get("fill_value"), refuse),
  } as const;
  const list = codecs as readonly Json[];
  const [outer, configuration] = list.length === 1 ? codecParts(list[0]!, refuse) : [""];
  if (outer !== "sharding_indexed" || configuration === undefined) {
    return { ...common, chunk: part, pipeline: readCodecs(list, shape.length, itemBytes, itemBytes, refuse) };
  }
  const chunk = integersOf(configuration.get("chunk_shape"));
  const inner = configuration.get("codecs");
  const index = configuration.get("index_codecs");
  const location = configuration.get("index_location") ?? "end";
  if (chunk === undefined || !Array.isArray(inner) || !Array.isArray(index)) {
    throw refuse("sharding_indexed needs chunk_shape, codecs and index_codecs");
  }
  if (location !== "start" && location !== "end") throw refuse('index_location must be "start" or "end"');
  const pipeline = readCodecs(inner, shape.length, itemBytes, itemBytes, refuse);
  const { axes, bigEndian, steps } = readCodecs(index, shape.length + 1, 8, 8, refuse);
  const indexChecked = steps.length === 1 && steps[0]!.name === "crc32c";
  if (bigEndian || axes.some((axis, i) => axis !== i) || (steps.length > 0 && !indexChecked)) {
    throw refuse("index_codecs must be bytes in little-endian order, followed by crc32c or nothing");
  }
  return { ...common, chunk, shards: { indexFirst: location === "start", indexChecked }, pipeline };
}

function layout2(document: JsonObject, shape: readonly number[], refuse: Refuse): WrittenLayout {
  const descr = document.get("dtype");
  const described = typeof descr === "string" ? readDescr(descr) : { refused: "a structured dtype" };
  if ("refused" in described) throw refuse(`it holds ${described.refused}`);
  const { dtype, encoding } = described;
  if (encoding.half) throw refuse("it holds float16, which can be read, but not be written");
  const chunk = integersOf(document.get("chunks"));
  if (chunk === undefined) throw refuse("chunks must be a list of whole numbers");
  const order = document.get("order") ?? "C";
  if (order !== "C" && order !== "F") throw refuse('order must be "C" or "F"');
  const separator = document.get("dimension_separator") ?? ".";
  if (separator !== "." && separator !== "/") throw refuse('dimension_separator must be "." or "/"');
  const filters = document.get("filters") ?? null;
  const compressor = document.get("compressor") ?? null;
  if (filters !== null && !Array.isArray(filters)) throw refuse("filters must be a list or null");
  const itemBytes = factsOf(dtype).bytes;
  const steps = [...((filters ?? []) as readonly Json[]), ...(compressor === null ? [] : [compressor])];
  const axes = shape.map((_, axis) => axis);
  const pipeline: Pipeline = {
    axes: order === "F" ? axes.reverse() : axes,
    bigEndian: encoding.swap,
    steps: steps.map((step) => readCodec2(step, itemBytes, refuse)),
  };
  const fill = document.get("fill_value") ?? null;
  return {
    zarrFormat: 2,
    dtype,
    shape,
    part: chunk,
    chunk,
    pipeline,
    prefix: "",
    separator,
    fill: fill === null ? null : fillOf(dtype, fill, refuse),
  };
}
