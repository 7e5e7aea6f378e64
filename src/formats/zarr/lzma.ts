/** The codec lzma of Zarr: the forms in which Python's module of this name compresses. */
import { type LzmaChain, unlzma, unlzmaRaw, unxz } from "../codecs/xz.js";
import { isObject, type JsonObject, type Refuse } from "./json.js";

/** LZMA of the first version; its number in raw filters is beyond 2^53, and so a text. */
const LZMA1 = String(0x4000000000000001n);
const [DELTA, LZMA2] = [3, 33];

/** Decodes at most as many bytes. */
type Decoder = (bytes: Uint8Array, most: number, refuse: Refuse) => Uint8Array;

/** Undoes the codec in one of its forms: 1 a file .xz, 2 a file .lzma, 3 raw filters. */
export function lzmaDecoder({ format, filters }: JsonObject): Decoder {
  if (format === 1) return unxz;
  if (format === 2) return unlzma;
  const chain = chainOf(filters);
  return (bytes, most, refuse) => {
    if (chain === undefined) throw refuse("raw LZMA data needs a list of filters");
    return unlzmaRaw(bytes, most, chain);
  };
}

/** What raw filters do: some delta, and LZMA or LZMA2 at last; undefined where they are others, or impossible. */
export function chainOf(filters: unknown): LzmaChain | undefined {
  if (!Array.isArray(filters) || !filters.every(isObject)) return undefined;
  const last = filters.at(-1);
  if (last === undefined || filters.some(({ id }, place) => place < filters.length - 1 && id !== DELTA))
    return undefined;
  const distances = filters.slice(0, -1).map(({ dist = 1 }) => whole(dist, 1, 256));
  if (!distances.every((distance) => distance !== undefined)) return undefined;
  if (last.id === LZMA2) return { distances };
  const [lc, lp, pb] = [whole(last.lc ?? 3, 0, 4), whole(last.lp ?? 0, 0, 4), whole(last.pb ?? 2, 0, 4)];
  if (last.id !== LZMA1 || lc === undefined || lp === undefined || pb === undefined || lc + lp > 4) return undefined;
  return { distances, properties: { lc, lp, pb } };
}

function whole(value: unknown, least: number, most: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
