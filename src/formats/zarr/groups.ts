/**
 * The groups around an array: the levels of a path inside a store. A reader finds an array through its groups, and
 * trusts consolidated metadata (copies of all documents in one document of the group) more than the array itself.
 *
 * Invariant: after an array was added or changed, each group around it describes it as it is now.
 */
import { realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { ArgumentError } from "../../data/errors.js";
import { storeAt } from "../../storage/stores/local-store.js";
import { documentAt, type OwnHierarchyNode, ownNode } from "./hierarchy.js";
import { isObject, jsonText } from "./json.js";
import { withMember } from "./json-edit.js";
import { writeText } from "./part-file.js";

/** The folders from a store's root to the one that an array lies in; none if the array is the store itself. */
export function levelsOf(root: string, inner: readonly string[]): string[] {
  return inner.map((_, depth) => join(root, ...inner.slice(0, depth)));
}

/** The version of the format that the groups around an array have; undefined if there are none. */
export async function formatOfGroups(levels: readonly string[]): Promise<2 | 3 | undefined> {
  let format: 2 | 3 | undefined;
  for (const level of levels) {
    const node = await ownNode(storeAt(level));
    if (node?.kind === "array") {
      throw new ArgumentError(`saveZarr: ${level} is an array; only a group can hold another array`);
    }
    format = node?.version ?? format;
  }
  return format;
}

/** The document of a new group, and the name of its file. */
const newGroups = {
  2: [".zgroup", { zarr_format: 2 }],
  3: ["zarr.json", { attributes: {}, zarr_format: 3, node_type: "group" }],
} as const;

/** Makes a group, unless there is one. @throws StorageError */
export async function makeGroup(folder: string, version: 2 | 3, partial: string): Promise<void> {
  if ((await ownNode(storeAt(folder))) !== undefined) return;
  const [file, document] = newGroups[version];
  const path = join(folder, file);
  await writeText(partial, path, path, jsonText(document, path));
  await refreshConsolidated(folder, partial);
}

/** The groups of a version around a folder, from the inside to the outside. */
async function* groupsAround(folder: string, version: 2 | 3): AsyncGenerator<OwnHierarchyNode & { folder: string }> {
  for (let [group, inside] = [dirname(folder), folder]; group !== inside; [group, inside] = [dirname(group), group]) {
    const around = await ownNode(storeAt(group));
    if (around?.kind !== "group" || around.version !== version) return;
    yield { ...around, folder: group };
  }
}

/** The groups around an array or a group that have consolidated metadata, from the inside to the outside. */
export async function consolidatedAround(folder: string, version: 2 | 3): Promise<string[]> {
  const found: string[] = [];
  for await (const group of groupsAround(folder, version)) {
    const inline = isObject(group.content.consolidated_metadata);
    const isConsolidated =
      version === 3 ? inline : (await documentAt(storeAt(group.folder), ".zmetadata")) !== undefined;
    if (isConsolidated) found.push(group.folder);
  }
  return found;
}

/**
 * Brings the consolidated metadata of the groups around an array or a group up to date, if they have any.
 *
 * @throws StorageError; FormatError if a group's metadata is damaged
 */
export async function refreshConsolidated(folder: string, partial: string): Promise<void> {
  const child = realpathSync(folder);
  const node = await ownNode(storeAt(child));
  if (node === undefined) return;
  for await (const group of groupsAround(child, node.version)) {
    const key = relative(group.folder, child).split(sep).join("/");
    await (node.version === 3 ? refresh3(group, key, node, partial) : refresh2(group.folder, key, child, partial));
  }
}

const parentOf = (key: string): string => key.slice(0, Math.max(key.lastIndexOf("/"), 0));

/** zarr-python wants the members of one group beside each other, and otherwise finds only the last ones. */
const isSibling =
  (key: string) =>
  (other: string): boolean =>
    parentOf(other) === parentOf(key);

async function refresh3(
  group: OwnHierarchyNode,
  key: string,
  { text }: OwnHierarchyNode,
  partial: string,
): Promise<void> {
  const { consolidated_metadata: consolidated } = group.content;
  if (!isObject(consolidated) || !isObject(consolidated.metadata)) return;
  const changed = withMember(group, ["consolidated_metadata", "metadata", key], text, isSibling(key));
  await writeText(partial, group.path, group.path, changed);
}

async function refresh2(group: string, key: string, child: string, partial: string): Promise<void> {
  const consolidated = await documentAt(storeAt(group), ".zmetadata");
  if (consolidated === undefined || !isObject(consolidated.content.metadata)) return;
  let { text } = consolidated;
  for (const name of [".zarray", ".zgroup", ".zattrs"]) {
    const document = await documentAt(storeAt(child), name);
    const isBeside = (file: string): boolean => isSibling(key)(parentOf(file));
    text = withMember({ ...consolidated, text }, ["metadata", `${key}/${name}`], document?.text, isBeside);
  }
  await writeText(partial, consolidated.path, consolidated.path, text);
}
