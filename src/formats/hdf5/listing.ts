/** The datasets and groups of an HDF5 file. */
import type { DType } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { describe } from "./dataset.js";
import { nameOf } from "./filters.js";
import { Hdf5File } from "./library.js";

/** A dataset of an HDF5 file. */
export interface Hdf5Dataset {
  /** Its path inside the file: `"/group/name"`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The dtype of the elements once they are read; undefined if `refused` says why they cannot be. */
  readonly dtype: DType | undefined;
  readonly refused: string | undefined;
  /** The lengths of its chunks; undefined if the elements are not in chunks. */
  readonly chunks: readonly number[] | undefined;
  /** The filters that its chunks went through, such as `"shuffle"`, `"deflate (gzip)"`. */
  readonly filters: readonly string[];
}

/**
 * Lists the datasets of an HDF5 file, with their shapes, dtypes, chunks and filters. Reads only metadata.
 *
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged or no HDF5 file
 */
export async function list(path: string): Promise<Hdf5Dataset[]> {
  const source = await Hdf5File.open(path);
  try {
    return datasetsOf(source).map((name) => {
      const { shape, type, chunks, filters, problem } = describe(source, name);
      const refused = "refused" in type ? `it holds ${type.refused}` : problem;
      return {
        name,
        shape,
        dtype: "refused" in type || refused !== undefined ? undefined : type.dtype,
        refused,
        chunks,
        filters: filters.map(nameOf),
      };
    });
  } finally {
    source.close();
  }
}

/** The paths of all datasets; one that has several is listed under the first. */
export function datasetsOf(source: Hdf5File): string[] {
  const names = source.call("list the groups", (h5, id) => h5.get_names(id, "/", true));
  const seen = new Set<string>();
  return names
    .map((name) => `/${name}`)
    .filter((name) => {
      const isDataset = source.call(`look up ${name}`, (h5, id) => h5.get_type(id, name) === h5.H5G_DATASET);
      if (!isDataset) return false;
      const reference = source.call(`find ${name}`, (h5, id) => h5.create_object_reference(id, name));
      const object = Buffer.from(reference).toString("hex");
      const isNew = !seen.has(object);
      seen.add(object);
      return isNew;
    });
}

/** The name of the dataset that the user asks for. */
export function findDataset(source: Hdf5File, dataset: string | undefined): string {
  const { path } = source.file;
  if (dataset === undefined) {
    const names = datasetsOf(source);
    const [only, ...others] = names;
    if (only !== undefined && others.length === 0) return only;
    if (only === undefined) throw new FormatError(`${path}: the file holds no dataset`, { path });
    const message = `the file holds ${names.length} datasets; name one of them: ${someOf(names)}`;
    throw new FormatError(`${path}: ${message}`, { path });
  }
  const { name, kind } = findObject(source, dataset);
  if (kind === "a dataset") return name;
  throw new FormatError(`${path}: ${name} is ${kind}; datasets are ${someOf(datasetsOf(source))}`, { path });
}

/** The object under a name, and its kind in words for messages. */
export function findObject(source: Hdf5File, path: string): { readonly name: string; readonly kind: string } {
  const name = `/${path.split("/").filter(Boolean).join("/")}`;
  const kind = source.call(`look up ${name}`, (h5, id) => {
    if (name === "/") return "a group";
    const type = h5.get_type(id, name);
    if (type === h5.H5G_DATASET) return "a dataset";
    if (type === h5.H5G_GROUP) return "a group";
    if (type === h5.H5G_TYPE) return "a named datatype";
    return type === h5.H5G_UDLINK ? "a link to another file, which is not followed" : "not in the file";
  });
  return { name, kind };
}

function someOf(names: readonly string[]): string {
  return names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")} and ${names.length - 20} more`;
}
