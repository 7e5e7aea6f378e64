/** Where an array is to be written: its paths, and the array that is already there. */
import { accessSync, constants, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ArgumentError, FormatError, StorageError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import { failure } from "../../storage/stores/failure.js";
import { storeAt } from "../../storage/stores/local-store.js";
import { levelsOf } from "./groups.js";
import { type OwnHierarchyNode, ownNode } from "./hierarchy.js";
import type { ZarrTarget } from "./write-plan.js";

const operation = "saveZarr";

/** The paths of an array that is to be written. */
export function targetAt(path: string, inner: string | undefined): ZarrTarget {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new ArgumentError(`${operation}: the path must be the name of a folder, and is ${shown(path)}`);
  }
  const parts =
    inner === undefined ? [] : typeof inner !== "string" ? [""] : inner.replace(/^\/+|\/+$/g, "").split("/");
  const bad = parts.find((part) => part === "" || part === "." || part === ".." || /[\\\0]|^__/.test(part));
  if (bad !== undefined || inner === "") {
    const expected = 'names with "/" between them, none of them empty, ".", "..", with "__" in front or a backslash';
    const given = shown(inner);
    throw new ArgumentError(`${operation}: got the path ${given} inside the store; expected ${expected}`);
  }
  const given = path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
  try {
    const root = realOf(resolve(given));
    // The folder around a store must be there: one that is missing is mostly a mistake in the path.
    let folder = dirname(root);
    if (!statSync(folder).isDirectory()) {
      throw new StorageError(`cannot write ${given}: ${folder} is not a folder`, {
        path: given,
        systemCode: "ENOTDIR",
      });
    }
    const full = realOf(join(root, ...parts));
    for (let level = dirname(full); level !== dirname(root); level = dirname(level)) {
      if (statSync(level, { throwIfNoEntry: false }) === undefined) continue;
      folder = level;
      break;
    }
    return { name: join(given, ...parts), path: full, folder, levels: levelsOf(root, parts) };
  } catch (cause) {
    throw failure(`write ${given}`, given, cause);
  }
}

/** A path with links followed, so that a link stays a link, if something is there. */
function realOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
}

/**
 * The array at a target that is to be extended.
 *
 * @throws StorageError if there is none, or it may not be changed; FormatError if its metadata is damaged
 */
export async function arrayToExtend(target: ZarrTarget): Promise<OwnHierarchyNode> {
  const { name, path } = target;
  try {
    const found = await foundAt(target);
    if (found === "nothing") throw refusal(name, `there is no array; mode: "create" makes one`, "ENOENT");
    if (found === "folder") throw refusal(name, "the folder holds no Zarr array", "ENOENT");
    accessSync(path, constants.W_OK);
    return found;
  } catch (cause) {
    throw failure(`write ${name}`, name, cause);
  }
}

/**
 * The array at a target that is to be replaced; undefined if nothing is there. With `mode` "create", there must be
 * nothing.
 *
 * @throws StorageError
 */
export async function formerArray(
  target: ZarrTarget,
  mode: "create" | "overwrite",
): Promise<OwnHierarchyNode | undefined> {
  const { name, path } = target;
  try {
    const found = await foundAt(target);
    if (found === "nothing") return undefined;
    if (found === "folder") {
      if (readdirSync(path).length === 0) return undefined;
      throw refusal(name, "the folder is not empty, and holds no Zarr array", "EEXIST");
    }
    if (mode === "overwrite") return found;
    throw refusal(name, `it already holds an array; mode: "overwrite" replaces it, "append" adds to it`, "EEXIST");
  } catch (cause) {
    // metadata that is damaged must not prevent its replacement
    if (mode === "overwrite" && cause instanceof FormatError) {
      throw refusal(name, `${cause.message}; remove the folder if it may go`);
    }
    throw failure(`write ${name}`, name, cause);
  }
}

/** What is at a target: an array, a folder that holds neither an array nor a group, or nothing. */
async function foundAt({ name, path }: ZarrTarget): Promise<OwnHierarchyNode | "folder" | "nothing"> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "nothing";
  if (!stats.isDirectory()) throw refusal(name, "there is a file; a Zarr array is a folder", "ENOTDIR");
  const node = await ownNode(storeAt(path));
  if (node?.kind === "group") {
    throw refusal(name, "there is a group; give the path of an array inside it", "EEXIST");
  }
  return node ?? "folder";
}

function refusal(name: string, why: string, systemCode?: string): StorageError {
  const place = systemCode === undefined ? { path: name } : { path: name, systemCode };
  return new StorageError(`cannot write ${name}: ${why}`, place);
}
