/** Opening HDF5 files, and formats that are HDF5, such as netCDF-4. How a dataset becomes an array is in stored.ts. */
import { ArgumentError, FormatError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import { withLocalFile } from "../../storage/stores/file.js";
import type { NamedArray } from "../format.js";
import type { Variable } from "../variable.js";
import { WrongFormatError } from "../wrong-format.js";
import type { Hdf5Attributes } from "./attributes.js";
import { readAttributes, readVariable } from "./attributes-thread.js";
import { Hdf5File } from "./library.js";
import { type DatasetPlace, openObject } from "./links.js";
import { datasetAt, onlyDataset } from "./listing.js";
import { findSuperblock } from "./object-header.js";
import { storedAt } from "./stored.js";

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
    const inside = dataset ?? [place.name, ...place.field].join("/");
    return { ...(await storedAt(source, place)), inside };
  } finally {
    source.close();
  }
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
