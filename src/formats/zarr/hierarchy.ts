/**
 * Arrays and groups in a store: where their metadata is.
 *
 *     v2   name/.zarray or name/.zgroup, name/.zattrs; all of a store's together in .zmetadata
 *     v3   name/zarr.json; a group's may hold those of all that is below it ("consolidated")
 *
 * Invariant: a node's own document counts. Consolidated ones are used only if it is missing, and for lists. If there
 * are both versions, v3 counts.
 */
import { ArgumentError, FormatError, StorageError } from "../../data/errors.js";
import type { ListableStore, ReadableStore } from "../../storage/stores/capabilities.js";
import { keyBelow } from "../../storage/stores/capabilities.js";
import { type Document, isObject, type JsonObject, readJson, shown } from "./json.js";
import { refusal } from "./metadata.js";

/** A document of metadata, found. */
export interface HierarchyNode {
  /** Its name in the store; `""` is the root. */
  readonly name: string;
  readonly version: 2 | 3;
  readonly kind: "array" | "group";
  readonly content: JsonObject;
  readonly attributes: JsonObject;
  /** The key of the file with the document, and its path for messages. */
  readonly key: string;
  readonly path: string;
  /** Differs when the document does. */
  readonly stamp: string;
}

/** Longer metadata is damaged or hostile. */
const maxBytes = 2 ** 26;
/** More arrays and groups, or deeper ones, are not listed. */
const limits = { nodes: 100_000, depth: 64 };

/** A node whose document is a file of its own; changes are made to its text. */
export type OwnHierarchyNode = HierarchyNode & Document;

/** A file of metadata. */
interface File extends Document {
  readonly key: string;
  readonly path: string;
  readonly stamp: string;
}

/** The document under a key; undefined where there is none. @throws StorageError, FormatError */
export async function documentAt(store: ReadableStore & ListableStore, key: string): Promise<File | undefined> {
  const source = await store.open(key);
  if (source === undefined) return undefined;
  const { path, size, version } = source;
  try {
    if (size > maxBytes) {
      throw new FormatError(`${path} has ${size} bytes; metadata has at most ${maxBytes}`, { path, offset: maxBytes });
    }
    const bytes = new Uint8Array(size);
    await source.read(bytes, 0);
    return { ...readJson(bytes, path), key, path, stamp: version };
  } finally {
    await source.close();
  }
}

/** The name of an array or a group as a key: a `/` at its ends does not matter. */
export function nameOf(path: string): string {
  const name = typeof path === "string" ? path.replace(/^\/+|\/+$/g, "") : ".";
  if (name === "" || !name.split("/").some((part) => part === "" || part === "." || part === "..")) return name;
  throw new ArgumentError(
    `${shown(path)} is not the name of an array in a Zarr store; expected a name such as "group/array"`,
  );
}

/** The content of a document, which is a file of its own or a part of another. */
type Content = Omit<File, "text">;

function nodeV3(name: string, { content, key, path, stamp }: Content): HierarchyNode {
  const { zarr_format: format, node_type: kind, attributes = {} } = content;
  const refuse = refusal(path);
  if (format !== 3) throw refuse(`zarr_format must be 3, not ${shown(format)}`);
  if (kind !== "array" && kind !== "group") {
    throw refuse(`node_type must be "array" or "group", not ${shown(kind)}`);
  }
  if (!isObject(attributes)) throw refuse("attributes must be an object");
  return { name, version: 3, kind, content, attributes, key, path, stamp };
}

function nodeV2(
  name: string,
  kind: HierarchyNode["kind"],
  { content, key, path, stamp }: Content,
  attributes: JsonObject,
): HierarchyNode {
  return { name, version: 2, kind, content, attributes, key, path, stamp };
}

/** The node of a name by its own documents. @throws StorageError, FormatError */
export async function ownNode(store: ReadableStore & ListableStore, name = ""): Promise<OwnHierarchyNode | undefined> {
  const v3 = await documentAt(store, keyBelow(name, "zarr.json"));
  if (v3 !== undefined) return { ...v3, ...nodeV3(name, v3) };
  for (const kind of ["array", "group"] as const) {
    const v2 = await documentAt(store, keyBelow(name, kind === "array" ? ".zarray" : ".zgroup"));
    if (v2 === undefined) continue;
    const attributes = await documentAt(store, keyBelow(name, ".zattrs"));
    return { ...v2, ...nodeV2(name, kind, v2, attributes?.content ?? {}) };
  }
  return undefined;
}

/** All arrays and groups below a group, by its consolidated metadata; undefined if it has none. */
async function consolidated(
  store: ReadableStore & ListableStore,
  group: HierarchyNode | undefined,
  name: string,
): Promise<HierarchyNode[] | undefined> {
  if (group?.version === 3) {
    const inline = group.content.consolidated_metadata;
    if (inline === undefined || inline === null) return undefined;
    const { key: file, path, stamp } = group;
    const documents = isObject(inline) ? inline.metadata : undefined;
    if (!isObject(documents)) throw refusal(path)("consolidated_metadata has no metadata");
    return Object.entries(documents).map(([key, content]) => {
      if (!isObject(content)) throw refusal(path)(`the metadata of ${shown(key)} is not an object`);
      return nodeV3(keyBelow(name, nameOf(key)), { content, key: file, path, stamp });
    });
  }
  const document = await documentAt(store, keyBelow(name, ".zmetadata"));
  if (document === undefined) return undefined;
  const { key: place, path, stamp } = document;
  const { metadata } = document.content;
  if (!isObject(metadata)) throw refusal(path)("it has no metadata");
  return Object.entries(metadata).flatMap(([key, content]) => {
    const [, parent = "", file] = /^(?:(.*)\/)?(\.zarray|\.zgroup)$/s.exec(key) ?? [];
    if (file === undefined) return [];
    if (!isObject(content)) throw refusal(path)(`the metadata of ${shown(key)} is not an object`);
    const attributes = metadata[keyBelow(parent, ".zattrs")] ?? {};
    if (!isObject(attributes)) throw refusal(path)(`the attributes of ${shown(key)} are not an object`);
    const kind = file === ".zarray" ? "array" : "group";
    return [nodeV2(keyBelow(name, nameOf(parent)), kind, { content, key: place, path, stamp }, attributes)];
  });
}

/**
 * The array or group of a name.
 *
 * @throws StorageError if nothing is there; FormatError if something other than Zarr is, or damaged metadata
 */
export async function nodeAt(store: ReadableStore & ListableStore, name: string): Promise<HierarchyNode> {
  const own = await ownNode(store, name);
  if (own !== undefined) return own;
  const root = name === "" ? undefined : await ownNode(store, "");
  const known = await consolidated(store, root, "");
  const found = known?.find((node) => node.name === name);
  if (found !== undefined) return found;
  const path = keyBelow(store.path, name);
  const beside = await store.list(name);
  if (beside.length === 0 && name === "") {
    const place = { path, systemCode: "ENOENT" };
    throw new StorageError(`cannot open ${path}: there is no such folder, or it is empty (ENOENT)`, place);
  }
  const among = name === "" ? "" : await arraysIn(store, root);
  if (beside.length === 0) {
    throw new FormatError(`${store.path} has no array or group ${JSON.stringify(name)}${among}`, { path });
  }
  const message = `${path} is not a Zarr array or group: there is no zarr.json, .zarray or .zgroup${among}`;
  throw new FormatError(message, { path });
}

/** For messages: the arrays of a store. */
async function arraysIn(store: ReadableStore & ListableStore, root: HierarchyNode | undefined): Promise<string> {
  return root === undefined ? "" : `; ${namesOfArrays(await nodesBelow(store, root))}`;
}

/** For messages: the names of arrays. */
export function namesOfArrays(nodes: readonly HierarchyNode[]): string {
  const names = nodes.filter(({ kind }) => kind === "array").map(({ name }) => name);
  if (names.length === 0) return "there are no arrays in it";
  const more = names.length > 20 ? `, and ${names.length - 20} more` : "";
  return `its arrays are ${names.slice(0, 20).join(", ")}${more}`;
}

/** All arrays and groups below a group, sorted by name. */
export async function nodesBelow(store: ReadableStore & ListableStore, group: HierarchyNode): Promise<HierarchyNode[]> {
  if (group.kind === "array") return [];
  const known = await consolidated(store, group, group.name);
  const nodes = known?.filter(({ name }) => name !== group.name) ?? (await walk(store, group.name));
  return nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(store: ReadableStore & ListableStore, top: string): Promise<HierarchyNode[]> {
  const nodes: HierarchyNode[] = [];
  const groups = [{ name: top, depth: 0 }];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const { name, depth } = group;
    const path = keyBelow(store.path, name);
    if (depth > limits.depth) {
      throw new FormatError(`${path} is the ${depth}th group inside a group; do links lead in a circle?`, { path });
    }
    for (const part of await store.list(name)) {
      const node = await ownNode(store, keyBelow(name, part));
      if (node === undefined) continue;
      nodes.push(node);
      if (node.kind === "group") groups.push({ name: node.name, depth: depth + 1 });
      if (nodes.length > limits.nodes)
        throw new FormatError(`${path} holds more than ${limits.nodes} arrays`, { path });
    }
  }
  return nodes;
}
