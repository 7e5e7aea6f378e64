/**
 * Arrays to files: written block by block under a temporary name that is renamed when everything is written.
 *
 * A **target** says where an array goes. Several arrays are written in one pass: what they share is computed once, and
 * all targets are committed together.
 */

import { randomUUID } from "node:crypto";
import { takesOnly } from "../data/arguments.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions, checkPath } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { Expr } from "../expr/expr.js";
import type { Destination, MembersDestination, NewArray, StridedDestination } from "../formats/format.js";
import { rows } from "../formats/index.js";
import { withFormat } from "../formats/opening.js";
import type { FormatRow } from "../formats/row.js";
import type { Variable } from "../formats/variable.js";
import type { Sink } from "../graph/locations.js";
import type { Wanted } from "../graph/lower.js";
import { isHandle } from "../ops/handle.js";
import { isArrayInput } from "../ops/literal.js";
import { sinkExpr } from "../ops/sinks.js";
import { type PendingTarget, writeTogether } from "../run/commit.js";
import { execute, planFor } from "../run/execute.js";
import { type AnyArray, type ComputeOptions, computeNames, exprsOf, handleFrom, prepare } from "./compute.js";

/** A target that is being written. */
interface OpenTarget extends PendingTarget {
  /** The expressions that are written to it, each with its place. */
  readonly outputs: readonly Wanted[];
}

/** Where {@link store} writes an array; made by {@link toNpy} and the like. */
export interface Target {
  /** The file or the folder. */
  readonly path: string;
  /**
   * Makes what is written to.
   * @internal
   */
  open(expr: Expr): Promise<OpenTarget>;
}

type AnyDestination = Destination | StridedDestination | MembersDestination;

/** A destination of a format with the expressions that are written to it. */
function openTarget(
  path: string,
  destination: AnyDestination,
  outputs: readonly Wanted[],
  exclusive = false,
): OpenTarget {
  const { temporary } = destination;
  const commit = (): Promise<void> => destination.commit(exclusive);
  return { path, temporary, outputs, commit, discard: () => destination.discard() };
}

/** An expression as it is written: a node of its own, cut as the sink wants its parts. */
function outputTo(expr: Expr, sink: Sink, path: string): Wanted {
  return { expr: sinkExpr(expr, path, randomUUID(), sink.kind === "file" ? null : sink.array.grid), sink };
}

function sinkOf(destination: Destination | StridedDestination): Sink {
  if ("file" in destination) return { kind: "file", file: destination.file };
  const { array, complete } = destination;
  return { kind: "encoded", array, ...(complete === undefined ? {} : { complete }) };
}

/** What a format is given of an expression. */
function newArray({ key, meta: { dtype, shape, chunks } }: Expr, variable?: Variable): NewArray {
  return { dtype, shape, chunks, key, ...(variable === undefined ? {} : { variable }) };
}

/** Facts about a target besides the options of its format. */
interface Circumstances {
  /** What the file that the array comes from says of it. */
  readonly variable?: Variable | undefined;
  /** True if the commit must fail instead of replacing a file that was made meanwhile. */
  readonly exclusive?: boolean;
}

/** A target of one format. */
export function targetAs(
  row: FormatRow,
  path: string,
  options: object = {},
  { variable, exclusive = false }: Circumstances = {},
): Target {
  const operation = `to${row.word}`;
  checkPath(path, operation);
  checkOptions(options, Object.keys(row.write?.options ?? {}), operation);
  const inside = Object.entries(options).find(([name]) => name === row.member?.option)?.[1];
  const name = inside === undefined ? path : `${path}/${inside}`;
  return {
    path: name,
    open: (expr) =>
      withFormat(row, async ({ create }) => {
        if (create === undefined) throw new Error(`the format ${row.name} writes no files`);
        const destination = await create(path, newArray(expr, variable), options);
        return openTarget(name, destination, [outputTo(expr, sinkOf(destination), name)], exclusive);
      }),
  };
}

/** The endings by which {@link targetByEnding} chooses a format. */
export const writtenEndings: readonly string[] = rows.flatMap(({ write }) => Object.keys(write?.endings ?? {}));

/** A copy that {@link targetByEnding} makes a target for. */
export interface Copy {
  /** Who makes it, for messages. */
  readonly operation: string;
  /** True if it may take the place of what exists. */
  readonly replace: boolean;
  /** Its name in a file that may hold several. */
  readonly inside?: string | undefined;
  /** What the file that it comes from says of it. */
  readonly variable?: Variable;
  /** The word for how it is compressed. */
  readonly compression?: string | undefined;
}

/** The options that ask for a compression. */
function compressionOf(
  { compression, operation }: Copy,
  path: string,
  known: Readonly<Record<string, object>>,
): object {
  if (compression === undefined) return {};
  const options = Object.hasOwn(known, compression) ? known[compression] : undefined;
  if (options !== undefined) return options;
  const names = Object.keys(known).join(", ");
  const expected = names === "" ? "this format is not compressed" : `expected ${names}`;
  throw new ArgumentError(`${operation}: ${path} cannot be compressed by ${shown(compression)}; ${expected}`);
}

/**
 * The target that a path's ending asks for; undefined if there is none.
 *
 * @throws ArgumentError if the copy has a name, and such a file holds one array without a name; if such a file cannot
 *   be compressed so
 */
export function targetByEnding(path: string, copy: Copy): Target | undefined {
  const { operation, replace, inside, variable } = copy;
  const name = path.toLowerCase();
  for (const row of rows) {
    const { endings = {}, options = {}, replace: replacing, compressions = {} } = row.write ?? {};
    const found = Object.entries(endings).find(([ending]) => name.endsWith(ending));
    if (found === undefined) continue;
    const { option = "" } = row.member ?? {};
    if (inside !== undefined && options[option] !== true) {
      throw new ArgumentError(`${operation}: ${path} will hold one array, which has no name; got ${shown(inside)}`);
    }
    const own = {
      ...found[1],
      ...(replace ? replacing : {}),
      ...(inside === undefined ? {} : { [option]: inside }),
      ...compressionOf(copy, path, compressions),
    };
    return targetAs(row, path, own, { variable, exclusive: !replace });
  }
  return undefined;
}

/** Computes an expression into a file of one format; the options are those of the format and of the computation. */
export async function saveAs(row: FormatRow, expr: Expr, path: string, options: ComputeOptions): Promise<void> {
  const operation = `save${row.word}`;
  const names = Object.keys(row.write?.options ?? {});
  checkPath(path, operation);
  checkOptions(options, [...names, ...computeNames], operation);
  const among = (own: boolean): object =>
    Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name) === own));
  const target = targetAs(row, path, among(true));
  await writeAll([() => target.open(expr)], among(false), operation);
}

/** Computes arrays into one file of a format that holds several. */
export async function saveMembers(
  row: FormatRow,
  path: string,
  arrays: Readonly<Record<string, AnyArray>>,
  options: ComputeOptions,
): Promise<void> {
  const operation = `save${row.word}`;
  checkPath(path, operation);
  if (
    typeof arrays !== "object" ||
    arrays === null ||
    isHandle(arrays) ||
    isArrayInput(arrays) ||
    Object.keys(arrays).length === 0
  )
    throw new ArgumentError(`${operation}: takes an object of arrays by their names; got ${shown(arrays)}`);
  const exprs = Object.entries(arrays).map(
    ([name, array]) => [name, handleFrom(array, operation, shown(name)).expr] as const,
  );
  const open = (): Promise<OpenTarget> =>
    withFormat(row, ({ createMembers }) => {
      if (createMembers === undefined) throw new Error(`the format ${row.name} writes no files of several arrays`);
      const destination = createMembers(path, Object.fromEntries(exprs.map(([name, expr]) => [name, newArray(expr)])));
      const outputs = exprs.map(([name, expr]) => {
        const file = destination.members[name];
        if (file === undefined) throw new Error(`the format ${row.name} has made no place for ${name}`);
        return outputTo(expr, { kind: "file", file }, path);
      });
      return openTarget(path, destination, outputs);
    });
  await writeAll([open], options, operation);
}

/** Computes what is written to targets, all in one pass. */
async function writeAll(
  openings: readonly (() => Promise<OpenTarget>)[],
  options: ComputeOptions,
  operation: string,
): Promise<void> {
  const settings = prepare(options, operation);
  options.signal?.throwIfAborted();
  await writeTogether(openings, async (targets) => {
    const wanted = targets.flatMap(({ outputs }) => outputs);
    await execute(planFor(wanted, settings, operation), settings, options, () => undefined);
  });
}

/**
 * Writes arrays to files, all in one pass: what they share is computed once. Each file appears under its name when all
 * of them are complete; on any failure nothing is left of those that were not, and older files of their names stay.
 *
 * Throws an ArgumentError where there are not as many targets as arrays.
 * @example
 * await store([x.mean(0), x.std(0)], [toNpy("mean.npy"), toNpy("std.npy")]);
 */
export const store = takesOnly(
  "store",
  ["arrays", "targets", "options"],
  async (arrays: readonly AnyArray[], targets: readonly Target[], options: ComputeOptions = {}): Promise<void> => {
    const exprs = exprsOf(arrays, "store");
    if (!Array.isArray(targets) || targets.length !== exprs.length) {
      const given = Array.isArray(targets) ? targets.length : shown(targets);
      throw new ArgumentError(`store: takes as many targets as arrays; got ${given} for ${exprs.length}`);
    }
    const paths = new Set<string>();
    const openings = exprs.map((expr, i) => {
      const target: Target | undefined = targets[i];
      if (typeof target?.open !== "function" || typeof target.path !== "string")
        throw new ArgumentError(
          `store: the target of array ${i} is ${shown(target)}; expected what a format's function to…() returns`,
        );
      if (paths.has(target.path)) throw new ArgumentError(`store: two arrays would be written to ${target.path}`);
      paths.add(target.path);
      return () => target.open(expr);
    });
    await writeAll(openings, options, "store");
  },
);
