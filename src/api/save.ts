/**
 * Arrays to files: written block by block under a temporary name that is renamed when everything is there.
 *
 * A **target** says where one array goes. Several arrays are written in one pass: all targets are made first, the blocks of
 * all of them are computed together, and then all are committed; on any failure every one of them is discarded.
 */
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { factsOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";
import { checkPath } from "../data/options.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { Destination } from "../formats/format.js";
import { loadFormat } from "../formats/index.js";
import { npyHeader } from "../formats/npy/npy.js";
import type { Sink } from "../graph/locations.js";
import type { Handle } from "../ops/handle.js";
import { sinkExpr } from "../ops/sinks.js";
import { renamed } from "../storage/stores/failure.js";
import { LocalFile } from "../storage/stores/file.js";
import { Replacement } from "../storage/stores/replacement.js";
import { type ComputeOptions, execute, exprsOf, planFor, prepare } from "./compute.js";

/** Where {@link store} writes an array: what {@link toNpy} and its kin make. */
export interface Target {
  /** The file or the folder. */
  readonly path: string;
  /**
   * Makes what is written to.
   * @internal
   */
  open(expr: Expr): Promise<OpenTarget>;
}

/** A target that is being written. */
export interface OpenTarget {
  readonly sink: Sink;
  /** How all paths begin that are made before it is committed; undefined where errors name the target already. */
  readonly temporary: string | undefined;
  commit(): void | Promise<void>;
  discard(): void | Promise<void>;
}

/** How many files are committed to disk at a time. */
const commits = pLimit(4);

/**
 * A .npy file as a target of {@link store}.
 * @example await store([x, y], [toNpy("x.npy"), toNpy("y.npy")]);
 */
export function toNpy(path: string): Target {
  return { path: checkPath(path, "toNpy"), open: async ({ meta }) => openNpyTarget(path, meta) };
}

function openNpyTarget(path: string, { dtype, shape }: Expr["meta"]): OpenTarget {
  const header = npyHeader({ dtype, shape });
  const size = header.length + sizeOf(shape) * factsOf(dtype).bytes;
  const replacement = Replacement.create(path, size);
  const discard = (): void => replacement.discard();
  try {
    const start = LocalFile.open(replacement.path, "update");
    try {
      start.write(header, 0);
    } finally {
      start.close();
    }
  } catch (error) {
    discard();
    throw renamed(error, replacement.path, path);
  }
  const file: StridedFile = {
    path: replacement.path,
    offset: header.length,
    size,
    modified: 0,
    dtype,
    encoding: { otherEndian: false, half: false },
    shape,
    strides: stridesOf(shape),
  };
  const commit = (): void => replacement.commit();
  return { sink: { kind: "file", file }, temporary: replacement.path, commit, discard };
}

/**
 * Writes arrays into one NumPy .npz file, uncompressed, each under its name. The file appears under its own name when it is
 * complete; on any failure nothing is left and an older file of that name stays.
 *
 * Throws an ArgumentError for names that are no file names.
 * @example await saveNpz("statistics.npz", { mean: x.mean(0), std: x.std(0) });
 */
export async function saveNpz(
  path: string,
  arrays: Readonly<Record<string, Handle>>,
  options: ComputeOptions = {},
): Promise<void> {
  checkPath(path, "saveNpz");
  if (typeof arrays !== "object" || arrays === null || Object.keys(arrays).length === 0)
    throw new ArgumentError("saveNpz: takes an object of chunked arrays by their names");
  const exprs = exprsOf(Object.values(arrays), "saveNpz");
  const names = Object.keys(arrays);
  const members = Object.fromEntries(names.map((name, i) => [name, exprs[i]!.meta]));
  const { create } = await loadFormat("npz");
  let archive: ReturnType<typeof create> | undefined;
  const targets = names.map((name, i): Target => {
    // the first of them speaks for the whole file
    const speaks = i === 0;
    const open = async (): Promise<OpenTarget> => {
      archive ??= create(path, { members });
      const { members: files, commit, discard } = archive;
      const file = files[name]!;
      return {
        ...{ sink: { kind: "file", file }, temporary: file.path },
        commit: () => (speaks ? commit() : undefined),
        discard: () => (speaks ? discard() : undefined),
      };
    };
    return { path, open };
  });
  await storeExprs(exprs, targets, options, "saveNpz");
}

/** A target that a format makes. */
export function encodedTarget(path: string, create: (expr: Expr) => Promise<Destination>): Target {
  return {
    path,
    async open(expr) {
      const destination = await create(expr);
      const { array, complete, temporary } = destination;
      return {
        sink: { kind: "encoded", array, ...(complete === undefined ? {} : { complete }) },
        temporary,
        commit: () => destination.commit(),
        discard: () => destination.discard(),
      };
    },
  };
}

/** The array as it is written: a node of its own, cut as the sink wants its parts. */
function written(expr: Expr, sink: Sink, path: string): Expr {
  return sinkExpr(expr, path, randomUUID(), sink.kind === "file" ? null : sink.array.grid);
}

/** Computes expressions into targets. */
export async function storeExprs(
  exprs: readonly Expr[],
  targets: readonly Target[],
  options: ComputeOptions,
  operation: string,
): Promise<void> {
  const settings = prepare(options, operation);
  options.signal?.throwIfAborted();
  const open: (OpenTarget & { readonly path: string })[] = [];
  try {
    for (const [i, target] of targets.entries()) open.push({ ...(await target.open(exprs[i]!)), path: target.path });
    const wanted = open.map(({ sink, path }, i) => ({ expr: written(exprs[i]!, sink, path), sink }));
    await execute(planFor(wanted, settings, operation), settings, options, () => undefined);
    await commitAll(open);
  } catch (error) {
    // what was committed already stays: a discard after a commit does nothing
    const discarded = await Promise.allSettled(open.map(async (target) => target.discard()));
    const left = discarded.find((result) => result.status === "rejected");
    let named = error;
    for (const { temporary, path } of open) if (temporary !== undefined) named = renamed(named, temporary, path);
    if (left !== undefined && named instanceof Error) named.message += `; and afterwards ${String(left.reason)}`;
    throw named;
  }
}

/** Commits targets; after a failure none is begun any more, and those that were begun have ended. */
async function commitAll(targets: readonly OpenTarget[]): Promise<void> {
  let failed = false;
  const commit = async (target: OpenTarget): Promise<void> => {
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

/**
 * Writes arrays to files, all in one pass: what they share is computed once. Each file appears under its name when all of
 * them are complete; on any failure nothing is left of those that were not, and older files of their names stay.
 *
 * Throws an ArgumentError where there are not as many targets as arrays.
 * @example
 * await store([x.mean(0), x.std(0)], [toNpy("mean.npy"), toNpy("std.npy")]);
 */
export async function store(
  arrays: readonly Handle[],
  targets: readonly Target[],
  options: ComputeOptions = {},
): Promise<void> {
  const exprs = exprsOf(arrays, "store");
  if (!Array.isArray(targets) || targets.length !== exprs.length) {
    const given = Array.isArray(targets) ? targets.length : String(targets);
    throw new ArgumentError(`store: takes as many targets as arrays; got ${given} for ${exprs.length}`);
  }
  const twice = targets.find(({ path }, i) => targets.findIndex((other) => other.path === path) !== i);
  if (twice !== undefined) throw new ArgumentError(`store: two arrays would be written to ${twice.path}`);
  await storeExprs(exprs, targets, options, "store");
}
