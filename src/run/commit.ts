/**
 * Writing to several targets, all or none: they are opened one after the other, written in one pass, and committed
 * together.
 *
 *     open all ─▶ write ─▶ commit all
 *        └──────────┴──────────┴─ a failure: discard all, which leaves alone what is committed already
 */
import pLimit from "p-limit";
import { renamed } from "../storage/stores/failure.js";

/** A file or a folder that is being written. */
export interface PendingTarget {
  /** Its path as the user gave it. */
  readonly path: string;
  /** The prefix of all paths that are made before the commit; undefined where errors name the target already. */
  readonly temporary: string | undefined;
  /** Gives the finished whole its name. */
  commit(): void | Promise<void>;
  /** Removes what was written; after a commit, or a second time, it does nothing. */
  discard(): void | Promise<void>;
}

/** The number of targets that are committed at a time. */
const commits = pLimit(4);

/** Opens targets, writes to them, and commits them; after any failure those that are not committed are discarded. */
export async function writeTogether<T extends PendingTarget>(
  openings: readonly (() => Promise<T>)[],
  write: (targets: readonly T[]) => Promise<void>,
): Promise<void> {
  const targets: T[] = [];
  try {
    for (const open of openings) targets.push(await open());
    await write(targets);
    await commitAll(targets);
  } catch (error) {
    const discarded = await Promise.allSettled(targets.map(async (target) => target.discard()));
    const left = discarded.find((result) => result.status === "rejected");
    let named = error;
    for (const { temporary, path } of targets) if (temporary !== undefined) named = renamed(named, temporary, path);
    if (left !== undefined && named instanceof Error) named.message += `; and afterwards ${String(left.reason)}`;
    throw named;
  }
}

/** Commits targets. After a failure no further commit begins, and those that have begun are awaited. */
async function commitAll(targets: readonly PendingTarget[]): Promise<void> {
  let failed = false;
  const commit = async (target: PendingTarget): Promise<void> => {
    if (failed) return;
    try {
      await target.commit();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(targets.map((target) => commits(() => commit(target))));
  const failure = ended.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
