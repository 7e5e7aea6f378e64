/**
 * An array between `create` and `commit`: its staging folder, what of it an earlier run has left, and how it comes into
 * its place.
 */

import { randomUUID } from "node:crypto";
import { rmSync, truncateSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import pLimit from "p-limit";
import { blockAt, type Chunks, countChunks, cut, gridOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ClosedError, StorageError } from "../../data/errors.js";
import { hashOf } from "../../data/hash.js";
import { failure } from "../../storage/stores/failure.js";
import { storeAt } from "../../storage/stores/local-store.js";
import type { Destination } from "../format.js";
import { makeGroups, refreshConsolidated } from "./groups.js";
import { type OwnHierarchyNode, ownNode } from "./hierarchy.js";
import { type Entry, journalHead, readJournal } from "./journal.js";
import { jsonText, withMember } from "./json.js";
import { chunkKey, fileShape } from "./metadata.js";
import { moveTo, synchronize, writeText } from "./part-file.js";
import type { Placement } from "./placing.js";
import { makeStaging, placeNew, removeStaging, replaceFormer, stagingOf, stagingPaths } from "./staging-folder.js";
import { workspaceOf, type ZarrWriteParams } from "./writing.js";

/** The paths of an array that is to be written. */
export interface ZarrTarget {
  /** The path as the user gave it, for messages. */
  readonly name: string;
  /** The whole path, links followed. */
  readonly path: string;
  /** The folder, which exists, in which the staging folder is made. */
  readonly folder: string;
  /** The folders of the groups around it, inside the store. */
  readonly levels: readonly string[];
}

/** What is to be written. */
export interface Plan {
  readonly target: ZarrTarget;
  readonly mode: "create" | "overwrite" | "append" | "region";
  readonly place: Placement;
  /** The metadata of a new array: texts by their names. */
  readonly documents: ReadonlyMap<string, string>;
  /** The array that stands there. */
  readonly former?: OwnHierarchyNode;
  readonly writeEmpty: boolean;
  /** What tells whether an earlier run wrote the same; only with `resume`. */
  readonly key?: string;
}

/** Files of earlier runs that are read at the same time, and in pieces of how many bytes. */
const checks = pLimit(4);
const pieceBytes = 2 ** 20;

/** Parts that are put in place before others on this thread have their turn. */
const movesPerTurn = 256;

/** Makes the staging folder, or takes up that of an interrupted run. @throws StorageError */
export async function beginWriting(plan: Plan): Promise<Destination> {
  const { target, place, key, writeEmpty, mode, former, documents } = plan;
  const { metadata, shape, first } = place;
  const staging = stagingOf(target.folder, target.path, key ?? randomUUID());
  const identity = hashOf({
    key,
    mode,
    shape,
    first,
    metadata,
    writeEmpty,
    former: former?.text,
    documents: [...documents],
  });
  const { grid, ...array } = encoded(plan, staging);
  const parts = shape.includes(0) ? 0 : countChunks(grid);
  const paths = stagingPaths(staging);
  const complete = new Set<number>();
  if (key !== undefined) {
    const journal = readJournal(paths.journal, identity, parts);
    if (journal === undefined) removeStaging(staging);
    else {
      truncate(paths.journal, journal.length, target.name);
      const found = [...journal.entries.values()].map((entry) =>
        checks(async () => ({ part: entry.part, whole: await isWhole(fileOf(plan, paths.array, entry.part), entry) })),
      );
      for (const { part, whole } of await Promise.all(found)) if (whole) complete.add(part);
    }
  }
  makeStaging(staging, target.name);
  try {
    for (const [name, text] of documents) {
      await writeText(paths.partial, join(paths.array, name), join(target.name, name), text);
    }
    // The journal comes last: where it stands, the metadata does.
    if (readJournal(paths.journal, identity, parts) === undefined) {
      await writeText(paths.partial, paths.journal, target.name, journalHead(identity));
    }
  } catch (error) {
    if (key === undefined) removeStaging(staging);
    throw error;
  }
  let state: "open" | "committed" | "discarded" = "open";
  return {
    array: { ...array, grid },
    ...(key === undefined ? {} : { complete }),
    async commit() {
      if (state !== "open") throw new ClosedError(`${target.name} was already ${state}`);
      const journal = readJournal(paths.journal, identity, parts);
      if (journal === undefined) {
        throw new StorageError(`cannot finish ${target.name}: the journal in ${staging} is gone or damaged`, {
          path: target.name,
        });
      }
      if (journal.entries.size < parts) {
        const missing = parts - journal.entries.size;
        throw new StorageError(`cannot finish ${target.name}: ${missing} of its ${parts} parts were not written`, {
          path: target.name,
        });
      }
      const files = [...journal.entries.values()].filter(({ bytes }) => bytes > 0);
      await synchronize(
        files.map(({ part }) => fileOf(plan, paths.array, part)),
        target.name,
      );
      await (mode === "create" || mode === "overwrite"
        ? placeArray(plan, staging)
        : placeParts(plan, staging, journal.entries));
      await refreshConsolidated(target.path, paths.partial);
      state = "committed";
      removeStaging(staging);
    },
    async discard() {
      if (state !== "open") return;
      state = "discarded";
      if (key === undefined) removeStaging(staging);
    },
  };
}

/** What workers are told. */
function encoded({ target, place, writeEmpty }: Plan, staging: string): EncodedArray {
  const { metadata, shape, first } = place;
  const params: ZarrWriteParams = { metadata, target: target.name, staging, first, writeEmpty };
  return {
    format: "zarr",
    path: target.name,
    version: basename(staging),
    dtype: metadata.dtype,
    shape,
    grid: partsOf(place),
    order: "C",
    workspace: workspaceOf(metadata),
    storedBytes: factsOf(metadata.dtype).bytes,
    params,
  };
}

/** The parts of what is written, each a file. */
function partsOf({ metadata, shape }: Placement): Chunks {
  const part = fileShape(metadata);
  return shape.map((length, axis) => cut(length, part[axis]!));
}

/** The file of a part below a folder. */
function fileOf({ place }: Plan, folder: string, part: number): string {
  const { metadata, first } = place;
  const at = blockAt(gridOf(partsOf(place)), part);
  return join(
    folder,
    chunkKey(
      metadata.keys,
      at.map((index, axis) => index + first[axis]!),
    ),
  );
}

function truncate(path: string, length: number, name: string): void {
  try {
    truncateSync(path, length);
  } catch (cause) {
    throw failure(`write to the journal of ${name}`, name, cause);
  }
}

/** True when a file has the size and the bytes that the journal says. */
async function isWhole(path: string, { bytes, crc }: Entry): Promise<boolean> {
  if (bytes === 0) return true;
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    if ((await file.stat()).size !== bytes) return false;
    const piece = Buffer.allocUnsafe(Math.min(bytes, pieceBytes));
    let found = 0;
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return false;
      found = crc32(piece.subarray(0, bytesRead), found);
      at += bytesRead;
    }
    return found === crc;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw failure(`read ${path}`, path, cause);
  } finally {
    await file?.close();
  }
}

async function placeArray({ target, former, place }: Plan, staging: string): Promise<void> {
  await makeGroups(target.levels, place.metadata.version, stagingPaths(staging).partial);
  if (former === undefined) placeNew(staging, target.path, target.name);
  else replaceFormer(staging, target.path, target.name);
}

async function placeParts(plan: Plan, staging: string, entries: ReadonlyMap<number, Entry>): Promise<void> {
  const { target, former, mode, place } = plan;
  const { array, partial } = stagingPaths(staging);
  if ((await ownNode(storeAt(target.path)))?.text !== former!.text) {
    throw new StorageError(`cannot finish ${target.name}: its metadata was changed by someone else in the meantime`, {
      path: target.name,
    });
  }
  let moved = 0;
  try {
    for (const { part, bytes } of entries.values()) {
      const path = fileOf(plan, target.path, part);
      if (bytes > 0) moveTo(fileOf(plan, array, part), path);
      else rmSync(path, { force: true });
      if (++moved % movesPerTurn === 0) await setImmediate();
    }
  } catch (cause) {
    throw failure(`put the finished chunks in place in ${target.name}`, target.name, cause);
  }
  if (mode !== "append") return;
  const grown = withMember(former!, ["shape"], jsonText(place.metadata.shape, target.name));
  await writeText(partial, former!.path, former!.path, grown);
}
