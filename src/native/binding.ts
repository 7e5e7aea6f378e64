/**
 * Our own addon, a small one in C++ (pages.cc, windows.cc) that `chunkwise native install` compiles. Each thread loads
 * it when it first needs it.
 *
 * Invariant: without the addon everything works and gives the same results.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { messageOf } from "../data/causes.js";
import { pagesAddon } from "./location.js";

/** The functions of the addon; each is described where it is written. */
export interface Binding {
  advise(bytes: Uint8Array): number;
  make(bytes: Uint8Array): void;
  addressOf(bytes: Uint8Array): number;
  copy(address: number, from: Uint8Array, elementBytes: number, dims: Float64Array): void;
  map(memory: Uint8Array, file: number, offset: number, bytes: number): number;
  check(window: number): number;
  unmap(window: number): number;
  readMany(file: number, into: Uint8Array, stretchBytes: number, offset: number, loops: Float64Array): boolean;
}

/** The addon of this thread; null if there is none, undefined before the first use. */
let loaded: Binding | null | undefined;

/** Whether the user has turned the addon off, to compare or to exclude it as a cause. */
export function isOff(): boolean {
  return process.env.CHUNKWISE_ADDON === "off";
}

/** What is wrong with the variable that turns the addon off; undefined if nothing is. */
export function variableProblem(): string | undefined {
  const { CHUNKWISE_ADDON: given = "" } = process.env;
  if (given === "" || given === "off") return undefined;
  return `CHUNKWISE_ADDON is ${JSON.stringify(given)}, which has no effect; "off" turns the addon off`;
}

function load(path: string): Binding | null {
  const problem = variableProblem();
  // once, not by every worker
  if (problem !== undefined && isMainThread) process.emitWarning(problem, "ChunkwiseWarning");
  if (isOff() || !existsSync(path)) return null;
  try {
    const addon: Binding = createRequire(path)(path);
    return addon;
  } catch (error) {
    const how = "files and large results are handled without it; run `npx chunkwise native install --kernels --force`";
    // every worker fails in the same way
    if (isMainThread) process.emitWarning(`${messageOf(error)}; ${how}`, "ChunkwiseWarning");
    return null;
  }
}

/** The addon; null if there is none, or none that loads. */
export function binding(): Binding | null {
  if (loaded === undefined) loaded = load(pagesAddon());
  return loaded;
}
