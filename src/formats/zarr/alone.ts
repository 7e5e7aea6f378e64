/**
 * One process at a time changes an array, or the consolidated metadata of a group. An array's lock is beside it, since
 * its folder may be replaced; a group's is in its folder, as the folder around a store may belong to others.
 *
 *     array ─▶ the group around it, if that has consolidated metadata ─▶ the next one ...
 *
 * Invariant: locks are taken from the inside to the outside, so no two processes wait for each other; and all of them
 * before anything is written, so a process that gives up has changed nothing.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { failure } from "../../storage/stores/failure.js";
import { type LockPlace, lock } from "../../storage/stores/lock.js";
import { consolidatedAround } from "./groups.js";
import { hashOfName } from "./staging-folder.js";
import type { ZarrTarget } from "./write-plan.js";

/** Runs with the locks of an array and of the consolidated metadata around it. @throws ConflictError */
export async function aloneWithArray<T>(
  { path, name }: Pick<ZarrTarget, "path" | "name">,
  version: 2 | 3,
  run: () => T | Promise<T>,
): Promise<T> {
  const array = { folder: dirname(path), name: hashOfName(path), of: name };
  const groups = await consolidatedAround(path, version);
  return await alone([array, ...groups.map(placeOfGroup)], run);
}

/** Runs with the locks of a group and of the consolidated metadata around it. @throws ConflictError */
export async function aloneWithGroup<T>(path: string, version: 2 | 3, run: () => T | Promise<T>): Promise<T> {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw failure(`make the group ${path}`, path, cause);
  }
  const groups = await consolidatedAround(path, version);
  return await alone([path, ...groups].map(placeOfGroup), run);
}

const placeOfGroup = (folder: string): LockPlace => ({ folder, name: "group", of: folder });

async function alone<T>(places: readonly LockPlace[], run: () => T | Promise<T>): Promise<T> {
  const releases: (() => void)[] = [];
  try {
    for (const place of places) releases.push(await lock(place));
    return await run();
  } finally {
    for (const release of releases.reverse()) release();
  }
}
