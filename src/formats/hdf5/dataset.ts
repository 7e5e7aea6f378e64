/** The description of a dataset, from its metadata only. Everything that a damaged file may claim is checked. */
import type { Metadata } from "h5wasm";
import { FormatError } from "../../data/errors.js";
import { sizeOf } from "../../data/region.js";
import type { ChunkedParams, OutsideStretch } from "../hdf5-native/params.js";
import { timeAttributes } from "../times.js";
import { findBeside, pathBeside } from "./beside.js";
import { type ChunkFacts, chunkedParams, stretchParams } from "./chunked-params.js";
import { fieldsOf, type Hdf5Type, typeOf, withoutArrays } from "./datatype.js";
import { chunkFilterOf, isInLibrary, knownFilters, nameOf, type StoredFilter } from "./filters.js";
import type { Hdf5File } from "./library.js";
import { type DatasetHeader, readDatasetHeader } from "./object-header.js";
import { type StoredMapping, sourceName, withAxes } from "./virtual-layout.js";

/** The library's own limit. */
const maxAxes = 32;

/** The library decodes a chunk in its memory of 2 GiB, beside its stored bytes and the elements that are asked for. */
const mostChunkBytes = 2 ** 28;

/** Along one axis; more could not be kept in memory as a grid, and such a file holds almost nothing but fill values. */
const mostChunks = 2 ** 20;

/** A dataset, as a listing describes it. */
export interface Described extends ChunkFacts {
  readonly shape: readonly number[];
  /** The stretches of other files in which its elements are, one after the other, if they are not in this one. */
  readonly outside?: readonly OutsideStretch[];
  /** What of which other datasets its elements are. */
  readonly virtual?: readonly StoredMapping[];
  /** The paths of the fields of its records; none where elements are not records, or are those of one field. */
  readonly fields: readonly string[];
  /** What is needed to read its chunks without the library; absent where that cannot be done. */
  readonly chunked?: ChunkedParams;
  /** Why it cannot be read, apart from its type: a whole sentence. */
  readonly problem?: string;
}

/** What a dataset, or a field of its records, holds. */
interface Content {
  readonly metadata: Metadata;
  readonly header: DatasetHeader | undefined;
  readonly type: Hdf5Type;
  readonly itemBytes: number;
  readonly fields: readonly string[];
  readonly record?: { readonly bytes: number; readonly offset: number };
  /** The axes of the arrays that are elements. */
  readonly inner: readonly number[];
}

/** Finds what a dataset holds. @throws FormatError where there is no such field, or the metadata cannot be read */
function contentOf(source: Hdf5File, name: string, field: readonly string[]): Content {
  const { path } = source.file;
  const metadata = source.call(`describe ${name}`, (h5, id) => h5.get_dataset_metadata(id, name));
  const reference = source.call(`find ${name}`, (h5, id) => h5.create_object_reference(id, name));
  const address = Buffer.from(reference).readBigUInt64LE(0);
  const header = readDatasetHeader(source.file, address);
  const all = fieldsOf(metadata, header?.type);
  const fields = all.map(({ names }) => `${name}/${names.join("/")}`);
  const wanted = `${name}/${field.join("/")}`;
  const chosen = field.length === 0 ? undefined : all[fields.indexOf(wanted)];
  if (field.length > 0 && chosen === undefined) {
    const why = all.length === 0 ? "holds no records with fields" : `has only the fields ${fields.join(", ")}`;
    throw new FormatError(`${path}: ${wanted} is not in the file; ${name} ${why}`, { path });
  }
  const { metadata: element, inner } = withoutArrays(chosen?.metadata ?? metadata);
  return {
    ...{ metadata, header, inner },
    type: typeOf(element, chosen === undefined ? header?.type : chosen.stored),
    itemBytes: element.size,
    fields: chosen === undefined ? fields : [],
    ...(chosen === undefined ? {} : { record: { bytes: metadata.size, offset: chosen.offset } }),
  };
}

/** The attributes that say what the elements count, where they are times. @throws as {@link describe} */
export function timesAt(source: Hdf5File, name: string, field: readonly string[]): Readonly<Record<string, string>> {
  const { type } = contentOf(source, name, field);
  return "refused" in type ? {} : timeAttributes(type.time);
}

/**
 * Describes a dataset, or a field of one that holds records. Arrays that are elements are more axes.
 *
 * @throws FormatError where there is no such field, or the metadata cannot be read or contradict themselves
 */
export function describe(source: Hdf5File, name: string, field: readonly string[] = []): Described {
  const { path } = source.file;
  const { metadata, header, type, itemBytes, fields, record, inner } = contentOf(source, name, field);
  const filters = source.call(`list the filters of ${name}`, (h5, id) => h5.get_dataset_filters(id, name));
  const shape = metadata.shape ?? [];
  const chunks = metadata.chunks ?? undefined;
  if (chunks !== undefined && (chunks.length !== shape.length || chunks.some((length) => !(length > 0)))) {
    throw new FormatError(`${path}: ${name} has chunks of (${chunks.join(", ")}) on ${shape.length} axes`, { path });
  }
  const largest = metadata.maxshape ?? shape;
  const found: ChunkFacts = {
    ...{ largest, type, itemBytes, inner, chunks, filters, header },
    ...(record === undefined ? {} : { record }),
  };
  const outside = header?.external?.map(({ name: file, offset, bytes }) => ({
    path: pathBeside(path, file, name),
    offset,
    bytes,
  }));
  const chunked =
    "refused" in type ? undefined : (chunkedParams(name, found) ?? stretchParams(name, shape, found, outside));
  const virtual = header?.fill === undefined ? undefined : header.virtual?.map((mapping) => withAxes(mapping, inner));
  for (const file of new Set(virtual?.map(({ file }) => sourceName(file)))) findBeside(path, file, name);
  const facts = {
    ...{ ...found, shape: [...shape, ...inner], fields },
    ...(chunked === undefined ? {} : { chunked }),
    ...(outside === undefined ? {} : { outside }),
    ...(virtual === undefined ? {} : { virtual }),
  };
  const foreign = filters.find((filter) => !isInLibrary(filter));
  const isKnown = chunked !== undefined || virtual !== undefined;
  const problem = problemOf(metadata, filters, header) ?? (isKnown ? undefined : notHere(metadata, facts, foreign));
  return problem === undefined ? facts : { ...facts, problem };
}

/** Why the library cannot read what is not read without it. */
function notHere(
  { virtual_sources }: Metadata,
  { outside, record, inner }: Pick<Described, "outside" | "record" | "inner">,
  foreign: StoredFilter | undefined,
): string | undefined {
  if (virtual_sources?.some(({ file_name }) => file_name !== ".")) {
    return "it is a view of other files (a virtual dataset) in a way that is not known; open these files themselves";
  }
  if (outside !== undefined) return "its elements are in other files (external storage) in a way that is not known";
  if (foreign !== undefined) return `it went through the filter ${nameOf(foreign)} in a way that is not known`;
  if (record !== undefined) return "its records are stored in a way that is not known";
  return inner.length === 0 ? undefined : "its elements, which are arrays, are stored in a way that is not known";
}

function problemOf(
  { shape, chunks, size: itemBytes }: Metadata,
  filters: readonly StoredFilter[],
  header: DatasetHeader | undefined,
): string | undefined {
  if (shape === null) return "it has no elements and no shape (a null dataspace)";
  if (shape.length > maxAxes) return `it has ${shape.length} axes; at most ${maxAxes} are read`;
  const elements = shape.filter((length) => length !== 0).reduce((product, length) => product * length, 1);
  if (!(elements * itemBytes <= Number.MAX_SAFE_INTEGER)) {
    return `its shape (${shape.join(", ")}) has more than 2^53 - 1 bytes, the most that can be counted`;
  }
  const outside = header?.external?.reduce((sum, { bytes }) => sum + bytes, 0);
  if (outside !== undefined && !(outside >= sizeOf(shape) * itemBytes)) {
    return `it has ${sizeOf(shape) * itemBytes} bytes, and only ${outside} in other files (external storage)`;
  }
  const unknown = filters.filter((filter) => !isInLibrary(filter) && chunkFilterOf(filter) === undefined).map(nameOf);
  if (unknown.length > 0) {
    const words = unknown.length === 1 ? "the filter" : "the filters";
    return `it went through ${words} ${unknown.join(", ")}; undone are ${knownFilters}`;
  }
  const many = shape.findIndex((length, axis) => length / (chunks?.[axis] ?? length) > mostChunks);
  if (many >= 0) return `it has more than ${mostChunks} chunks along axis ${many}`;
  const bytes = sizeOf(chunks ?? []) * itemBytes;
  if (bytes <= mostChunkBytes) return undefined;
  const limit = `at most ${mostChunkBytes} fit into the library's memory with all that it needs`;
  return `its chunks have ${bytes} bytes each; ${limit}`;
}
