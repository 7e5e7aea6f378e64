/** Which chunked datasets are read without the library, and the facts that a worker needs for that. */
import { storedBytes } from "../../data/layout.js";
import type { ChunkedParams, ChunkFilter } from "../hdf5-native/params.js";
import type { Described } from "./dataset.js";
import type { StoredFilter } from "./filters.js";

const [DEFLATE, SHUFFLE, FLETCHER32] = [1, 2, 3];

/** The facts that a worker needs to read a dataset without the library; undefined if it cannot. */
export function chunkedParams(dataset: string, found: Described): ChunkedParams | undefined {
  const { chunks, filters, header, itemBytes, largest, type } = found;
  if ("refused" in type || chunks === undefined || header?.chunked === undefined || header.fill === undefined) {
    return undefined;
  }
  const { chunked, fill, base } = header;
  const known = filters.map(knownFilter).filter((filter) => filter !== undefined);
  const agrees =
    chunked.chunk.join() === chunks.join() &&
    chunked.itemBytes === itemBytes &&
    itemBytes === storedBytes({ dtype: type.dtype, encoding: type.encoding }) &&
    (fill.length === 0 || fill.length === itemBytes) &&
    new Set(filters.map(({ id }) => id)).size === filters.length;
  if (!agrees || known.length < filters.length) return undefined;
  const most = chunks.map((length, axis) => {
    const limit = largest[axis] ?? Number.POSITIVE_INFINITY;
    return limit > Number.MAX_SAFE_INTEGER ? null : Math.ceil(limit / length);
  });
  const { encoding } = type;
  return { dataset, encoding, chunk: chunks, most, filters: known, fill, base, index: chunked.index };
}

function knownFilter({ id, cd_values }: StoredFilter): ChunkFilter | undefined {
  if (id === DEFLATE) return { filter: "deflate" };
  if (id === FLETCHER32) return { filter: "fletcher32" };
  const elementBytes = cd_values[0] ?? 0;
  return id === SHUFFLE && elementBytes > 0 ? { filter: "shuffle", elementBytes } : undefined;
}
