/**
 * The datasets of an HDF5 file.
 *
 * Invariant: what cannot be understood is listed with the reason, and hides nothing else.
 */
import type { DType } from "../../data/dtype.js";
import { FormatError, StorageError } from "../../data/errors.js";
import type { ListedEntry } from "../format.js";
import { describe } from "./dataset.js";
import { nameOf } from "./filters.js";
import { Hdf5File } from "./library.js";
import { type DatasetPlace, openObject, type Place, placeOf } from "./links.js";
import { virtualShape } from "./stored.js";
import { endlessAxis } from "./virtual.js";

/** A dataset of an HDF5 file. */
export interface Hdf5Dataset extends ListedEntry {
  /** Its path inside the file: `"/group/name"`. */
  readonly name: string;
  /** Undefined if `refused` says that nothing is known of it. */
  readonly shape?: readonly number[];
  /** The dtype of the elements once they are read; undefined if `refused` says why they cannot be. */
  readonly dtype: DType | undefined;
  readonly refused: string | undefined;
  /** The lengths of its chunks; undefined if the elements are not in chunks. */
  readonly chunks: readonly number[] | undefined;
  /** The filters that its chunks went through, such as `"shuffle"`, `"deflate (gzip)"`. */
  readonly filters: readonly string[];
}

/**
 * Lists the datasets of an HDF5 file, with their shapes, dtypes, chunks and filters; those in other files, to which
 * links lead, too. Reads only metadata.
 *
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged or no HDF5 file
 */
export async function list(path: string): Promise<Hdf5Dataset[]> {
  const source = await Hdf5File.open(path);
  try {
    const found: Hdf5Dataset[] = [];
    for (const { name, elsewhere, refused } of datasetsOf(source)) {
      if (refused !== undefined) found.push(unreadable(name, refused));
      else if (elsewhere) found.push(...(await entryElsewhere(path, name)));
      else found.push(...(await entriesOf(source, name)));
    }
    return found;
  } finally {
    source.close();
  }
}

const unreadable = (name: string, refused: string): Hdf5Dataset => {
  return { name, dtype: undefined, refused, chunks: undefined, filters: [] };
};

/** The entry of a dataset; of one that holds records, those of their fields. `shown` is its name in the listing. */
async function entriesOf(source: Hdf5File, name: string, shown = name): Promise<Hdf5Dataset[]> {
  const { entry, fields } = await described(source, shown, { kind: "a dataset", name, field: [] });
  if (fields.length === 0) return [entry];
  const found: Hdf5Dataset[] = [];
  for (const path of fields) {
    const field = path.slice(name.length + 1);
    const place: DatasetPlace = { kind: "a dataset", name, field: field.split("/") };
    found.push((await described(source, `${shown}/${field}`, place)).entry);
  }
  return found;
}

async function described(
  source: Hdf5File,
  shown: string,
  place: DatasetPlace,
): Promise<{ readonly entry: Hdf5Dataset; readonly fields: readonly string[] }> {
  try {
    const found = describe(source, place.name, place.field);
    const { type, chunks, filters, problem, fields, virtual = [] } = found;
    const isOpen = problem === undefined && virtual.some(({ target }) => endlessAxis(target) >= 0);
    const shape = isOpen ? await virtualShape(source, place, found) : found.shape;
    const refused = "refused" in type ? `it holds ${type.refused}` : problem;
    const dtype = "refused" in type || refused !== undefined ? undefined : type.dtype;
    return { entry: { name: shown, shape, dtype, refused, chunks, filters: filters.map(nameOf) }, fields };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { entry: unreadable(shown, error.message), fields: [] };
  }
}

/** The entry of a dataset in another file; none if a link leads to something else. */
async function entryElsewhere(path: string, name: string): Promise<Hdf5Dataset[]> {
  try {
    const { source, place } = await openObject(path, name);
    try {
      if (place.kind === "nowhere") return [unreadable(name, `${place.name} ${place.why}`)];
      return place.kind === "a dataset" ? await entriesOf(source, place.name, name) : [];
    } finally {
      source.close();
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return [unreadable(name, error.message)];
  }
}

/** A dataset that a file names. */
interface Named {
  readonly name: string;
  /** True if it is a link to another file. */
  readonly elsewhere: boolean;
  /** Why it is not known what it is. */
  readonly refused?: string;
}

/** All datasets; one that has several paths is listed under the first. */
function datasetsOf(source: Hdf5File): Named[] {
  const seen = new Set<string>();
  return namesIn(source).flatMap(({ name, refused }): Named[] => {
    if (refused !== undefined) return [{ name, elsewhere: false, refused }];
    try {
      const { kind } = placeOf(source, name);
      if (kind === "elsewhere") return [{ name, elsewhere: true }];
      if (kind !== "a dataset") return [];
      const object = objectAt(source, name);
      if (seen.has(object)) return [];
      seen.add(object);
      return [{ name, elsewhere: false }];
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return [{ name, elsewhere: false, refused: error.message }];
    }
  });
}

/** What is equal for two names of one object. */
function objectAt(source: Hdf5File, name: string): string {
  const reference = source.call(`find ${name}`, (h5, id) => h5.create_object_reference(id, name));
  return Buffer.from(reference).toString("hex");
}

/** All names in a file. If one group cannot be read, the others are walked one by one. */
function namesIn(source: Hdf5File): { readonly name: string; readonly refused?: string }[] {
  try {
    const names = source.call("list the groups", (h5, id) => h5.get_names(id, "/", true));
    return names.map((name) => ({ name: `/${name}` }));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  const found: { name: string; refused?: string }[] = [];
  const seen = new Set<string>();
  const groups = ["/"];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const at = group;
    try {
      const object = objectAt(source, at);
      if (seen.has(object)) continue;
      seen.add(object);
      for (const step of source.call(`list ${at}`, (h5, id) => h5.get_names(id, at, false))) {
        const name = `${at === "/" ? "" : at}/${step}`;
        found.push({ name });
        if (isGroup(source, name)) groups.push(name);
      }
    } catch (error) {
      // the root must be readable: otherwise nothing is known of the file
      if (!(error instanceof FormatError) || at === "/") throw error;
      found.push({ name: at, refused: error.message });
    }
  }
  return found;
}

function isGroup(source: Hdf5File, name: string): boolean {
  try {
    return placeOf(source, name).kind === "a group";
  } catch (error) {
    if (error instanceof FormatError) return false; // it is listed, with the reason
    throw error;
  }
}

/** The path of the only dataset in a file. @throws FormatError if there is none, or more than one */
export function onlyDataset(source: Hdf5File): string {
  const { path } = source.file;
  const found = datasetsOf(source).filter(({ refused }) => refused === undefined);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only.name;
  if (only === undefined) throw new FormatError(`${path}: the file holds no dataset`, { path });
  const message = `the file holds ${found.length} datasets; name one of them: ${someOf(found)}`;
  throw new FormatError(`${path}: ${message}`, { path });
}

/** The dataset at a place. @throws FormatError if something else is there */
export function datasetAt(source: Hdf5File, place: Place): DatasetPlace {
  if (place.kind === "a dataset") return place;
  const { path } = source.file;
  const what = place.kind === "nowhere" ? place.why : `is ${place.kind}`;
  throw new FormatError(`${path}: ${place.name} ${what}; datasets are ${someOf(datasetsOf(source))}`, { path });
}

function someOf(found: readonly Named[]): string {
  const names = found.map(({ name }) => name);
  return names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")} and ${names.length - 20} more`;
}
