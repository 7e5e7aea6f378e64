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

/** Makes the groups that are missing. @throws StorageError */
export async function makeGroups(levels: readonly string[], version: 2 | 3, partial: string): Promise<void> {
  const [file, document] =
    version === 2
      ? [".zgroup", { zarr_format: 2 }]
      : ["zarr.json", { attributes: {}, zarr_format: 3, node_type: "group" }];
  for (const level of levels) {
    if ((await ownNode(storeAt(level))) !== undefined) continue;
    const path = join(level, file);
    await writeText(partial, path, path, jsonText(document, path));
    await refreshConsolidated(level, partial);
  }
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
  for (let [group, inside] = [dirname(child), child]; group !== inside; [group, inside] = [dirname(group), group]) {
    const around = await ownNode(storeAt(group));
    if (around?.kind !== "group" || around.version !== node.version) return;
    const key = relative(group, child).split(sep).join("/");
    await (node.version === 3 ? refresh3(around, key, node, partial) : refresh2(group, key, child, partial));
  }
}

async function refresh3(
  group: OwnHierarchyNode,
  key: string,
  { text }: OwnHierarchyNode,
  partial: string,
): Promise<void> {
  const { consolidated_metadata: consolidated } = group.content;
  if (!isObject(consolidated) || !isObject(consolidated.metadata)) return;
  const changed = withMember(group, ["consolidated_metadata", "metadata", key], text);
  await writeText(partial, group.path, group.path, changed);
}

async function refresh2(group: string, key: string, child: string, partial: string): Promise<void> {
  const consolidated = await documentAt(storeAt(group), ".zmetadata");
  if (consolidated === undefined || !isObject(consolidated.content.metadata)) return;
  let { text } = consolidated;
  for (const name of [".zarray", ".zgroup", ".zattrs"]) {
    const document = await documentAt(storeAt(child), name);
    text = withMember({ ...consolidated, text }, ["metadata", `${key}/${name}`], document?.text);
  }
  await writeText(partial, consolidated.path, consolidated.path, text);
}
