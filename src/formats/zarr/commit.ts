/**
 * How a finished array comes into its place: a new one by renames of its folder, an extension by a rename for each of
 * its files, and then of the metadata with the new shape.
 *
 * Invariant: from the check that the array is still the one that was planned for to the last rename, the array is
 * locked. So of several processes that plan on the same shape one is acknowledged, and the others are refused.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ConflictError, StorageError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";
import { storeAt } from "../../storage/stores/local-store.js";
import { aloneWithArray, aloneWithGroup } from "./alone.js";
import { edgeParts, edgeStamp } from "./edge.js";
import { makeGroup, refreshConsolidated } from "./groups.js";
import { ownNode } from "./hierarchy.js";
import { type Entry, type Journal, readJournal } from "./journal.js";
import { jsonText } from "./json.js";
import { withMember } from "./json-edit.js";
import { moveTo, synchronize, writeText } from "./part-file.js";
import { placeNew, replaceFormer, stagingPaths } from "./staging-folder.js";
import { type ExtensionPlan, fileOfPart, type NewArrayPlan, type WritePlan } from "./write-plan.js";

/** Parts that are put in place before other work of this thread has its turn. */
const movesPerTurn = 256;

/**
 * Puts a finished array in its place.
 *
 * @param identity what the journal must be for; `parts` is how many parts it must name
 * @throws StorageError
 */
export async function commitArray(plan: WritePlan, staging: string, identity: string, parts: number): Promise<void> {
  const { target, placement } = plan;
  const paths = stagingPaths(staging);
  const { entries } = finishedJournal(plan, staging, identity, parts);
  const written = [...entries.values()].filter(({ bytes }) => bytes > 0);
  await synchronize(
    written.map(({ part }) => fileOfPart(plan, paths.array, part)),
    target.name,
  );
  const { version } = placement.metadata;
  if ("documents" in plan) {
    for (const level of target.levels) {
      await aloneWithGroup(level, version, () => makeGroup(level, version, paths.partial));
    }
  }
  await aloneWithArray(target, version, async () => {
    await ("documents" in plan ? placeArray(plan, staging) : placeParts(plan, staging, entries));
    await refreshConsolidated(target.path, paths.partial);
  });
}

/** The journal, which must name every part. */
function finishedJournal({ target }: WritePlan, staging: string, identity: string, parts: number): Journal {
  const refuse = (problem: string) =>
    new StorageError(`cannot finish ${target.name}: ${problem}`, { path: target.name });
  const journal = readJournal(stagingPaths(staging).journal, identity, parts);
  if (journal === undefined) throw refuse(`the journal in ${staging} is gone or damaged`);
  const missing = parts - journal.entries.size;
  if (missing > 0) throw refuse(`${missing} of its ${parts} parts were not written`);
  return journal;
}

function placeArray({ target, former }: NewArrayPlan, staging: string): void {
  if (former === undefined) placeNew(staging, target.path, target.name);
  else replaceFormer(staging, target.path, target.name);
}

async function placeParts(plan: ExtensionPlan, staging: string, entries: ReadonlyMap<number, Entry>): Promise<void> {
  const { target, former, mode, placement, atEdge } = plan;
  const { array, partial } = stagingPaths(staging);
  const isSame = (await ownNode(storeAt(target.path)))?.text === former.text;
  if (!isSame || (await edgeStamp(plan)) !== atEdge?.stamp) {
    const what = isSame ? "its last chunks along the axis were" : "its metadata was";
    const problem = `${what} changed by someone else in the meantime; nothing was written, so it can be done again`;
    throw new ConflictError(`cannot finish ${target.name}: ${problem}`, { path: target.name });
  }
  const moved: Entry[] = [];
  try {
    if (atEdge !== undefined) keepFormer(plan, staging);
    for (const entry of entries.values()) {
      const path = fileOfPart(plan, target.path, entry.part);
      if (entry.bytes > 0) moveTo(fileOfPart(plan, array, entry.part), path);
      else rmSync(path, { force: true });
      if (moved.push(entry) % movesPerTurn === 0) await setImmediate();
    }
    if (mode !== "append") return;
    const grown = withMember(former, ["shape"], jsonText(placement.metadata.shape, target.name));
    await writeText(partial, former.path, former.path, grown);
  } catch (cause) {
    const error = failure(`put the finished chunks in place in ${target.name}`, target.name, cause);
    if (mode === "append") takeBack(plan, staging, moved);
    throw error;
  }
}

/** Where the file of a part is kept that is written anew. */
const formerFile = (staging: string, part: number): string => join(stagingPaths(staging).edge, String(part));

/** Keeps the files at the edge, under names of their own: they must have theirs until new ones take these. */
function keepFormer(plan: ExtensionPlan, staging: string): void {
  mkdirSync(stagingPaths(staging).edge, { recursive: true });
  for (const part of edgeParts(plan.placement)) {
    const path = fileOfPart(plan, plan.target.path, part);
    if (!existsSync(path)) continue;
    try {
      linkSync(path, formerFile(staging, part));
    } catch {
      // a file system without links
      copyFileSync(path, formerFile(staging, part));
    }
  }
}

/** Undoes the moves of an append that failed. @throws StorageError where that fails, too */
function takeBack(plan: ExtensionPlan, staging: string, moved: readonly Entry[]): void {
  const { target } = plan;
  try {
    for (const { part } of moved) {
      const [path, former] = [fileOfPart(plan, target.path, part), formerFile(staging, part)];
      if (existsSync(former)) renameSync(former, path);
      else rmSync(path, { force: true });
    }
  } catch (cause) {
    throw failure(`take back the chunks of an append to ${target.name} that failed`, target.name, cause);
  }
}
