/** What is in files and folders that may hold several arrays. */
import { checkPath } from "../data/options.js";
import { type Detected, detect } from "../formats/detect.js";
import { loadFormat } from "../formats/index.js";
import { type OpenAnyOptions, open } from "./open.js";

/** An array in a file: what {@link listArrays} tells of it. */
export interface ListedArray {
  /** Its name in the file: what `path`, `dataset` or `member` are when it is opened; empty where the file is the array. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Its dtype, or in the format's words what it holds where that cannot be opened. */
  readonly dtype: string;
  /** Why it cannot be opened; absent where it can. */
  readonly refused?: string;
}

/** The option that names an array in a file of the format. */
const nameOptions: Readonly<Partial<Record<Detected, "path" | "dataset" | "member">>> = {
  zarr: "path",
  hdf5: "dataset",
  npz: "member",
};

/**
 * Opens an array of a file by its name, as {@link listArrays} tells it. Without a name, as {@link open} does.
 *
 * Rejects as {@link open} does; a name is let be where the format has only one array.
 * @example const x = await openNamed("run.h5", "/detector/counts");
 */
export async function openNamed(path: string, name?: string): ReturnType<typeof open> {
  checkPath(path, "open");
  const option = name === undefined ? undefined : nameOptions[detect(path)];
  const options: OpenAnyOptions = option === undefined ? {} : { [option]: name };
  return open(path, options);
}

/**
 * The arrays in a file or a folder: those of a Zarr group, an HDF5 file, a .npz file; of other formats the one that it is.
 * Reads metadata only.
 *
 * Rejects as {@link open} does.
 * @example for (const { name, shape, dtype } of await listArrays("run.h5")) console.log(name, shape, dtype);
 */
export async function listArrays(path: string): Promise<ListedArray[]> {
  checkPath(path, "listArrays");
  switch (detect(path)) {
    case "zarr":
      return (await (await loadFormat("zarr")).list(path)).map(({ path: name, ...facts }) => ({ name, ...facts }));
    case "hdf5":
      return (await (await loadFormat("hdf5")).list(path)).map(({ name, shape, dtype, refused }) => ({
        ...{ name, shape, dtype: dtype ?? "unknown" },
        ...(refused === undefined ? {} : { refused }),
      }));
    case "npz": {
      const members = (await loadFormat("npz")).list(path);
      return Promise.all(members.map(({ name }) => factsOf(name, open(path, { member: name }))));
    }
    default:
      return [await factsOf("", open(path))];
  }
}

async function factsOf(name: string, opening: ReturnType<typeof open>): Promise<ListedArray> {
  const { shape, dtype } = await opening;
  return { name, shape, dtype };
}
