/**
 * The codecs that turn bytes into bytes: one row for each, with its settings and both directions. zlib's formats go to
 * node:zlib, which is faster than zarrita's streams and stops at a limit; zstd goes to the fastest library that is
 * installed; the others go to zarrita.
 *
 * Invariant: no decoder decompresses more than `most` bytes. node:zlib counts; for the others, the size that the
 * compressed bytes declare is checked first. An encoder returns memory of its own, or the bytes that it was given.
 */
import * as zlib from "node:zlib";
import { beforeStep } from "../../data/collection.js";
import { InternalError, StorageError } from "../../data/errors.js";
import { adler32 } from "../codecs/adler32.js";
import { unblosc } from "../codecs/blosc.js";
import { unbzip2 } from "../codecs/bzip2.js";
import { fletcher32 } from "../codecs/fletcher32.js";
import { lookup3 } from "../codecs/lookup3.js";
import { packBits, unpackBits } from "../codecs/packbits.js";
import { unzstd } from "../zstd/frames.js";
import { type MemorySource, zstdLibrary } from "../zstd/library.js";
import { crc32c } from "./crc32c.js";
import { type Check, checkLz4 } from "./declared-size.js";
import { type JsonObject, type Refuse, shown } from "./json.js";
import { loadZarrita } from "./libraries.js";
import { chainOf, lzmaDecoder } from "./lzma.js";

/** Undoes one codec. The result may be a part of the given bytes, or of memory from `memory`. */
export type Decode = (
  bytes: Uint8Array,
  most: number,
  refuse: Refuse,
  memory?: MemorySource,
) => Uint8Array | Promise<Uint8Array>;

/** Encodes the bytes of a chunk. */
export type Encode = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

type SettingValue = number | string | boolean | null | readonly JsonObject[];

/** A setting: its default, what is expected in words, and whether a value is that. */
interface Setting {
  readonly preset: SettingValue;
  readonly expected: string;
  readonly fits: (value: unknown) => value is SettingValue;
}

interface ByteCodec {
  readonly settings: Readonly<Record<string, Setting>>;
  /** Whether decoding depends on the settings, which are not looked at otherwise. */
  readonly decodesBySettings?: true;
  decoder(settings: JsonObject): Decode | Promise<Decode>;
  /** Absent where it can only be read. */
  readonly encoder?: (settings: Settings) => Encode | Promise<Encode>;
}

/** Settings that were checked. */
type Settings = Readonly<Record<string, SettingValue>>;

const whole = (preset: number, least: number, most: number): Setting => ({
  preset,
  expected: `a whole number from ${least} to ${most}`,
  fits: (value): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
});

const among = (preset: SettingValue, ...list: readonly SettingValue[]): Setting => ({
  preset,
  expected: list.length === 1 ? shown(preset) : `one of ${list.join(", ")}`,
  fits: (value): value is SettingValue => list.some((known) => known === value),
});

/**
 * Blosc's kinds of shuffling, as version 3 names the numbers of version 2. In version 2, −1 lets the library choose.
 */
const shuffles: readonly SettingValue[] = ["noshuffle", "shuffle", "bitshuffle"];

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Uint8Array;

/** The size of the pieces in which node:zlib collects its output: most results fit into a single one. */
const pieceOf = (most: number): number => Math.max(64, Math.min(most + 64, 2 ** 24));

const viaNode =
  (inflate: Inflate): Decode =>
  (bytes, most) => {
    beforeStep(most);
    return inflate(bytes, { maxOutputLength: Math.max(1, most), chunkSize: pieceOf(most) });
  };

/**
 * A codec of zarrita's registry. It must not see an array: the codec shuffle would take its element size, not its own
 * setting.
 */
async function library(name: string, settings: object) {
  const { registry } = await loadZarrita();
  const entry = registry.get(name);
  if (entry === undefined) throw new InternalError(`internal error: zarrita has no codec ${name}`);
  return (await entry()).fromConfig(settings, undefined as never);
}

async function libraryDecoder(name: string, settings: object, check: Check): Promise<Decode> {
  const codec = await library(name, settings);
  return (bytes, most, refuse) => {
    check(bytes, most, refuse);
    beforeStep(most);
    return codec.decode(bytes);
  };
}

async function libraryEncoder(name: string, settings: object): Promise<Encode> {
  const codec = await library(name, settings);
  return async (bytes) => {
    try {
      return await codec.encode(bytes);
    } catch (cause) {
      throw new StorageError(`the codec ${name} failed with a chunk of ${bytes.length} bytes`, {}, { cause });
    }
  };
}

/** A checksum of four bytes, the lowest first, after the bytes or before them. */
function checksum(
  name: string,
  sumOf: (bytes: Uint8Array, settings: JsonObject) => number,
  preset: "start" | "end",
  own?: ByteCodec["settings"],
): ByteCodec {
  return {
    settings: own ?? { location: among(preset, "start", "end") },
    decodesBySettings: true,
    decoder: ({ location = preset, ...settings }) => {
      return (bytes, _most, refuse) => {
        const length = bytes.length - 4;
        if (length < 0) throw refuse(`the bytes are truncated: a checksum has 4, and there are ${bytes.length}`);
        const [content, at] = location === "end" ? [bytes.subarray(0, length), length] : [bytes.subarray(4), 0];
        const [found, wanted] = [
          sumOf(content, settings),
          Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).readUInt32LE(),
        ];
        if (found === wanted) return content;
        throw refuse(`the checksum (${name}) is ${found.toString(16)}, and should be ${wanted.toString(16)}`);
      };
    },
    encoder: ({ location = preset, ...settings }) => {
      return (bytes) => {
        const result = Buffer.alloc(bytes.length + 4);
        result.set(bytes, location === "end" ? 0 : 4);
        result.writeUInt32LE(sumOf(bytes, settings), location === "end" ? bytes.length : 0);
        return result;
      };
    },
  };
}

function fromBase64(bytes: Uint8Array, _most: number, refuse: Refuse): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  const content = Buffer.from(text, "base64");
  if (content.toString("base64") === text) return content;
  throw refuse("the bytes are not base64");
}

/** The names of the codecs, without the `numcodecs.` that some have in version 3. */
export const byteCodecNames = [
  "blosc",
  "zstd",
  "gzip",
  "zlib",
  "lz4",
  "bz2",
  "lzma",
  "base64",
  "crc32c",
  "crc32",
  "adler32",
  "fletcher32",
  "jenkins_lookup3",
  "shuffle",
  "packbits",
] as const;

/** The name of a codec that turns bytes into bytes. */
export type ByteCodecName = (typeof byteCodecNames)[number];

const table: Readonly<Record<ByteCodecName, ByteCodec>> = {
  blosc: {
    settings: {
      cname: among("lz4", "blosclz", "lz4", "lz4hc", "zlib", "zstd"),
      clevel: whole(5, 0, 9),
      shuffle: among(1, ...shuffles, -1, 0, 1, 2),
      blocksize: whole(0, 0, 2 ** 30),
    },
    decoder: () => unblosc,
    // the library does not know −1, and takes elements to have one byte, so that shuffling bytes changes nothing
    encoder: (settings) => libraryEncoder("blosc", { ...settings, shuffle: Math.abs(Number(settings.shuffle)) }),
  },
  zstd: {
    settings: { level: whole(0, -131072, 22), checksum: among(false, false) },
    decoder: () => (bytes, most, _refuse, memory) => unzstd(bytes, most, memory === undefined ? {} : { memory }),
    // level 0 means the library's own default, which is 3
    encoder: (settings) => (bytes) => zstdLibrary().compress(bytes, Number(settings.level) || 3),
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
  bz2: { settings: { level: whole(1, 1, 9) }, decoder: () => unbzip2 },
  lzma: {
    settings: {
      format: among(1, 1, 2, 3),
      filters: {
        preset: null,
        expected: "null, or delta filters (dist 1 to 256) and at last LZMA or LZMA2",
        fits: (value): value is null | JsonObject[] => value === null || chainOf(value) !== undefined,
      },
    },
    decodesBySettings: true,
    decoder: lzmaDecoder,
  },
  base64: {
    settings: {},
    decoder: () => fromBase64,
    encoder: () => (bytes) => Buffer.from(Buffer.from(bytes).toString("base64")),
  },
  crc32c: checksum("CRC-32C", crc32c, "end"),
  crc32: checksum("CRC-32", (bytes) => zlib.crc32(bytes), "start"),
  adler32: checksum("Adler-32", adler32, "start"),
  fletcher32: checksum("fletcher32", (bytes) => fletcher32(bytes, true), "end", {}),
  jenkins_lookup3: checksum("lookup3", (bytes, { initval }) => lookup3(bytes, Number(initval ?? 0)), "end", {
    initval: whole(0, 0, 2 ** 32 - 1),
    prefix: among(null, null),
  }),
  packbits: { settings: {}, decoder: () => unpackBits, encoder: () => packBits },
  shuffle: {
    settings: { elementsize: whole(4, 1, 2 ** 16) },
    decodesBySettings: true,
    decoder: (settings) =>
      libraryDecoder("numcodecs.shuffle", settings, ({ length }, _most, refuse) => {
        if (length % Number(settings.elementsize) === 0) return;
        throw refuse(`${length} shuffled bytes are not a whole number of elements of ${settings.elementsize}`);
      }),
    encoder: (settings) => libraryEncoder("numcodecs.shuffle", settings),
  },
};

/** A codec that turns bytes into bytes, with those settings of its metadata that are known. */
export interface Compressor {
  readonly codec: ByteCodecName;
  readonly configuration: JsonObject;
}

/** A codec with the known settings of its configuration. They are not checked: see {@link settingsOf}. */
export function compressorOf(codec: ByteCodecName, configuration: JsonObject): Compressor {
  const known = Object.entries(configuration).filter(([key]) => Object.hasOwn(table[codec].settings, key));
  return { codec, configuration: Object.fromEntries(known) };
}

/** Whether decoding depends on a codec's settings. */
export function decodesBySettings(codec: ByteCodecName): boolean {
  return table[codec].decodesBySettings === true;
}

/** All settings of a codec. @throws what `refuse` makes if one is wrong */
export function settingsOf({ codec, configuration }: Compressor, refuse: Refuse): Settings {
  const entries = Object.entries(table[codec].settings).map(([key, { preset, expected, fits }]) => {
    const { [key]: value = preset } = configuration;
    if (!fits(value)) throw refuse(`${key} of ${codec} must be ${expected}, not ${shown(value)}`);
    const number = shuffles.indexOf(value);
    return [key, number < 0 ? value : number] as const;
  });
  return Object.fromEntries(entries);
}

/** What undoes a codec. Its library is loaded now. */
export async function decoderOf({ codec, configuration }: Compressor): Promise<Decode> {
  return table[codec].decoder(configuration);
}

/** What encodes bytes. The codec's library is loaded now. */
export async function encoderOf(compressor: Compressor): Promise<Encode> {
  const refuse: Refuse = (problem) => new StorageError(problem, {});
  const { encoder } = table[compressor.codec];
  if (encoder === undefined) throw refuse(`the codec ${compressor.codec} cannot be written`);
  return encoder(settingsOf(compressor, refuse));
}

/** Whether chunks can be written with a codec. */
export function isWritable({ codec }: Compressor): boolean {
  return table[codec].encoder !== undefined;
}

/** The entry of a codec in metadata, with all its settings. `itemBytes` is the size of an element. */
export function codecEntry(compressor: Compressor, version: 2 | 3, itemBytes: number, refuse: Refuse): JsonObject {
  const { codec } = compressor;
  const { location, ...others } = settingsOf(compressor, refuse);
  const isPreset = location === undefined || location === table[codec].settings.location?.preset;
  const settings = isPreset ? others : { ...others, location };
  if (version === 2) return { id: codec, ...settings };
  const name = !["blosc", "zstd", "gzip", "crc32c"].includes(codec) ? `numcodecs.${codec}` : codec;
  if (codec !== "blosc") return Object.keys(settings).length === 0 ? { name } : { name, configuration: settings };
  const shuffle = settings.shuffle === -1 ? (itemBytes === 1 ? 2 : 1) : Number(settings.shuffle);
  return { name, configuration: { ...settings, shuffle: shuffles[shuffle], typesize: itemBytes } };
}

/**
 * The most bytes that can be encoded. WebAssembly encoders copy a chunk into a memory of at most 2 GiB, which also
 * holds the result, and are broken for good once it is exhausted.
 */
export function mostEncoded(compressors: readonly Compressor[]): number {
  return compressors.some(({ codec }) => ["zstd", "blosc", "lz4"].includes(codec)) ? 2 ** 29 : 2 ** 31 - 1;
}
