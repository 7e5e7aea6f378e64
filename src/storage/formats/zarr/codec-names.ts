/**
 * Codecs as metadata names them, in both versions of the format, and as the writer has them.
 *
 * Invariant: what cannot be written exactly as the metadata says is refused before anything is written.
 */
import { ArgumentError } from "../../../data/errors.js";
import { integerOf, integersOf, type Json, JsonNumber, type JsonObject } from "./json-text.js";
import type { ByteCodec, Pipeline } from "./written-layout.js";

/** Throws a typed error that names the place; what is wrong follows. */
export type Refuse = (problem: string) => Error;

const empty: JsonObject = new Map();

const shuffles = ["noshuffle", "shuffle", "bitshuffle"];

function level(configuration: JsonObject, key: string, preset: number, most: number, least: number): number {
  const given = configuration.get(key);
  const value = given === undefined ? preset : integerOf(given);
  if (value !== undefined && value >= least && value <= most) return value;
  throw new ArgumentError(`${key} must be a whole number from ${least} to ${most}`);
}

/** A step from bytes to bytes; undefined for another codec. `itemBytes` is the size of an element. */
function byteCodec(name: string, configuration: JsonObject, itemBytes: number): ByteCodec | undefined {
  switch (name) {
    case "zstd":
      if (configuration.get("checksum") === true) throw new ArgumentError("zstd with a checksum cannot be written");
      return { name, level: level(configuration, "level", 0, 22, -131072) };
    case "gzip":
      return { name, level: level(configuration, "level", 5, 9, 0) };
    case "zlib":
      return { name, level: level(configuration, "level", 1, 9, 0) };
    case "lz4":
      return { name, acceleration: level(configuration, "acceleration", 1, 65537, 0) };
    case "shuffle":
      return { name, elementsize: level(configuration, "elementsize", itemBytes, 255, 1) };
    case "crc32c":
      return { name };
    case "blosc": {
      const cname = configuration.get("cname") ?? "lz4";
      if (typeof cname !== "string" || !["blosclz", "lz4", "lz4hc", "zlib", "zstd"].includes(cname)) {
        throw new ArgumentError("the blosc codec's cname must be one of blosclz, lz4, lz4hc, zlib, zstd");
      }
      const given = configuration.get("shuffle") ?? "shuffle";
      const shuffle = typeof given === "string" ? shuffles.indexOf(given) : (integerOf(given) ?? -2);
      if (shuffle < -1 || shuffle > 2 || (typeof given === "string" && shuffle < 0)) {
        throw new ArgumentError(`the blosc codec's shuffle must be one of ${shuffles.join(", ")}`);
      }
      return {
        name,
        cname,
        clevel: level(configuration, "clevel", 5, 9, 0),
        shuffle,
        blocksize: level(configuration, "blocksize", 0, 2 ** 30, 0),
      };
    }
    default:
      return undefined;
  }
}

const written = "bytes, transpose, zstd, gzip, blosc, crc32c, and numcodecs.zlib, .lz4 and .shuffle";

/** What the codecs of version 3 (without shards) do. @throws the error that `refuse` makes */
export function readCodecs(
  codecs: readonly Json[],
  axes: number,
  itemBytes: number,
  partBytes: number,
  refuse: Refuse,
): Pipeline {
  let order = Array.from({ length: axes }, (_, axis) => axis);
  let bigEndian: boolean | undefined;
  const steps: ByteCodec[] = [];
  for (const codec of codecs) {
    const [name, configuration] = codecParts(codec, refuse);
    if (name === "transpose") {
      const axesOrder = integersOf(configuration.get("order"));
      if (bigEndian !== undefined) throw refuse("the codec transpose must stand before the codec bytes");
      if (axesOrder === undefined || axesOrder.toSorted((a, b) => a - b).some((axis, i) => axis !== i)) {
        throw refuse("the codec transpose needs an order that names each axis once");
      }
      if (axesOrder.length !== axes) throw refuse(`the codec transpose names ${axesOrder.length} of ${axes} axes`);
      order = axesOrder.map((axis) => order[axis]!);
    } else if (name === "bytes") {
      const endian = configuration.get("endian");
      if (bigEndian !== undefined) throw refuse("the codec bytes stands twice in the list");
      if (endian !== undefined && endian !== "little" && endian !== "big") {
        throw refuse('the codec bytes has an endian that is neither "little" nor "big"');
      }
      if (endian === undefined && partBytes > 1) throw refuse('the codec bytes needs an endian: "little" or "big"');
      bigEndian = endian === "big";
    } else {
      const step = namedCodec(name.replace(/^numcodecs\./, ""), configuration, itemBytes, refuse);
      if (step === undefined) throw refuse(`the codec ${JSON.stringify(name)} cannot be written; known are ${written}`);
      if (bigEndian === undefined) throw refuse(`the codec bytes must stand before the codec ${name}`);
      steps.push(step);
    }
  }
  if (bigEndian === undefined) throw refuse("the codec bytes is missing in the list of codecs");
  return { axes: order, bigEndian, steps };
}

/** The name and the configuration of a codec of version 3. */
export function codecParts(codec: Json, refuse: Refuse): [name: string, configuration: JsonObject] {
  if (typeof codec === "string") return [codec, empty];
  const name = codec instanceof Map ? codec.get("name") : undefined;
  const configuration = codec instanceof Map ? (codec.get("configuration") ?? empty) : undefined;
  if (typeof name === "string" && configuration instanceof Map) return [name, configuration];
  throw refuse('a codec must have the form { "name": …, "configuration": { … } }');
}

function namedCodec(name: string, configuration: JsonObject, itemBytes: number, refuse: Refuse): ByteCodec | undefined {
  try {
    return byteCodec(name, configuration, itemBytes);
  } catch (error) {
    if (error instanceof ArgumentError) throw refuse(error.message);
    throw error;
  }
}

/** A filter or the compressor of version 2. @throws the error that `refuse` makes */
export function readCodec2(codec: Json, itemBytes: number, refuse: Refuse): ByteCodec {
  const id = codec instanceof Map ? codec.get("id") : undefined;
  if (!(codec instanceof Map) || typeof id !== "string") throw refuse('a codec must have the form { "id": …, … }');
  const step = id === "crc32c" ? undefined : namedCodec(id, codec, itemBytes, refuse);
  if (step !== undefined) return step;
  const known = "zstd, gzip, zlib, lz4, blosc, shuffle";
  throw refuse(`the codec ${JSON.stringify(id)} cannot be written; known are ${known}`);
}

const number = (value: number): JsonNumber => new JsonNumber(String(value));

/** A step as metadata names it. */
export function codecJson(step: ByteCodec, zarrFormat: 2 | 3, itemBytes: number): Json {
  const { name, ...facts } = step;
  const configuration = new Map<string, Json>(
    Object.entries(facts).map(([key, value]) => [key, typeof value === "number" ? number(value) : value] as const),
  );
  if (step.name === "zstd") configuration.set("checksum", false);
  if (zarrFormat === 2) return new Map<string, Json>([["id", name], ...configuration]);
  if (step.name === "blosc") {
    configuration.set("typesize", number(itemBytes));
    configuration.set("shuffle", shuffles[step.shuffle === -1 ? (itemBytes === 1 ? 2 : 1) : step.shuffle]!);
  }
  const inVersion3 = ["lz4", "zlib", "shuffle"].includes(name) ? `numcodecs.${name}` : name;
  const members: [string, Json][] = [["name", inVersion3]];
  if (configuration.size > 0) members.push(["configuration", configuration]);
  return new Map(members);
}
