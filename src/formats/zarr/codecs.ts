/** The codecs in the metadata of Zarr v2 and v3, read into a {@link Pipeline}. */
import type { Stored } from "../../data/layout.js";
import { at, zip } from "../../data/lists.js";
import { numberBytes } from "../../storage/encoding.js";
import {
  CodecChain,
  type CodecStep,
  isByteCodec,
  isNumberCodec,
  stepOf,
  stepsOf,
  unknownCodec,
} from "./codec-chain.js";
import { inOrder } from "./elements.js";
import { type JsonObject, type Refuse, shown } from "./json.js";
import type { Pipeline, Sharding } from "./pipeline.js";

/** The codecs of a Zarr v2 array: an order, filters, a compressor. */
export function pipelineOfV2(meta: JsonObject, rank: number, element: Stored, refuse: Refuse): Pipeline {
  const chain = new CodecChain(rank, element, refuse);
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
  return codecsIn(list, "codecs", 0, chunk, new CodecChain(chunk.length, element, refuse), refuse);
}

/** Deeper shards help nobody. */
const MOST_LEVELS = 8;

function codecsIn(
  list: unknown,
  what: string,
  level: number,
  chunk: readonly number[],
  chain: CodecChain,
  refuse: Refuse,
): ParsedCodecs {
  const steps = stepsOf(list, what, "name", refuse);
  const [before, sharded, after] = splitAt(steps, "sharding_indexed");
  if (sharded === undefined) {
    addSteps(chain, steps, refuse);
    return { pipeline: chain.pipeline, chunk };
  }
  if (level === MOST_LEVELS) throw refuse(`more than ${MOST_LEVELS} levels of shards inside shards are not read`);
  for (const step of before) addValue(chain, step);
  if (chain.ordered) throw refuse("delta before sharding_indexed is not read; write it inside the shards");
  const [next] = after;
  if (next !== undefined) throw refuse(`the codec ${next.name} after sharding_indexed is not read`);
  const { configuration } = sharded;
  const inner = innerChunk(configuration.chunk_shape, chunk, chain.axes, refuse);
  const facts = { shard: chunk, chunk: inner, axes: chain.axes, ...indexOf(configuration, refuse) };
  const found = codecsIn(configuration.codecs, "codecs of sharding_indexed", level + 1, inner, chain, refuse);
  const sharding = found.sharding === undefined ? facts : { ...facts, inside: found.sharding };
  return { ...found, sharding };
}

/** The steps before the first one of a name, that one, and the steps after it. */
function splitAt(
  steps: readonly CodecStep[],
  name: string,
): [before: readonly CodecStep[], found: CodecStep | undefined, after: readonly CodecStep[]] {
  const place = steps.findIndex((step) => step.name === name);
  return place < 0 ? [steps, undefined, []] : [steps.slice(0, place), steps[place], steps.slice(place + 1)];
}

function addValue(chain: CodecChain, step: CodecStep): void {
  if (step.name === "transpose") chain.transpose(step.configuration.order);
  else if (step.name === "packbits") chain.compressor(step);
  else chain.value(step);
}

/** A chain without sharding: values, then `bytes`, then bytes. */
function addSteps(chain: CodecChain, steps: readonly CodecStep[], refuse: Refuse): void {
  const [values, bytes, compressors] = splitAt(steps, "bytes");
  for (const { name } of steps) {
    if (!isNumberCodec(name) && !isByteCodec(name)) throw unknownCodec(name, refuse);
  }
  if (bytes === undefined) throw refuse('the codecs have no "bytes", which turns numbers into bytes');
  for (const step of values) addValue(chain, step);
  const { endian } = bytes.configuration;
  if (endian !== undefined && endian !== "little" && endian !== "big") {
    throw refuse(`endian of bytes must be "little" or "big", not ${shown(endian)}`);
  }
  if (endian === undefined && numberBytes(chain.stored) > 1) {
    throw refuse(`the codec bytes has no endian, which ${chain.stored.dtype} needs`);
  }
  chain.stored = inOrder(chain.stored, endian ?? "little");
  for (const step of compressors) chain.compressor(step);
}

function innerChunk(
  shape: unknown,
  shard: readonly number[],
  axes: readonly number[],
  refuse: Refuse,
): readonly number[] {
  const lengths = axes.map((axis) => at(shard, axis));
  const isLength = (size: unknown): size is number => Number.isInteger(size) && Number(size) >= 1;
  const sizes: unknown[] = Array.isArray(shape) ? shape : [];
  const whole = sizes.filter(isLength);
  const fits = sizes.length === shard.length && whole.length === shard.length;
  if (!fits || zip(lengths, whole).some(([length, size]) => length % size !== 0)) {
    throw refuse(`chunk_shape ${shown(shape)} of sharding_indexed does not divide the shard's ${shown(shard)}`);
  }
  return shard.map((_, axis) => at(whole, axes.indexOf(axis)));
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
