/**
 * The plan of one stored node: everything about its blocks that does not depend on which block, worked out once.
 *
 * A block of a node covers a box of the node's *iteration space* (the output's indices for a map, the input's for a
 * fold or a reshape). Plans say, for any such box, which programs run over which views of which leaves; making a task
 * out of a plan is then arithmetic on a few numbers (see materialization.ts).
 */

import { ByCounts } from "../data/by-counts.js";
import { type Chunks, chunkBox } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { type NonEmpty, zip } from "../data/lists.js";
import { type Box, boxOf, identityView, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import type { FoldPlan, Placed } from "../expr/op.js";
import type { Fields } from "../program/scalar.js";
import { foldPrograms, mapProgram, type PieceProgram, PiecePrograms } from "./programs.js";
import { type Leaf, Tracer } from "./trace.js";

/** A box of the iteration space with the program that runs there. */
export interface PlannedPiece extends PieceProgram {
  readonly box: Box;
}

/** The plan of a stored node; see the head of this file. */
export interface PlannedNode {
  readonly expr: Expr;
  /** The grid of blocks, as sizes along each dimension of the iteration space; null for routines and reshapes. */
  readonly iteration: Chunks | null;
  /** What a block consists of: one box for maps and folds, several for a reshape, none for a routine. */
  places(block: readonly number[]): readonly Placed[];
  readonly pieces: readonly PlannedPiece[];
  /** For a routine: how each of its inputs is gathered. */
  readonly gathers: readonly (readonly PlannedPiece[])[];
  /** The dtypes of the block's fields. */
  readonly dtypes: readonly DType[];
}

/** The pieces that give an expression's elements; it is itself a leaf only when `stored` says so. */
function mapPieces(expr: Expr, stored: (expr: Expr) => boolean): PlannedPiece[] {
  const { shape } = expr.meta;
  const tracer = new Tracer(stored);
  const programs = new PiecePrograms(tracer, mapProgram);
  return tracer
    .trace(expr, identityView(shape.length), boxOf(shape))
    .map(({ box, values }) => ({ box, ...programs.of([values]) }));
}

function sizesBetween([start = 0, ...stops]: readonly number[]): number[] {
  let from = start;
  return stops.map((stop) => {
    const size = stop - from;
    from = stop;
    return size;
  });
}

function planFold(expr: Expr, plan: FoldPlan, stored: (expr: Expr) => boolean): PlannedNode {
  const { shape } = inputOf(expr).meta;
  const view = identityView(shape.length);
  const tracer = new Tracer(stored);
  const programs = new PiecePrograms<NonEmpty<Fields>>(tracer, foldPrograms(plan));
  const pieces = tracer
    .traceAll(
      expr.inputs.map((node) => ({ expr: node, view })),
      boxOf(shape),
    )
    .map(({ box, args: [element, ...more] }) => {
      if (element === undefined) throw new InternalError("internal error: a fold without an input");
      return { box, ...programs.of([element, ...more]) };
    });
  const bounds = new Map(zip(plan.axes, plan.bounds));
  const iteration = expr.meta.chunks.map((sizes, axis) => {
    const stretches = bounds.get(axis);
    return stretches === undefined ? sizes : sizesBetween(stretches);
  });
  const strides = (counts: readonly number[]): number[] => {
    const kept = counts.map((count, axis) => (bounds.has(axis) ? 1 : count));
    return stridesOf(kept).map((stride, axis) => (bounds.has(axis) ? 0 : stride));
  };
  return {
    expr,
    iteration,
    places: placesIn(iteration, strides),
    pieces,
    gathers: [],
    dtypes: plan.finish === null ? plan.monoid.state : [expr.meta.dtype],
  };
}

/** The one place of each block of a grid, with strides that follow from its counts. */
function placesIn(grid: Chunks, strides: (counts: readonly number[]) => number[]): PlannedNode["places"] {
  const known = new ByCounts(strides);
  return (block) => {
    const box = chunkBox(grid, block);
    return [{ box, first: 0, strides: known.of(box) }];
  };
}

/** Plans a stored node. `stored` says which maps below it are stored too, so that tracing ends there. */
export function planNode(expr: Expr, stored: (expr: Expr) => boolean): PlannedNode {
  const { work } = expr.op;
  const { meta, metas } = expr;
  const base = { expr, gathers: [], dtypes: fieldsOf(meta) };
  if (work.kind === "fold") return planFold(expr, work.plan(metas, expr.params), stored);
  if (work.kind === "routine") {
    const gathers = expr.inputs.map((node) => mapPieces(node, stored));
    return { ...base, iteration: null, places: () => [], pieces: [], gathers };
  }
  if (work.kind === "assemble") {
    const from = inputOf(expr);
    const places = (block: readonly number[]): readonly Placed[] =>
      work.place(from.meta, expr.params, { block, box: chunkBox(meta.chunks, block) });
    return { ...base, iteration: null, places, pieces: mapPieces(from, stored) };
  }
  return {
    ...base,
    iteration: meta.chunks,
    places: placesIn(meta.chunks, stridesOf),
    pieces: mapPieces(expr, (node) => node !== expr && stored(node)),
  };
}

/** The input of a fold or a reshape; a fold may have a second one of the same shape. */
function inputOf({ op, inputs: [first] }: Expr): Expr {
  if (first === undefined) throw new InternalError(`internal error: ${op.name} without an input`);
  return first;
}

/** All leaves that a node's blocks are made from; a leaf may come several times. */
export function leavesBelow({ pieces, gathers }: PlannedNode): Leaf[] {
  return [...pieces, ...gathers.flat()].flatMap(({ leaves }) => leaves);
}

/** The number of blocks along each dimension of a node's grid. */
export function gridOfNode(node: PlannedNode): number[] {
  return (node.iteration ?? node.expr.meta.chunks).map((sizes) => sizes.length);
}
