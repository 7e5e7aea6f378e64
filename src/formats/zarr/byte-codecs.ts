/**
 * The codecs that turn bytes into bytes: one row for each, with its settings and both directions. zlib's formats go to
 * node:zlib, which is faster than zarrita's streams and stops at a limit; zstd goes to the fastest library that is here; the
 * others go to zarrita.
 *
 * Invariant: nobody decompresses more than `most` bytes. node:zlib counts; for the others, the size that the compressed bytes
 * declare is looked at before they are touched. An encoder gives memory of its own, or the bytes it was given.
 */
import * as zlib from "node:zlib";
import { StorageError } from "../../data/errors.js";
import { unzstd } from "../zstd/frames.js";
import { type MemorySource, zstdLibrary } from "../zstd/library.js";
import { crc32c } from "./crc32c.js";
import { type Check, checkBlosc, checkLz4 } from "./declared-size.js";
import { isObject, type JsonObject, type Refuse, shown } from "./json.js";
import { loadZarrita } from "./libraries.js";

/** Undoes one codec. The result may be a part of what it was given, or of the memory that `room` gives. */
export type Decode = (
  bytes: Uint8Array,
  most: number,
  refuse: Refuse,
  room?: MemorySource,
) => Uint8Array | Promise<Uint8Array>;

/** Encodes the bytes of a chunk. */
export type Encode = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** A setting: what it is without a word, and what it may be. */
interface Setting {
  readonly preset: unknown;
  readonly right: string;
  readonly fits: (value: unknown) => boolean;
}

interface ByteCodec {
  readonly settings: Readonly<Record<string, Setting>>;
  decoder(settings: Settings): Decode | Promise<Decode>;
  encoder(settings: Settings): Encode | Promise<Encode>;
}

/** Settings that were checked. */
type Settings = Readonly<Record<string, number | string>>;

const whole = (preset: number, least: number, most: number): Setting => ({
  preset,
  right: `a whole number from ${least} to ${most}`,
  fits: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
});

const among = (preset: unknown, ...list: readonly unknown[]): Setting => ({
  preset,
  right: list.length === 1 ? shown(preset) : `one of ${list.join(", ")}`,
  fits: (value) => list.includes(value),
});

/** Blosc's ways to shuffle, as version 3 names the numbers of version 2; there, −1 lets the library choose. */
const shuffles = ["noshuffle", "shuffle", "bitshuffle"];

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Uint8Array;

/** The bytes around which the output of one of node:zlib's calls is collected: most results fit into a single piece. */
const pieceOf = (most: number): number => Math.max(64, Math.min(most + 64, 2 ** 24));

const viaNode =
  (inflate: Inflate): Decode =>
  (bytes, most) =>
    inflate(bytes, { maxOutputLength: Math.max(1, most), chunkSize: pieceOf(most) });

/** A codec of zarrita's registry; codecs of bytes do not look at the array. */
async function library(name: string, settings: object) {
  const { registry } = await loadZarrita();
  return (await registry.get(name)!()).fromConfig(settings, undefined as never);
}

async function libraryDecoder(name: string, settings: object, check: Check): Promise<Decode> {
  const codec = await library(name, settings);
  return (bytes, most, refuse) => {
    check(bytes, most, refuse);
    return codec.decode(bytes);
  };
}

async function libraryEncoder(name: string, settings: object): Promise<Encode> {
  const codec = await library(name, settings);
  return async (bytes) => {
    try {
      return (await codec.encode(bytes)) as Uint8Array;
    } catch (cause) {
      throw new StorageError(`the codec ${name} failed with a chunk of ${bytes.length} bytes`, {}, { cause });
    }
  };
}

const table = {
  blosc: {
    settings: {
      cname: among("lz4", "blosclz", "lz4", "lz4hc", "zlib", "zstd"),
      clevel: whole(5, 0, 9),
      shuffle: among(1, ...shuffles, -1, 0, 1, 2),
      blocksize: whole(0, 0, 2 ** 30),
    },
    decoder: () => libraryDecoder("blosc", {}, checkBlosc),
    // The library does not know −1, and takes elements to have one byte, so that shuffling bytes changes nothing.
    encoder: (settings) => libraryEncoder("blosc", { ...settings, shuffle: Math.abs(settings.shuffle as number) }),
  },
  zstd: {
    settings: { level: whole(0, -131072, 22), checksum: among(false, false) },
    decoder: () => (bytes, most, _refuse, room) => unzstd(bytes, most, room === undefined ? {} : { room }),
    // Level 0 means the library's own default, which is 3.
    encoder: (settings) => (bytes) => zstdLibrary().compress(bytes, (settings.level as number) || 3),
  },
  gzip: {
    settings: { level: whole(5, 0, 9) },
    decoder: () => viaNode(zlib.gunzipSync),
    encoder: (settings) => (bytes) => zlib.gzipSync(bytes, settings),
  },
  zlib: {
    settings: { level: whole(1, 0, 9) },
    decoder: () => viaNode(zlib.inflateSync),
    encoder: (settings) => (bytes) => zlib.deflateSync(bytes, settings),
  },
  lz4: {
    settings: { acceleration: whole(1, 0, 65537) },
    decoder: () => libraryDecoder("lz4", {}, checkLz4),
    encoder: (settings) => libraryEncoder("lz4", { acceleration: settings.acceleration || 1 }),
  },
  crc32c: { settings: { location: among("end", "end") }, decoder: () => withoutChecksum, encoder: () => withChecksum },
  shuffle: {
    settings: { elementsize: whole(4, 1, 2 ** 16) },
    // zarrita's decoder would take the array's own element size, were it not told.
    decoder: (settings) =>
      libraryDecoder("numcodecs.shuffle", settings, ({ length }, _most, refuse) => {
        if (length % (settings.elementsize as number) === 0) return;
        throw refuse(`${length} shuffled bytes are no whole number of elements of ${settings.elementsize}`);
      }),
    encoder: (settings) => libraryEncoder("numcodecs.shuffle", settings),
  },
} satisfies Readonly<Record<string, ByteCodec>>;

/** The names of the codecs, without the `numcodecs.` that some have in version 3. */
export type ByteCodecName = keyof typeof table;

/** A codec that turns bytes into bytes, with those of the settings of its metadata that are numbers, words or truths. */
export interface Compressor {
  readonly codec: ByteCodecName;
  readonly configuration: JsonObject;
}

/** The names of the codecs that turn bytes into bytes. */
export const byteCodecNames = Object.keys(table) as readonly ByteCodecName[];

const rowOf = (codec: ByteCodecName): ByteCodec => table[codec];

/** A codec with what is known of its configuration. Reading needs few settings: {@link settingsOf} judges them. */
export function compressorOf(codec: ByteCodecName, configuration: JsonObject): Compressor {
  const known = Object.entries(configuration).filter(
    ([key, value]) => Object.hasOwn(rowOf(codec).settings, key) && !isObject(value) && !Array.isArray(value),
  );
  return { codec, configuration: Object.fromEntries(known) };
}

/** The settings of a codec, all of them. @throws what `refuse` makes, where one is not right */
export function settingsOf({ codec, configuration }: Compressor, refuse: Refuse): Settings {
  const entries = Object.entries(rowOf(codec).settings).map(([key, { preset, right, fits }]) => {
    const { [key]: value = preset } = configuration;
    if (!fits(value)) throw refuse(`${key} of ${codec} must be ${right}, not ${shown(value)}`);
    return [key, shuffles.includes(value as string) ? shuffles.indexOf(value as string) : value] as const;
  });
  return Object.fromEntries(entries) as Settings;
}

/** How a codec is undone. Its library is loaded now. */
export async function decoderOf({ codec, configuration }: Compressor): Promise<Decode> {
  return rowOf(codec).decoder(configuration as Settings);
}

/** How bytes are encoded. The codec's library is loaded now. */
export async function encoderOf(compressor: Compressor): Promise<Encode> {
  const refuse: Refuse = (problem) => new StorageError(problem, {});
  return rowOf(compressor.codec).encoder(settingsOf(compressor, refuse));
}

/** The entry of a codec in metadata, with all its settings. `itemBytes` is the size of an element. */
export function codecEntry(compressor: Compressor, version: 2 | 3, itemBytes: number, refuse: Refuse): JsonObject {
  const { codec } = compressor;
  const { location: _, ...settings } = settingsOf(compressor, refuse);
  if (version === 2) return { id: codec, ...settings };
  const name = ["lz4", "zlib", "shuffle"].includes(codec) ? `numcodecs.${codec}` : codec;
  if (codec !== "blosc") return Object.keys(settings).length === 0 ? { name } : { name, configuration: settings };
  const shuffle = settings.shuffle === -1 ? (itemBytes === 1 ? 2 : 1) : (settings.shuffle as number);
  return { name, configuration: { ...settings, shuffle: shuffles[shuffle], typesize: itemBytes } };
}

/**
 * The most bytes that can be encoded. WebAssembly encoders copy a chunk into a memory of at most 2 GiB, where the result
 * stands as well, and are broken for good once it is exhausted.
 */
export function mostEncoded(compressors: readonly Compressor[]): number {
  return compressors.some(({ codec }) => ["zstd", "blosc", "lz4"].includes(codec)) ? 2 ** 29 : 2 ** 31 - 1;
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const result = Buffer.allocUnsafe(bytes.length + 4);
  result.set(bytes);
  result.writeUInt32LE(crc32c(bytes), bytes.length);
  return result;
}

function withoutChecksum(bytes: Uint8Array, _most: number, refuse: Refuse): Uint8Array {
  const end = bytes.length - 4;
  if (end < 0) throw refuse(`the bytes are truncated: a checksum has 4, here are ${bytes.length}`);
  const content = bytes.subarray(0, end);
  const [found, wanted] = [crc32c(content), Buffer.from(bytes.buffer, bytes.byteOffset + end, 4).readUInt32LE()];
  if (found === wanted) return content;
  throw refuse(`the checksum (CRC-32C) is ${found.toString(16)}, and should be ${wanted.toString(16)}`);
}
