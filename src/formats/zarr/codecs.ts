/**
 * The codecs of a chunk, brought into one form. Zarr v2 and v3 write the same few steps in different ways; what is left of
 * them is a pipeline with four places:
 *
 *     elements ─ filters ─▶ numbers of another kind ─ axes ─▶ in another order ─ stored ─▶ bytes ─ compressors ─▶ a file
 *
 * Invariant: a filter is moved past a change of the order of axes only when it treats every element by itself.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import type { Stored } from "../../data/layout.js";
import { type ByteCodecName, byteCodecNames, type Compressor, compressorOf, settingsOf } from "./byte-codecs.js";
import { elementOf, elementOfDescr, inOrder } from "./elements.js";
import { isObject, type JsonObject, type Refuse, shown } from "./json.js";

/** A codec that turns numbers into numbers, under its name in Zarr v3; from the first to the last element. */
export interface Filter {
  readonly codec: "delta" | "scale_offset" | "cast_value";
  readonly configuration: JsonObject;
  /** The dtype of the numbers before they are encoded. */
  readonly decoded: DType;
  readonly encoded: DType;
}

/** How the elements of a chunk become bytes; steps are in the order of writing. */
export interface Pipeline {
  readonly filters: readonly Filter[];
  /** True where bitround has rounded elements, which cannot be undone, and is not done here. */
  readonly rounded: boolean;
  /** The axes of the array from the slowest to the fastest in the bytes. */
  readonly axes: readonly number[];
  /** The elements that the filters leave, as they stand in the bytes. */
  readonly stored: Stored;
  readonly compressors: readonly Compressor[];
}

/** Chunks that are kept together in one file, with an index of where each stands. */
export interface Sharding {
  /** The shape of a shard. */
  readonly shard: readonly number[];
  /** The axes of the array from the slowest to the fastest in the index. */
  readonly axes: readonly number[];
  readonly location: "start" | "end";
  /** True where the index's numbers stand in the other order than this machine's. */
  readonly otherEndian: boolean;
  /** Whether the index ends with a CRC-32C. */
  readonly checksum: boolean;
}

/** What metadata tells by a name and its settings: a codec, and other places of Zarr v3 that may be extended. */
interface Step {
  readonly name: string;
  readonly configuration: JsonObject;
}

const valueCodecs = ["delta", "scale_offset", "cast_value", "fixedscaleoffset", "bitround"];
const known = ["bytes", "transpose", "sharding_indexed", ...byteCodecNames, ...valueCodecs].join(", ");

const isByteCodec = (name: string): name is ByteCodecName => (byteCodecNames as readonly string[]).includes(name);

const unknown = (name: string, refuse: Refuse): Error =>
  refuse(`the codec ${shown(name)} is not known; known are ${known}`);

/** A name with settings, which in version 2 stand beside it, under `id`; in version 3, a name may stand alone. */
export function namedOf(entry: unknown, what: string, refuse: Refuse, key: "id" | "name" = "name"): Step {
  if (key === "name" && typeof entry === "string") return { name: entry, configuration: {} };
  if (!isObject(entry)) throw refuse(`${what} must be an object with a ${key}, not ${shown(entry)}`);
  const { [key]: name, ...rest } = entry;
  if (typeof name !== "string") throw refuse(`${what} has no ${key}: ${shown(entry)}`);
  const configuration = key === "id" ? rest : (rest.configuration ?? {});
  if (!isObject(configuration)) throw refuse(`the configuration of ${name} must be an object`);
  return { name, configuration };
}

function stepOf(entry: unknown, key: "id" | "name", refuse: Refuse): Step {
  const { name, configuration } = namedOf(entry, "a codec", refuse, key);
  return { name: name.replace(/^numcodecs\./, ""), configuration };
}

function stepsOf(list: unknown, what: string, nameKey: "id" | "name", refuse: Refuse): Step[] {
  if (!Array.isArray(list)) throw refuse(`${what} must be a list, not ${shown(list)}`);
  if (list.length > 32) throw refuse(`${what} has ${list.length} entries; at most 32 are read`);
  return list.map((entry) => stepOf(entry, nameKey, refuse));
}

/** Collects the steps of a chain, and checks that they may follow each other. */
class Chain {
  readonly filters: Filter[] = [];
  readonly compressors: Compressor[] = [];
  rounded = false;
  axes: readonly number[];
  stored: Stored;
  /** Whether one of the filters depends on the order of elements. */
  ordered = false;
  readonly #refuse: Refuse;

  constructor(rank: number, stored: Stored, refuse: Refuse) {
    this.axes = Array.from({ length: rank }, (_, axis) => axis);
    this.stored = stored;
    this.#refuse = refuse;
  }

  transpose(order: unknown): void {
    const rank = this.axes.length;
    if (this.ordered) throw this.#refuse("a transpose after delta is not read; write them in the other order");
    if (order === "C") return;
    const list = order === "F" ? this.axes.map((_, axis) => rank - 1 - axis) : order;
    if (!Array.isArray(list) || list.length !== rank || new Set(list).size !== rank || list.some(outside(rank))) {
      throw this.#refuse(`transpose has the order ${shown(order)}; right is a permutation of the ${rank} axes`);
    }
    this.axes = list.map((axis: number) => this.axes[axis]!);
  }

  /** A codec of values; `stored` is how what comes out stands in bytes, as far as its configuration tells. */
  value({ name, configuration }: Step): void {
    if (!valueCodecs.includes(name)) throw unknown(name, this.#refuse);
    this.rounded ||= name === "bitround";
    if (name === "bitround") return; // what it rounded off is gone
    if (this.compressors.length > 0) throw this.#refuse(`${name} must stand before the codecs of bytes`);
    if (name === "scale_offset") this.#filter(name, configuration, this.stored);
    else if (name === "cast_value") this.#filter(name, configuration, elementOf(configuration.data_type, this.#refuse));
    else this.#numcodecs(name, configuration);
  }

  /** The filters of numcodecs tell dtypes by NumPy's short names; without `astype` nothing is cast. */
  #numcodecs(name: string, configuration: JsonObject): void {
    const from = configuration.dtype === undefined ? this.stored : elementOfDescr(configuration.dtype, this.#refuse);
    if (from.dtype !== this.stored.dtype) {
      throw this.#refuse(`${name} is for ${from.dtype}, and gets ${this.stored.dtype}`);
    }
    const to = configuration.astype === undefined ? from : elementOfDescr(configuration.astype, this.#refuse);
    if (name === "delta") {
      this.ordered = true;
      this.#filter("delta", {}, to);
      return;
    }
    const { scale, offset } = configuration;
    this.#filter("scale_offset", { scale, offset }, this.stored);
    const cast = { data_type: to.dtype, rounding: "nearest-even", out_of_range: "wrap" };
    if (to.dtype !== from.dtype) this.#filter("cast_value", cast, to);
    this.stored = to;
  }

  #filter(codec: Filter["codec"], configuration: JsonObject, to: Stored): void {
    for (const { dtype, encoding } of [this.stored, to]) {
      const { kind } = factsOf(dtype);
      if (kind !== "bool" && kind !== "complex" && !encoding.half) continue;
      throw this.#refuse(`${codec} is not read for ${encoding.half ? "float16" : dtype}`);
    }
    for (const key of codec === "scale_offset" ? ["scale", "offset"] : []) {
      const value = configuration[key];
      if (value === undefined || typeof value === "number" || typeof value === "string") continue;
      throw this.#refuse(`${key} of ${codec} must be a number, not ${shown(value)}`);
    }
    this.filters.push({ codec, configuration, decoded: this.stored.dtype, encoded: to.dtype });
    this.stored = to;
  }

  compressor({ name, configuration }: Step): void {
    if (!isByteCodec(name)) throw unknown(name, this.#refuse);
    const compressor = compressorOf(name, configuration);
    // Only these must be right for reading.
    const settings = name === "shuffle" || name === "crc32c" ? settingsOf(compressor, this.#refuse) : undefined;
    this.compressors.push(settings === undefined ? compressor : { codec: name, configuration: settings });
  }

  get pipeline(): Pipeline {
    const { filters, rounded, axes, stored, compressors } = this;
    return { filters, rounded, axes, stored, compressors };
  }
}

const outside =
  (rank: number) =>
  (axis: unknown): boolean =>
    !Number.isInteger(axis) || (axis as number) < 0 || (axis as number) >= rank;

/** The codecs of a Zarr v2 array: an order, filters, a compressor. */
export function pipelineOfV2(meta: JsonObject, rank: number, element: Stored, refuse: Refuse): Pipeline {
  const chain = new Chain(rank, element, refuse);
  const { order = "C", filters, compressor } = meta;
  if (order !== "C" && order !== "F") throw refuse(`order must be "C" or "F", not ${shown(order)}`);
  chain.transpose(order);
  const steps = stepsOf(filters ?? [], "filters", "id", refuse);
  if (compressor !== null && compressor !== undefined) steps.push(stepOf(compressor, "id", refuse));
  for (const step of steps) {
    if (isByteCodec(step.name)) chain.compressor(step);
    else chain.value(step);
  }
  return chain.pipeline;
}

/** The codecs of a Zarr v3 array; where it is sharded, those of the chunks inside shards. */
export interface ParsedCodecs {
  readonly pipeline: Pipeline;
  readonly sharding?: Sharding;
  /** The shape of what is encoded by itself: a chunk, or a chunk inside a shard. */
  readonly chunk: readonly number[];
}

/** Reads the list `codecs` of Zarr v3 metadata. */
export function codecsOfV3(list: unknown, chunk: readonly number[], element: Stored, refuse: Refuse): ParsedCodecs {
  const chain = new Chain(chunk.length, element, refuse);
  const steps = stepsOf(list, "codecs", "name", refuse);
  const at = steps.findIndex(({ name }) => name === "sharding_indexed");
  if (at < 0) {
    addSteps(chain, steps, refuse);
    return { pipeline: chain.pipeline, chunk };
  }
  for (const step of steps.slice(0, at)) addValue(chain, step);
  if (chain.ordered) throw refuse("delta before sharding_indexed is not read; write it inside the shards");
  if (at + 1 < steps.length) throw refuse(`the codec ${steps[at + 1]!.name} after sharding_indexed is not read`);
  const { configuration } = steps[at]!;
  const inner = innerChunk(configuration.chunk_shape, chunk, chain.axes, refuse);
  const sharding = { shard: chunk, axes: chain.axes, ...indexOf(configuration, refuse) };
  const innerSteps = stepsOf(configuration.codecs, "codecs of sharding_indexed", "name", refuse);
  if (innerSteps.some(({ name }) => name === "sharding_indexed")) throw refuse("shards inside shards are not read");
  addSteps(chain, innerSteps, refuse);
  return { pipeline: chain.pipeline, sharding, chunk: inner };
}

function addValue(chain: Chain, step: Step): void {
  if (step.name === "transpose") chain.transpose(step.configuration.order);
  else chain.value(step);
}

/** A chain without sharding: values, then `bytes`, then bytes. */
function addSteps(chain: Chain, steps: readonly Step[], refuse: Refuse): void {
  const at = steps.findIndex(({ name }) => name === "bytes");
  for (const { name } of steps) {
    const fine = ["bytes", "transpose", ...valueCodecs].includes(name) || isByteCodec(name);
    if (!fine) throw unknown(name, refuse);
  }
  if (at < 0) throw refuse('the codecs have no "bytes", which turns numbers into bytes');
  for (const step of steps.slice(0, at)) addValue(chain, step);
  const { endian } = steps[at]!.configuration;
  if (endian !== undefined && endian !== "little" && endian !== "big") {
    throw refuse(`endian of bytes must be "little" or "big", not ${shown(endian)}`);
  }
  const { dtype, encoding } = chain.stored;
  const parts = encoding.half ? 2 : factsOf(factsOf(dtype).part).bytes;
  if (endian === undefined && parts > 1) throw refuse(`the codec bytes has no endian, which ${dtype} needs`);
  chain.stored = inOrder(chain.stored, endian ?? "little");
  for (const step of steps.slice(at + 1)) chain.compressor(step);
}

function innerChunk(
  shape: unknown,
  shard: readonly number[],
  axes: readonly number[],
  refuse: Refuse,
): readonly number[] {
  const fits = (size: unknown, at: number): boolean =>
    Number.isInteger(size) && (size as number) >= 1 && shard[axes[at]!]! % (size as number) === 0;
  if (!Array.isArray(shape) || shape.length !== shard.length || !shape.every(fits)) {
    throw refuse(`chunk_shape ${shown(shape)} of sharding_indexed does not divide the shard's ${shown(shard)}`);
  }
  const inner = new Array<number>(shard.length);
  for (const [at, axis] of axes.entries()) inner[axis] = shape[at] as number;
  return inner;
}

/** The codecs of a shard's index, whose length must be known before it is read. */
function indexOf(configuration: JsonObject, refuse: Refuse): Pick<Sharding, "location" | "otherEndian" | "checksum"> {
  const { index_location: location = "end", index_codecs: list } = configuration;
  if (location !== "start" && location !== "end") {
    throw refuse(`index_location must be "start" or "end", not ${shown(location)}`);
  }
  const [bytes, checksum, ...more] = stepsOf(list, "index_codecs", "name", refuse);
  const endian = bytes?.configuration.endian;
  const fine = bytes?.name === "bytes" && (endian === "little" || endian === "big");
  if (!fine || (checksum !== undefined && checksum.name !== "crc32c") || more.length > 0) {
    throw refuse(`index_codecs must be bytes, with an endian, and perhaps crc32c; they are ${shown(list)}`);
  }
  const { otherEndian } = inOrder({ dtype: "uint64", encoding: { otherEndian: false, half: false } }, endian).encoding;
  return { location, otherEndian, checksum: checksum !== undefined };
}
