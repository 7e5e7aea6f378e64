/**
 * The filters through which chunks of HDF5 go, by their numbers: those that are undone here, those that the library
 * undoes, and names for the others.
 */
import type { ChunkFilter } from "../hdf5-native/params.js";

/** A filter as the library describes it. */
export interface StoredFilter {
  readonly id: number;
  readonly name: string;
  /** Its settings, such as the bytes of an element. */
  readonly cd_values: readonly number[];
}

interface KnownFilter {
  readonly name: string;
  /** Whether the library can undo it. */
  readonly library?: true;
  /** What undoes it here; undefined if its settings are not understood. */
  readonly here?: (settings: readonly number[]) => ChunkFilter | undefined;
}

const plain = (filter: Exclude<ChunkFilter["filter"], "shuffle" | "bitshuffle">) => (): ChunkFilter => ({ filter });

const filters: Readonly<Record<number, KnownFilter>> = {
  1: { name: "deflate (gzip)", library: true, here: plain("deflate") },
  2: {
    name: "shuffle",
    library: true,
    here: ([elementBytes = 0]) => (elementBytes > 0 ? { filter: "shuffle", elementBytes } : undefined),
  },
  3: { name: "fletcher32", library: true, here: plain("fletcher32") },
  4: { name: "szip", library: true },
  5: { name: "nbit", library: true },
  6: { name: "scaleoffset", library: true },
  307: { name: "bzip2", here: plain("bzip2") },
  32000: { name: "lzf", here: plain("lzf") },
  32001: { name: "blosc", here: plain("blosc") },
  32004: { name: "lz4", here: plain("lz4") },
  32008: { name: "bitshuffle", here: bitshuffleOf },
  32013: { name: "zfp" },
  32015: { name: "zstd", here: plain("zstd") },
  32017: { name: "sz" },
  32019: { name: "fcidecomp" },
  32022: { name: "jpeg" },
  32026: { name: "blosc2", here: plain("blosc2") },
};

/** The settings: two numbers of a version, the bytes of an element, the elements of a block, a codec. */
function bitshuffleOf([, , elementBytes = 0, blockLength = 0, codec = 0]: readonly number[]): ChunkFilter | undefined {
  const name = (["none", undefined, "lz4", "zstd"] as const)[codec];
  return elementBytes > 0 && name !== undefined
    ? { filter: "bitshuffle", elementBytes, blockLength, codec: name }
    : undefined;
}

/** What to call a filter. */
export function nameOf({ id, name }: StoredFilter): string {
  return filters[id]?.name ?? (name === "" ? `filter ${id}` : name);
}

/** True where the library can undo a filter. */
export function isInLibrary({ id }: StoredFilter): boolean {
  return filters[id]?.library === true;
}

/** The filter as it is undone here; undefined if it is not. */
export function chunkFilterOf({ id, cd_values }: StoredFilter): ChunkFilter | undefined {
  return filters[id]?.here?.(cd_values);
}

/** The names of all filters that are undone, for messages. */
export const knownFilters: string = Object.values(filters)
  .filter(({ library, here }) => library !== undefined || here !== undefined)
  .map(({ name }) => name)
  .join(", ");
