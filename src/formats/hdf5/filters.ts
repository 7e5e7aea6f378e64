/**
 * The filters through which chunks of HDF5 go, by their numbers: those that the library has, and names for the others.
 */

const known = ["deflate (gzip)", "shuffle", "fletcher32", "szip", "nbit", "scaleoffset"];

const others: Readonly<Record<number, string>> = {
  307: "bzip2",
  32000: "lzf",
  32001: "blosc",
  32004: "lz4",
  32008: "bitshuffle",
  32013: "zfp",
  32015: "zstd",
  32017: "sz",
  32019: "fcidecomp",
  32022: "jpeg",
  32026: "blosc2",
};

/** A filter as the library describes it. */
export interface StoredFilter {
  readonly id: number;
  readonly name: string;
  /** Its settings, such as the bytes of an element. */
  readonly cd_values: readonly number[];
}

/** What to call a filter. */
export function nameOf({ id, name }: StoredFilter): string {
  return known[id - 1] ?? others[id] ?? (name === "" ? `filter ${id}` : name);
}

/** True where the library can undo a filter. */
export function isKnown({ id }: StoredFilter): boolean {
  return id >= 1 && id <= known.length;
}

/** The names of all filters that are undone, for messages. */
export const knownFilters: string = known.join(", ");
