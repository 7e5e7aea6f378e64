/**
 * The groups around an array: the levels of a path inside a store. A reader finds an array by its groups, and trusts
 * consolidated metadata (copies of all documents in one, in the group) more than the array itself.
 *
 * Invariant: after an array has come or changed, each group around it knows of it as it now is.
 */
import { realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { ArgumentError } from "../../../data/errors.js";
import { type Node, nodeAt, readDocument } from "./existing.js";
import { type Json, JsonNumber, type JsonObject, writeJson } from "./json-text.js";
import { writeText } from "./part-file.js";

/** The folders from a store's root to the one that an array lies in; none where the array is the store itself. */
export function levelsOf(root: string, inner: readonly string[]): string[] {
  return inner.map((_, depth) => join(root, ...inner.slice(0, depth)));
}

/** The version of the format that the groups around an array have; undefined where there are none. */
export function formatOfGroups(levels: readonly string[]): 2 | 3 | undefined {
  let format: 2 | 3 | undefined;
  for (const level of levels) {
    const node = nodeAt(level);
    if (node?.kind === "array") {
      throw new ArgumentError(`saveZarr: ${level} is an array; only a group can hold another array`);
    }
    format = node?.zarrFormat ?? format;
  }
  return format;
}

/** Makes the groups that are missing. @throws StorageError */
export async function makeGroups(levels: readonly string[], zarrFormat: 2 | 3, partial: string): Promise<void> {
  const version: [string, Json] = ["zarr_format", new JsonNumber(String(zarrFormat))];
  const [name, members]: [string, [string, Json][]] =
    zarrFormat === 2
      ? [".zgroup", [version]]
      : ["zarr.json", [["attributes", new Map()], version, ["node_type", "group"]]];
  for (const level of levels) {
    if (nodeAt(level) !== undefined) continue;
    const path = join(level, name);
    await writeText(partial, path, path, writeJson(new Map(members)));
    await refreshConsolidated(level, partial);
  }
}

/**
 * Brings the consolidated metadata of the groups around an array or a group up to date, where they have any.
 *
 * @throws StorageError; FormatError where a group's metadata is damaged
 */
export async function refreshConsolidated(folder: string, partial: string): Promise<void> {
  const child = realpathSync(folder);
  const node = nodeAt(child)!;
  for (let [group, inside] = [dirname(child), child]; group !== inside; [group, inside] = [dirname(group), group]) {
    const around = nodeAt(group);
    if (around?.kind !== "group" || around.zarrFormat !== node.zarrFormat) return;
    const key = relative(group, child).split(sep).join("/");
    await (node.zarrFormat === 3 ? refresh3(around, key, node, partial) : refresh2(group, key, child, partial));
  }
}

async function refresh3(group: Node, key: string, node: Node, partial: string): Promise<void> {
  const consolidated = group.document.get("consolidated_metadata");
  const metadata = consolidated instanceof Map ? consolidated.get("metadata") : undefined;
  if (!(metadata instanceof Map)) return;
  metadata.set(key, node.document);
  await writeText(partial, group.path, group.path, writeJson(group.document));
}

async function refresh2(group: string, key: string, child: string, partial: string): Promise<void> {
  const consolidated = readDocument(join(group, ".zmetadata"));
  const metadata = consolidated?.document.get("metadata");
  if (consolidated === undefined || !(metadata instanceof Map)) return;
  for (const name of [".zarray", ".zgroup", ".zattrs"]) {
    const document: JsonObject | undefined = readDocument(join(child, name))?.document;
    if (document === undefined) metadata.delete(`${key}/${name}`);
    else metadata.set(`${key}/${name}`, document);
  }
  await writeText(partial, consolidated.path, consolidated.path, writeJson(consolidated.document));
}
