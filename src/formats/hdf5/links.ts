/**
 * Where a path inside a file leads: through groups and links, perhaps into another file.
 *
 * The library follows what stays in the file. Only where it arrives nowhere, the path is walked step by step, to find
 * the link into another file, or the one that leads nowhere.
 */
import { FormatError } from "../../data/errors.js";
import { MOST_FILES, pathBeside } from "./beside.js";
import { Hdf5File } from "./library.js";

/** A dataset; `field` is the rest of the path, which names a field of records, or is empty. */
export interface DatasetPlace {
  readonly kind: "a dataset";
  readonly name: string;
  readonly field: readonly string[];
}

/** A group. */
export interface GroupPlace {
  readonly kind: "a group";
  readonly name: string;
}

/** Where a path leads. */
export type Place =
  | { readonly kind: "a named datatype"; readonly name: string }
  | GroupPlace
  | DatasetPlace
  | { readonly kind: "elsewhere"; readonly name: string; readonly link: ExternalLink }
  /** `why` is to follow the name. */
  | { readonly kind: "nowhere"; readonly name: string; readonly why: string };

/** A link into another file. */
export interface ExternalLink {
  /** The name of the link in its file. */
  readonly from: string;
  /** The file, as the link names it. */
  readonly file: string;
  /** The path of the object in that file. */
  readonly object: string;
}

/** More links on one path are a circle. */
const MOST_LINKS = 64;

/** What the library finds under a name: the kind of the object, or of the link if that leads to none. */
function typeAt(source: Hdf5File, name: string): Place["kind"] | "a soft link" | "a link" | "nothing" {
  return source.call(`look up ${name}`, (h5, id) => {
    switch (h5.get_type(id, name)) {
      case h5.H5G_DATASET:
        return "a dataset";
      case h5.H5G_GROUP:
        return "a group";
      case h5.H5G_TYPE:
        return "a named datatype";
      case h5.H5G_LINK:
        return "a soft link";
      case h5.H5G_UDLINK:
        return "a link";
      default:
        return "nothing";
    }
  });
}

/** What is under a name; where a soft link leads out of the file or nowhere, its target. */
function found(source: Hdf5File, name: string): ReturnType<typeof typeAt> | { readonly target: string } {
  let problem: unknown;
  try {
    const type = typeAt(source, name);
    if (type !== "a soft link") return type;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    problem = error;
  }
  const target = source.call(`follow ${name}`, (h5, id) => h5.get_symbolic_link(id, name) as string | null);
  if (target !== null) return { target };
  throw problem;
}

/** The steps of a path. */
const stepsOf = (path: string): string[] => path.split("/").filter((step) => step !== "" && step !== ".");

/** Where a path leads. @throws FormatError where the file is damaged */
export function placeOf(source: Hdf5File, path: string): Place {
  const name = `/${stepsOf(path).join("/")}`;
  return walk(source, name, stepsOf(path), 0);
}

function walk(source: Hdf5File, name: string, steps: readonly string[], links: number): Place {
  for (let depth = 1; depth <= steps.length; depth++) {
    const at = `/${steps.slice(0, depth).join("/")}`;
    const rest = steps.slice(depth);
    const nowhere = (why: string): Place => {
      return { kind: "nowhere", name, why: at === name ? why : `leads to ${at}, which ${why}` };
    };
    const type = found(source, at);
    if (typeof type === "object") {
      if (links === MOST_LINKS) return nowhere("is a link that leads back to itself");
      const from = type.target.startsWith("/") ? [] : steps.slice(0, depth - 1);
      const end = walk(source, name, [...from, ...stepsOf(type.target), ...rest], links + 1);
      return end.kind === "nowhere" ? nowhere(`is a link to ${type.target}, where nothing is`) : end;
    }
    if (type === "nothing") return nowhere("is not in the file");
    if (type === "a dataset") return { kind: type, name: at, field: rest };
    if (type === "a named datatype") {
      return rest.length === 0 ? { kind: type, name } : nowhere(`is ${type} and has nothing in it`);
    }
    if (type === "a link") {
      const link = source.call(`follow ${at}`, (h5, id) => h5.get_external_link(id, at));
      const { filename, obj_path } = link as { filename?: string; obj_path?: string };
      if (filename === undefined || obj_path === undefined) return nowhere("is a link of an unknown kind");
      const object = `/${[...stepsOf(obj_path), ...rest].join("/")}`;
      return { kind: "elsewhere", name, link: { from: at, file: filename, object } };
    }
  }
  return { kind: "a group", name };
}

/**
 * Opens the file in which an object is: the one at the path, or one to which a link in it leads.
 *
 * @throws StorageError when a file cannot be opened; FormatError when it is damaged, or a link leads out of the folder
 */
export async function openObject(path: string, object: string): Promise<{ source: Hdf5File; place: Place }> {
  let [file, wanted] = [path, object];
  for (let hops = 0; ; hops++) {
    const source = await Hdf5File.open(file);
    try {
      const place = placeOf(source, wanted);
      if (place.kind !== "elsewhere") return { source, place };
      const { link } = place;
      if (hops === MOST_FILES) {
        throw new FormatError(`${path}: ${object} leads from file to file in a circle`, { path });
      }
      [file, wanted] = [pathBeside(file, link.file, link.from), link.object];
    } catch (error) {
      source.close();
      throw error;
    }
    source.close();
  }
}
