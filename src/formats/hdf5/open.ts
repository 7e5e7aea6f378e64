/**
 * HDF5 files, and formats that are HDF5, such as netCDF-4. Contiguous elements are read in place. Chunks are
 * decoded by the format hdf5-native; those with rare filters (szip, nbit, scaleoffset), and what is neither contiguous
 * nor in chunks, by the HDF5 library.
 *
 * Not checked, because the library does not: a deflated chunk of these others that was made on purpose to decode to
 * more or less than a chunk. The library takes up to its 2 GiB for the one, and for the rest of the other returns what
 * was in its memory before, as h5py does.
 */
import { type Chunks, chunkBox, cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import type { Stored, StridedFile } from "../../data/layout.js";
import { countsOf, sizeOf, stridesOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import { withLocalFile } from "../../storage/stores/file.js";
import type { NamedArray } from "../format.js";
import type { Variable } from "../variable.js";
import { WrongFormatError } from "../wrong-format.js";
import type { Hdf5Attributes } from "./attributes.js";
import { readAttributes, readVariable } from "./attributes-thread.js";
import { type Described, describe } from "./dataset.js";
import { Hdf5File } from "./library.js";
import { type DatasetPlace, openObject } from "./links.js";
import { datasetAt, onlyDataset } from "./listing.js";
import { findSuperblock } from "./object-header.js";
import type { Hdf5Params } from "./reader.js";

/** The memory of decoding bzip2, whatever a chunk has. */
const BZIP2_BYTES = 2 ** 23;

/** Where there is a choice, a part has at least this many bytes, and elements without chunks are cut into such ones. */
const [leastPart, stretch] = [2 ** 18, 2 ** 20];

/** The options of opening an HDF5 file. */
export interface Hdf5Options {
  /**
   * The path of the dataset inside the file: `"/group/name"`; of a field of a dataset that holds records,
   * `"/group/name/field"`. May be left out where the file holds exactly one dataset.
   */
  readonly dataset?: string;
}

/**
 * Opens a dataset of an HDF5 file. Reads only metadata. A contiguous dataset is a StridedFile; all others must be
 * decoded, their grid being that of the chunks, of which small ones are taken together.
 *
 * @throws StorageError when the file cannot be opened
 * @throws FormatError if it is damaged or not an HDF5 file, if there is no such dataset or more than one to choose
 * from, and for what cannot be read: strings, references, unknown filters
 */
export async function openHdf5(given: string, options: Hdf5Options = {}): Promise<NamedArray> {
  const { dataset } = options;
  if (dataset !== undefined && typeof dataset !== "string") {
    throw new ArgumentError(`${given}: dataset is the path of a dataset inside the file, not ${shown(dataset)}`);
  }
  checkSignature(given);
  const { source, place } = await openDataset(given, dataset);
  try {
    const { path } = source.file;
    const found = describe(source, place.name, place.field);
    const { type, shape, itemBytes, problem, chunked } = found;
    const name = [place.name, ...place.field].join("/");
    if ("refused" in type) {
      const fields = found.fields.length === 0 ? "" : `: ${found.fields.join(", ")}`;
      throw new FormatError(`${path}: ${name} holds ${type.refused}${fields}`, { path });
    }
    if (problem !== undefined) throw new FormatError(`${path}: ${name} cannot be read: ${problem}`, { path });
    const { dtype, encoding } = type;
    const inside = dataset ?? name;
    const strided = stridedFile(source, found, { dtype, encoding });
    if (strided !== undefined) return { kind: "strided", inside, file: strided };
    const grid = gridFor({ shape, itemBytes, chunks: chunked?.chunk ?? found.chunks });
    const recordBytes = found.record?.bytes ?? itemBytes;
    const first = shape.map(() => 0);
    const part = sizeOf(countsOf(chunkBox(grid, first)));
    const tables = chunked?.filters.some(({ filter }) => filter === "bzip2") ? BZIP2_BYTES : 0;
    const chunk =
      chunked === undefined && found.chunks === undefined ? part : sizeOf(chunked?.chunk ?? found.chunks ?? []);
    const stored = Math.min(1, source.file.size / Math.max(1, sizeOf(shape) * itemBytes)) * itemBytes;
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
      workspace: part * (itemBytes + factsOf(dtype).bytes) + 6 * chunk * recordBytes + 2 * stretch + tables,
      storedBytes: stored,
      params: chunked ?? params,
    };
    return { kind: "encoded", inside, array };
  } finally {
    source.close();
  }
}

/** Elements that are in a file as they are, in this one or another; undefined where they are not. */
function stridedFile(source: Hdf5File, found: Described, stored: Stored): StridedFile | undefined {
  const { shape, header, itemBytes, record, outside } = found;
  const recordBytes = record?.bytes ?? itemBytes;
  const { contiguous } = header ?? {};
  const steps = recordBytes / itemBytes;
  if (contiguous?.bytes !== sizeOf(shape) * recordBytes || !Number.isInteger(steps)) return undefined;
  const strides = stridesOf(shape).map((stride) => stride * steps);
  const at = record?.offset ?? 0;
  if (outside !== undefined) {
    const { path } = outside;
    return withLocalFile(path, ({ size, modified }) => {
      return { path, offset: outside.offset + at, size, modified, ...stored, shape, strides };
    });
  }
  if (contiguous.offset === undefined) return undefined;
  const { path, size, modified } = source.file;
  return { path, offset: contiguous.offset + at, size, modified, ...stored, shape, strides };
}

/** Opens the file that holds a dataset, which is the one at the path, or another one to which a link leads. */
async function openDataset(
  given: string,
  dataset: string | undefined,
): Promise<{ source: Hdf5File; place: DatasetPlace }> {
  const { source, place } = await openObject(given, dataset ?? (await nameOfOnly(given)));
  try {
    return { source, place: datasetAt(source, place) };
  } catch (error) {
    source.close();
    throw error;
  }
}

async function nameOfOnly(path: string): Promise<string> {
  const source = await Hdf5File.open(path);
  try {
    return onlyDataset(source);
  } finally {
    source.close();
  }
}

/** Refuses a file that is not HDF5 before the library opens it. */
function checkSignature(path: string): void {
  withLocalFile(path, (file) => {
    if (findSuperblock(file) !== undefined) return;
    const first = Buffer.alloc(Math.min(16, file.size));
    file.readInto(first, 0);
    if (file.size === 0) throw new FormatError(`${path}: the file is empty`, { path, offset: 0 });
    throw new WrongFormatError(`${path}: this is not an HDF5 file`, { path, offset: 0 }, first);
  });
}

/** The chunks of a dataset; along the last axes first, as many are taken together as a part of the least size needs. */
function gridFor({ shape, chunks, itemBytes }: Pick<Described, "shape" | "chunks" | "itemBytes">): Chunks {
  const wanted = chunks === undefined ? stretch : leastPart;
  const axes = shape.map((length, axis) => ({ length, part: Math.min(length, chunks?.[axis] ?? 1) }));
  let bytes = sizeOf(axes.map(({ part }) => part)) * itemBytes;
  const fromLast = axes.toReversed().map(({ length, part }) => {
    if (bytes === 0 || bytes >= wanted) return cut(length, part);
    const longer = Math.min(length, part * Math.ceil(wanted / bytes));
    bytes = (bytes / part) * longer;
    return cut(length, longer);
  });
  return fromLast.reverse();
}

/**
 * Reads the attributes of a dataset or a group; of the root group if none is named.
 *
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged or no HDF5 file, or holds no
 * such object
 */
export async function attributes(path: string, object = "/"): Promise<Hdf5Attributes> {
  checkSignature(path);
  return readAttributes(path, object);
}

/** Reads what a file says of a dataset, or of its only one. @throws StorageError, FormatError */
export async function variable(path: string, dataset?: string): Promise<Variable> {
  checkSignature(path);
  return readVariable(path, dataset ?? (await nameOfOnly(path)));
}
