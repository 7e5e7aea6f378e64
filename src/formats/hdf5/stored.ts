/**
 * A dataset as an array. Contiguous elements are read in place. Chunks are decoded by the format hdf5-native; those
 * with rare filters (szip, nbit, scaleoffset), and what is neither contiguous nor in chunks, by the HDF5 library.
 * Virtual datasets are put together from others.
 *
 * Not checked, because the library does not: a deflated chunk that it decodes, and that was made on purpose to decode
 * to more or less than a chunk. The library takes up to its 2 GiB for the one, and for the rest of the other returns
 * what was in its memory before, as h5py does.
 */
import { createHash } from "node:crypto";
import { chunkBox } from "../../data/chunks.js";
import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import type { Encoding, StridedFile } from "../../data/layout.js";
import { largestOf } from "../../data/numbers.js";
import { countsOf, sizeOf, stridesOf } from "../../data/region.js";
import { decodeElements } from "../../storage/encoding.js";
import { withLocalFile } from "../../storage/stores/file.js";
import { mostFilled } from "../codecs/blosc.js";
import type { StoredArray } from "../format.js";
import type { ChunkedParams, ChunkFilter } from "../hdf5-native/params.js";
import { MOST_OPEN, type VirtualParams } from "../hdf5-virtual/params.js";
import { canBecome } from "../hdf5-virtual/source.js";
import { findBeside, MOST_FILES } from "./beside.js";
import { type Described, describe } from "./dataset.js";
import { gridOfChunks, gridOfSources, stretch } from "./grid.js";
import type { Hdf5File } from "./library.js";
import { type DatasetPlace, openObject } from "./links.js";
import type { Hdf5Params } from "./reader.js";
import { type Resolved, VirtualResolver } from "./virtual.js";

/** What codecs need for a chunk of some bytes besides the memory that all do: tables, or blocks that are filled up. */
const needs: Partial<Record<ChunkFilter["filter"], (bytes: number) => number>> = {
  bzip2: () => 2 ** 23,
  blosc2: (bytes) => 2 * mostFilled(bytes),
};

/** How the elements of a dataset become numbers. */
interface Elements {
  readonly dtype: DType;
  readonly encoding: Encoding;
}

/**
 * Describes a dataset, or a field of one that holds records, as an array. Reads only metadata.
 *
 * @param depth of how many virtual datasets this one is a source
 * @throws FormatError where it cannot be read
 */
export async function storedAt(source: Hdf5File, place: DatasetPlace, depth = 0): Promise<StoredArray> {
  const { path } = source.file;
  const found = describe(source, place.name, place.field);
  const { type, shape, itemBytes, problem, chunked, virtual } = found;
  const name = [place.name, ...place.field].join("/");
  if ("refused" in type) {
    const fields = found.fields.length === 0 ? "" : `: ${found.fields.join(", ")}`;
    throw new FormatError(`${path}: ${name} holds ${type.refused}${fields}`, { path });
  }
  if (problem !== undefined) throw new FormatError(`${path}: ${name} cannot be read: ${problem}`, { path });
  const { dtype, encoding } = type;
  const strided = stridedFile(source, found, { dtype, encoding });
  if (strided !== undefined) return { kind: "strided", file: strided };
  if (virtual !== undefined) {
    const resolved = await resolve(source, place, found, { dtype, encoding }, depth);
    return { kind: "encoded", array: virtualArray(source, name, found, resolved, { dtype, encoding }) };
  }
  const chunks = chunked?.chunk ?? found.chunks;
  const grid = gridOfChunks(shape, itemBytes, chunks === undefined ? undefined : [...chunks, ...found.inner]);
  const recordBytes = found.record?.bytes ?? itemBytes * sizeOf(found.inner);
  const first = shape.map(() => 0);
  const part = sizeOf(countsOf(chunkBox(grid, first)));
  const chunkBytes = chunks === undefined ? part * itemBytes : sizeOf(chunks) * recordBytes;
  const more = largestOf(chunked?.filters.map(({ filter }) => needs[filter]?.(chunkBytes) ?? 0) ?? [], 0);
  const params: Hdf5Params = { dataset: name, itemBytes, half: encoding.half, otherEndian: type.unswapped };
  const array: EncodedArray = {
    format: chunked === undefined ? "hdf5" : "hdf5-native",
    path,
    version: source.version,
    dtype,
    shape,
    grid,
    order: "C",
    // a part before its elements are widened, or in the library's memory, and the one that is kept; a chunk that was
    // never written or in the library's cache, as it is filtered, between filters, in a codec's memory, and as
    // stored; metadata
    workspace: part * (itemBytes + factsOf(dtype).bytes) + 6 * chunkBytes + 2 * stretch + more,
    storedBytes: Math.min(1, source.file.size / Math.max(1, sizeOf(shape) * itemBytes)) * itemBytes,
    params: chunked === undefined ? params : withFiles(chunked, outerSize(found) * recordBytes),
  };
  return { kind: "encoded", array };
}

/**
 * The facts about elements in other files with what shows whether these change, and as many of their bytes as are
 * elements.
 *
 * @throws StorageError where one is missing, FormatError where it has fewer
 */
function withFiles({ outside, ...params }: ChunkedParams, bytes: number): ChunkedParams {
  if (outside === undefined) return params;
  let left = bytes;
  const found = outside.map(({ path, offset, bytes: most }) => {
    return withLocalFile(path, ({ size, version }) => {
      const wanted = Math.min(most, left);
      left -= wanted;
      if (offset + wanted <= size) return { path, offset, bytes: wanted, version };
      const message = `${path} is truncated: it has ${size} bytes, and elements to byte ${offset + wanted}`;
      throw new FormatError(message, { path, offset: size });
    });
  });
  return { ...params, outside: found };
}

/** The number of elements, or of arrays that are elements. */
function outerSize({ shape, inner }: Described): number {
  return sizeOf(shape.slice(0, shape.length - inner.length));
}

/** Elements that are in a file as they are, in this one or another; undefined where they are not. */
function stridedFile(source: Hdf5File, found: Described, elements: Elements): StridedFile | undefined {
  const { shape, header, itemBytes, inner, record, outside } = found;
  const recordBytes = record?.bytes ?? itemBytes * sizeOf(inner);
  const { contiguous } = header ?? {};
  const steps = recordBytes / itemBytes;
  if (contiguous?.bytes !== outerSize(found) * recordBytes || !Number.isInteger(steps)) return undefined;
  const outer = stridesOf(shape.slice(0, shape.length - inner.length));
  const strides = [...outer.map((stride) => stride * steps), ...stridesOf(inner)];
  const at = record?.offset ?? 0;
  if (outside !== undefined) {
    const [only, ...others] = outside;
    if (only === undefined || others.length > 0) return undefined;
    return withLocalFile(only.path, ({ path, size, modified }) => {
      return { path, offset: only.offset + at, size, modified, ...elements, shape, strides };
    });
  }
  if (contiguous.offset === undefined) return undefined;
  const { path, size, modified } = source.file;
  return { path, offset: contiguous.offset + at, size, modified, ...elements, shape, strides };
}

/** Finds the sources of a virtual dataset. */
function resolve(
  source: Hdf5File,
  place: DatasetPlace,
  { shape, virtual = [] }: Described,
  { dtype, encoding }: Elements,
  depth: number,
): Promise<Resolved> {
  const { path } = source.file;
  const { name, field } = place;
  const resolver = new VirtualResolver(path, name, async (file, dataset) => {
    const found = findBeside(path, file, name);
    if (found === undefined) return undefined;
    if (depth === MOST_FILES)
      throw new FormatError(`${path}: ${name} leads from dataset to dataset in a circle`, { path });
    const opened = await openObject(found, [dataset, ...field].join("/"));
    try {
      if (opened.place.kind !== "a dataset") return undefined;
      const stored = await storedAt(opened.source, opened.place, depth + 1);
      const own = stored.kind === "encoded" ? stored.array.dtype : stored.file.dtype;
      if (canBecome(own, dtype) && (!encoding.half || holdsHalves(opened.source, opened.place))) return stored;
      const wanted = encoding.half ? "float16" : dtype;
      const message = `${name}, a virtual dataset of ${wanted}, has a source of ${own}, ${dataset} in ${file}`;
      throw new FormatError(`${path}: ${message}; open that source itself`, { path });
    } finally {
      opened.source.close();
    }
  });
  return resolver.resolve(shape, virtual);
}

function holdsHalves(source: Hdf5File, { name, field }: DatasetPlace): boolean {
  const { type } = describe(source, name, field);
  return !("refused" in type) && type.encoding.half;
}

/** The shape of a virtual dataset, which may depend on its sources. @throws as {@link storedAt} */
export async function virtualShape(
  source: Hdf5File,
  place: DatasetPlace,
  found: Described,
): Promise<readonly number[]> {
  const { type } = found;
  if ("refused" in type) return found.shape;
  return (await resolve(source, place, found, type, 0)).shape;
}

function virtualArray(
  source: Hdf5File,
  name: string,
  { itemBytes, record, header }: Described,
  resolved: Resolved,
  { dtype, encoding }: Elements,
): EncodedArray {
  const { shape, sources, mappings } = resolved;
  const { bytes } = factsOf(dtype);
  const grid = gridOfSources(resolved, bytes);
  const part = sizeOf(grid.map((sizes) => largestOf(sizes))) * bytes;
  const encoded = sources.flatMap((one) => (one.kind === "encoded" ? [one.array] : []));
  const decoding = encoded.map(
    (one) => one.workspace + sizeOf(one.grid.map((sizes) => largestOf(sizes))) * factsOf(one.dtype).bytes,
  );
  const fill = Uint8Array.from((header?.fill ?? []).slice(record?.offset ?? 0, (record?.offset ?? 0) + itemBytes));
  const decoded = new Uint8Array(fill.length === 0 ? 0 : bytes);
  if (decoded.length === fill.length) decoded.set(fill);
  decodeElements({ dtype, encoding }, encoding.half ? fill : decoded, decoded);
  const params: VirtualParams = { dataset: name, fill: [...decoded], sources, mappings };
  const versions = sources.map((one) => {
    return one.kind === "encoded"
      ? [one.array.path, one.array.version]
      : [one.file.path, one.file.size, one.file.modified];
  });
  return {
    format: "hdf5-virtual",
    path: source.file.path,
    version: `${source.version}-${createHash("sha256").update(JSON.stringify(versions)).digest("hex")}`,
    dtype,
    shape,
    grid,
    order: "C",
    // what a source gives, in its dtype and in this one, and what it needs
    workspace: 2 * (part + 4 * stretch) + MOST_OPEN * largestOf(decoding, 0),
    storedBytes: bytes,
    params,
  };
}
