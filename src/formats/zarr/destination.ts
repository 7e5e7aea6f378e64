/**
 * An array between `create` and `commit`: its staging folder, and which of its parts an earlier run has already
 * written.
 */
import { join } from "node:path";
import { countChunks } from "../../data/chunks.js";
import { ClosedError } from "../../data/errors.js";
import { hashOf } from "../../data/hash.js";
import { sweep } from "../../storage/stores/left-behind.js";
import { keepTrack } from "../../storage/stores/unfinished.js";
import type { Destination } from "../format.js";
import { commitArray } from "./commit.js";
import { journalHead, readJournal } from "./journal.js";
import { writeText } from "./part-file.js";
import { dropTornLine, wholeParts } from "./resumption.js";
import { makeStaging, removeStaging, stagingOf, stagingPaths } from "./staging-folder.js";
import { fileOfPart, plannedArray, type WritePlan } from "./write-plan.js";

/** Makes the staging folder, or continues that of an interrupted run. @throws StorageError */
export async function beginWriting(plan: WritePlan): Promise<Destination> {
  const { target, key } = plan;
  const staging = stagingOf(target.folder, target.path, key);
  sweep(target.folder);
  const array = plannedArray(plan, staging);
  const parts = array.shape.includes(0) ? 0 : countChunks(array.grid);
  const identity = identityOf(plan);
  const complete = key === undefined ? undefined : await resume(plan, staging, identity, parts);
  // what a run with a key has written stays for the next one
  const done = key === undefined ? keepTrack(staging) : () => undefined;
  const remove = (): void => {
    removeStaging(staging);
    done();
  };
  try {
    makeStaging(staging, target.name);
    await writeDocuments(plan, staging, identity, parts);
  } catch (error) {
    if (key === undefined) remove();
    throw error;
  }
  let state: "open" | "committed" | "discarded" = "open";
  return {
    array,
    ...(complete === undefined ? {} : { complete }),
    async commit() {
      if (state !== "open") throw new ClosedError(`${target.name} was already ${state}`);
      await commitArray(plan, staging, identity, parts);
      state = "committed";
      remove();
    },
    async discard() {
      if (state !== "open") return;
      state = "discarded";
      if (key === undefined) remove();
    },
  };
}

const documentsOf = (plan: WritePlan): ReadonlyMap<string, string> =>
  "documents" in plan ? plan.documents : new Map();

/** The hash of everything that decides the content of the parts. Only a run of the same identity is resumed. */
function identityOf(plan: WritePlan): string {
  const { key, mode, placement, writeEmpty, former } = plan;
  const { shape, first, metadata } = placement;
  const documents = [...documentsOf(plan)];
  const stamp = "atEdge" in plan ? plan.atEdge?.stamp : undefined;
  return hashOf({ key, mode, shape, first, metadata, writeEmpty, former: former?.text, documents, stamp });
}

/** The parts that an interrupted run of the same identity has written. The files of any other run are removed. */
async function resume(plan: WritePlan, staging: string, identity: string, parts: number): Promise<Set<number>> {
  const paths = stagingPaths(staging);
  const journal = readJournal(paths.journal, identity, parts);
  if (journal === undefined) {
    removeStaging(staging);
    return new Set();
  }
  dropTornLine(paths.journal, journal, plan.target.name);
  return wholeParts(journal, (part) => fileOfPart(plan, paths.array, part));
}

/** Writes the metadata, and then the journal, if it is not there yet: where a journal is, the metadata is. */
async function writeDocuments(plan: WritePlan, staging: string, identity: string, parts: number): Promise<void> {
  const { target } = plan;
  const paths = stagingPaths(staging);
  for (const [name, text] of documentsOf(plan)) {
    await writeText(paths.partial, join(paths.array, name), join(target.name, name), text);
  }
  if (readJournal(paths.journal, identity, parts) !== undefined) return;
  await writeText(paths.partial, paths.journal, target.name, journalHead(identity));
}
