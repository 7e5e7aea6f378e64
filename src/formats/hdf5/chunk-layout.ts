/**
 * What the header of a dataset says about its chunks: their lengths, the index that leads to them, and the content of
 * chunks that were never written.
 *
 * Invariant: the result is undefined if something is not understood; the library then reads the elements.
 */
import { sizeOf } from "../../data/region.js";
import type { IndexParams } from "../hdf5-native/params.js";

/** The chunks of a dataset, as its header describes them. */
export interface ChunkLayout {
  readonly chunk: readonly number[];
  readonly itemBytes: number;
  readonly index: IndexParams;
  /** True where chunks that reach beyond the dataset do not go through the filters. */
  readonly wholeOnly: boolean;
}

/** The kinds of indexes in the layouts of version 4. */
const [SINGLE, IMPLICIT, FIXED, EXTENSIBLE, B_TREE_2] = [1, 2, 3, 4, 5];

const names: Readonly<Record<number, "implicit" | "fixed array" | "extensible array" | "b-tree 2">> = {
  [IMPLICIT]: "implicit",
  [FIXED]: "fixed array",
  [EXTENSIBLE]: "extensible array",
  [B_TREE_2]: "b-tree 2",
};

/** How many bytes of parameters come before the address of an index. */
const parameterBytes: Readonly<Record<number, number>> = {
  [IMPLICIT]: 0,
  [FIXED]: 1,
  [EXTENSIBLE]: 5,
  [B_TREE_2]: 6,
};

/** The flags of a layout: chunks at the end of an axis do not go through the filters; a size and a mask follow. */
const [PARTIAL_UNFILTERED, SINGLE_FILTERED] = [1, 2];

/** The time of filling that means: not at all. */
const NEVER = 1;

/** Reads the message of a header that describes the layout. */
export function chunkLayoutFrom(data: Buffer): ChunkLayout | undefined {
  const [version, kind] = [data[0], data[1]];
  if (kind !== 2 || data.length < 12) return undefined;
  if (version === 3) {
    const rank = data.readUInt8(2) - 1;
    if (rank < 1 || data.length < 11 + 4 * (rank + 1)) return undefined;
    const lengths = Array.from({ length: rank + 1 }, (_, axis) => data.readUInt32LE(11 + 4 * axis));
    return { ...split(lengths), wholeOnly: false, index: { kind: "b-tree", ...addressAt(data, 3) } };
  }
  return version === 4 ? modernFrom(data) : undefined;
}

function modernFrom(data: Buffer): ChunkLayout | undefined {
  const [flags, rank, lengthBytes] = [data.readUInt8(2), data.readUInt8(3) - 1, data.readUInt8(4)];
  const kindAt = 5 + (rank + 1) * lengthBytes;
  if (rank < 1 || lengthBytes < 1 || lengthBytes > 6) return undefined;
  if (data.length < kindAt + 1) return undefined;
  const lengths = Array.from({ length: rank + 1 }, (_, axis) => data.readUIntLE(5 + axis * lengthBytes, lengthBytes));
  const facts = { ...split(lengths), wholeOnly: (flags & PARTIAL_UNFILTERED) !== 0 };
  const [kind, at] = [data.readUInt8(kindAt), kindAt + 1];
  if (kind === SINGLE) {
    const filtered = (flags & SINGLE_FILTERED) !== 0;
    if (data.length < at + (filtered ? 20 : 8)) return undefined;
    const bytes = filtered ? Number(data.readBigUInt64LE(at)) : sizeOf(lengths);
    const mask = filtered ? data.readUInt32LE(at + 8) : 0;
    return { ...facts, index: { kind: "single chunk", bytes, mask, ...addressAt(data, at + (filtered ? 12 : 0)) } };
  }
  const [parameters, name] = [parameterBytes[kind], names[kind]];
  if (parameters === undefined || name === undefined || data.length < at + parameters + 8) return undefined;
  return { ...facts, index: { kind: name, ...addressAt(data, at + parameters) } };
}

/** The lengths of a chunk, which are followed by the bytes of an element. */
function split(lengths: readonly number[]): Omit<ChunkLayout, "index" | "wholeOnly"> {
  return { chunk: lengths.slice(0, -1), itemBytes: lengths.at(-1) ?? 0 };
}

function addressAt(data: Buffer, at: number): { readonly address?: number } {
  const address = data.readBigUInt64LE(at);
  return address === 2n ** 64n - 1n ? {} : { address: Number(address) };
}

/**
 * The bytes of the fill value from the message of a header, of a newer or the older kind; none if it is all zeros, or
 * if nothing is to be filled ("fill time never"): what was never written is then zero, as in h5py.
 */
export function fillFrom(data: Buffer, older: boolean): readonly number[] | undefined {
  const valueAt = (at: number): readonly number[] | undefined => {
    if (data.length < at + 4) return undefined;
    const length = data.readUInt32LE(at);
    return data.length < at + 4 + length ? undefined : [...data.subarray(at + 4, at + 4 + length)];
  };
  if (older) return valueAt(0);
  const version = data[0];
  if (version === 1 || version === 2) {
    if (data[2] === NEVER) return [];
    return version === 2 && data[3] === 0 ? [] : valueAt(4);
  }
  if (version !== 3) return undefined;
  const flags = data[1] ?? 0;
  return ((flags >> 2) & 3) === NEVER || (flags & 0x20) === 0 ? [] : valueAt(2);
}
