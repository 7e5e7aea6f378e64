/**
 * Steps of encoding, collected into a pipeline.
 *
 * Invariant: a filter moves past a change of the order of axes only if it treats every element by itself.
 */
import { factsOf } from "../../data/dtype.js";
import type { Stored } from "../../data/layout.js";
import { at } from "../../data/lists.js";
import {
  type ByteCodecName,
  byteCodecNames,
  type Compressor,
  compressorOf,
  decodesBySettings,
  settingsOf,
} from "./byte-codecs.js";
import { elementOf, elementOfDescr } from "./elements.js";
import { isObject, type JsonObject, type Refuse, shown } from "./json.js";
import type { Filter, Pipeline } from "./pipeline.js";

/** A name with settings in metadata: a codec, or another part of Zarr v3 that may be extended. */
export interface CodecStep {
  readonly name: string;
  readonly configuration: JsonObject;
}

const valueCodecs = ["delta", "scale_offset", "cast_value", "fixedscaleoffset", "astype", "quantize", "bitround"];
const numberCodecs = ["bytes", "transpose", "sharding_indexed", ...valueCodecs];
const known = [...numberCodecs, ...byteCodecNames].join(", ");

/** Whether a codec takes numbers. */
export const isNumberCodec = (name: string): boolean => numberCodecs.includes(name);

export const isByteCodec = (name: string): name is ByteCodecName => byteCodecNames.some((known) => known === name);

/** Codecs that are known and not read: what they hold. */
const unread: Readonly<Record<string, string>> = {
  pcodec: "numbers compressed by Pcodec",
  zfpy: "numbers compressed by ZFP",
  "vlen-utf8": "texts",
  "vlen-bytes": "byte strings",
  "vlen-array": "lists that differ in length",
  categorize: "texts",
  json2: "Python objects",
  msgpack2: "Python objects",
  pickle: "Python objects",
};

export const unknownCodec = (name: string, refuse: Refuse): Error => {
  const held = Object.hasOwn(unread, name) ? unread[name] : undefined;
  if (held !== undefined) return refuse(`the codec ${shown(name)} is not read: it holds ${held}; read are ${known}`);
  return refuse(`the codec ${shown(name)} is not known; expected ${known}`);
};

/** A name with settings. In version 2 they are beside it, and its key is `id`; in version 3, a name may be alone. */
export function namedOf(entry: unknown, what: string, refuse: Refuse, key: "id" | "name" = "name"): CodecStep {
  if (key === "name" && typeof entry === "string") return { name: entry, configuration: {} };
  if (!isObject(entry)) throw refuse(`${what} must be an object with a ${key}, not ${shown(entry)}`);
  const { [key]: name, ...rest } = entry;
  if (typeof name !== "string") throw refuse(`${what} has no ${key}: ${shown(entry)}`);
  const configuration = key === "id" ? rest : (rest.configuration ?? {});
  if (!isObject(configuration)) throw refuse(`the configuration of ${name} must be an object`);
  return { name, configuration };
}

export function stepOf(entry: unknown, key: "id" | "name", refuse: Refuse): CodecStep {
  const { name, configuration } = namedOf(entry, "a codec", refuse, key);
  // drafts of version 3 called bytes so
  if (key === "name" && name === "endian") return { name: "bytes", configuration };
  return { name: name.replace(/^numcodecs\./, ""), configuration };
}

export function stepsOf(list: unknown, what: string, nameKey: "id" | "name", refuse: Refuse): CodecStep[] {
  if (!Array.isArray(list)) throw refuse(`${what} must be a list, not ${shown(list)}`);
  if (list.length > 32) throw refuse(`${what} has ${list.length} entries; at most 32 are read`);
  return list.map((entry) => stepOf(entry, nameKey, refuse));
}

/** Collects the steps of encoding, and checks that they may follow each other. */
export class CodecChain {
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
    if (!isPermutation(list, rank)) {
      throw this.#refuse(`transpose has the order ${shown(order)}; expected a permutation of the ${rank} axes`);
    }
    this.axes = list.map((axis) => at(this.axes, axis));
  }

  /** Adds a codec of values. */
  value({ name, configuration }: CodecStep): void {
    if (!valueCodecs.includes(name)) {
      const isKnown = isNumberCodec(name) || isByteCodec(name);
      throw isKnown ? this.#refuse(`${name} comes too early among the codecs`) : unknownCodec(name, this.#refuse);
    }
    this.rounded ||= name === "bitround" || name === "quantize";
    if (name === "bitround") return; // the rounded digits are gone
    if (this.compressors.length > 0) throw this.#refuse(`${name} must come before the codecs of bytes`);
    if (name === "scale_offset") this.#filter(name, configuration, this.stored);
    else if (name === "cast_value") this.#filter(name, configuration, elementOf(configuration.data_type, this.#refuse));
    else if (name === "astype") this.#cast(name, configuration.decode_dtype, configuration.encode_dtype);
    else if (name === "quantize") this.#cast(name, configuration.dtype, configuration.astype);
    else this.#numcodecs(name, configuration);
  }

  /** A change of the dtype, in NumPy's short names; none where one of them is missing. */
  #cast(name: string, decoded: unknown, encoded: unknown): void {
    const from = decoded === undefined ? this.stored : elementOfDescr(decoded, this.#refuse);
    if (from.dtype !== this.stored.dtype) {
      throw this.#refuse(`${name} is for ${from.dtype}, and gets ${this.stored.dtype}`);
    }
    const to = encoded === undefined || encoded === null ? from : elementOfDescr(encoded, this.#refuse);
    // as NumPy casts
    const floats = [from, to].every(({ dtype }) => factsOf(dtype).kind === "float");
    const rounding = floats ? "nearest-even" : "towards-zero";
    const how = { data_type: to.dtype, rounding, out_of_range: "wrap" };
    if (to.dtype !== from.dtype) this.#filter("cast_value", how, to);
    this.stored = to;
  }

  /** The filters of numcodecs have dtypes by NumPy's short names; without `astype` nothing is cast. */
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

  compressor({ name, configuration }: CodecStep): void {
    if (isNumberCodec(name)) throw this.#refuse(`${name} must come before the codecs of bytes`);
    if (!isByteCodec(name)) throw unknownCodec(name, this.#refuse);
    if (name === "packbits" && (this.stored.dtype !== "bool" || this.compressors.length > 0)) {
      throw this.#refuse(
        `packbits is for bools, and gets ${this.compressors.length > 0 ? "bytes" : this.stored.dtype}`,
      );
    }
    const compressor = compressorOf(name, configuration);
    this.compressors.push(
      decodesBySettings(name) ? { codec: name, configuration: settingsOf(compressor, this.#refuse) } : compressor,
    );
  }

  get pipeline(): Pipeline {
    const { filters, rounded, axes, stored, compressors } = this;
    return { filters, rounded, axes, stored, compressors };
  }
}

/** True for a list of the whole numbers below `rank`, each once. */
function isPermutation(list: unknown, rank: number): list is readonly number[] {
  if (!Array.isArray(list) || list.length !== rank || new Set(list).size !== rank) return false;
  return list.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
}
