/**
 * The plan of one stored node: everything about its blocks that does not depend on which block, worked out once.
 *
 * A block of a node covers a box of the node's *iteration space* (the output's indices for a map, the input's for a
 * fold or a reshape). Plans say, for any such box, which programs run over which views of which leaves; making a task
 * out of a plan is then arithmetic on a few numbers (see materialization.ts).
 */
import { type Chunks, chunkBox } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import { at, mapNonEmpty, type NonEmpty, zip } from "../data/lists.js";
import { type Box, boxOf, countsOf, identityView, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import type { FoldPlan, Placed, ResultOf, Sweep } from "../expr/op.js";
import { compileFold, compileMap, type Operands, partsOfValue } from "../program/compile.js";
import type { FoldProgram, MapProgram } from "../program/loop.js";
import { constant, type Fields, input, inputFields, type Scalar } from "../program/scalar.js";
import { sourceOf } from "./source.js";
import { type Leaf, Tracer } from "./trace.js";

/** A box of the iteration space with the program that runs there; the program's operand k is `leaves[k]`. */
export interface PlannedPiece {
  readonly box: Box;
  readonly program: MapProgram | FoldProgram;
  readonly leaves: readonly Leaf[];
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

/** Operand numbers from here on are results of sweeps, and after them the tile's count. */
const FIRST_SWEEP_OPERAND = 1 << 20;

function usedOperands(scalars: readonly Scalar[]): number[] {
  const used: number[] = [];
  const seen = new Set<Scalar>();
  const stack = [...scalars].reverse();
  for (let scalar = stack.pop(); scalar !== undefined; scalar = stack.pop()) {
    if (seen.has(scalar)) continue;
    seen.add(scalar);
    if (scalar.op === "input") {
      if (!used.includes(scalar.operand)) used.push(scalar.operand);
    } else if (scalar.op !== "const") stack.push(...scalar.args.toReversed());
  }
  return used;
}

function isCounted({ expr }: Leaf): boolean {
  return sourceOf(expr)?.kind === "counted";
}

/** True where the bytes of the elements are in the other order than this machine's. */
function isSwapped({ expr }: Leaf): boolean {
  const source = sourceOf(expr);
  return source?.kind === "file" && source.file.encoding.otherEndian;
}

/** Numbers the operands that scalars use from 0 on, so that equal programs over other leaves are equal. */
function operandsOf(scalars: readonly Scalar[], tracer: Tracer): { leaves: Leaf[] } & Required<Operands> {
  const used = usedOperands(scalars).filter((operand) => operand < FIRST_SWEEP_OPERAND);
  const leafOf = (operand: number): Leaf => at(tracer.leaves, operand);
  const those = (is: (leaf: Leaf) => boolean): Set<number> => new Set(used.filter((operand) => is(leafOf(operand))));
  return {
    leaves: used.map(leafOf),
    numbers: new Map(used.map((operand, number) => [operand, number])),
    counted: those(isCounted),
    swapped: those(isSwapped),
  };
}

/** The pieces that give an expression's elements; it is itself a leaf only when `stored` says so. */
function mapPieces(expr: Expr, stored: (expr: Expr) => boolean): PlannedPiece[] {
  const { shape } = expr.meta;
  const tracer = new Tracer(stored);
  return tracer.trace(expr, identityView(shape.length), boxOf(shape)).map(({ box, values }) => {
    const { leaves, ...operands } = operandsOf(values, tracer);
    return { box, program: { kind: "map", loop: compileMap(values, operands) }, leaves };
  });
}

function foldProgram(plan: FoldPlan, args: NonEmpty<Fields>, tracer: Tracer): Omit<PlannedPiece, "box"> {
  const { monoid, merging, finish } = plan;
  const { leaves, ...operands } = operandsOf(args.flat(), tracer);
  const zero = mapNonEmpty(monoid.zero, partsOfValue);
  const state = inputFields(0, monoid.state);
  const common = {
    kind: "fold" as const,
    state: monoid.state,
    zero,
    ...(finish === null ? {} : { finish: compileMap([monoid.finish(state, finish)]) }),
  };
  const [[element], [index] = [constant(0, "float64")]] = args;
  if (merging || monoid.block === undefined) {
    const lift = merging ? args[0] : monoid.lift(element, index);
    const loop = compileFold(lift, (a, b) => monoid.merge(a, b), operands);
    return { program: { ...common, sweeps: [{ loop, dtype: monoid.state[0], zero: zero[0] }] }, leaves };
  }
  const { sweeps, state: gathered } = monoid.block;
  const results = resultsFrom(FIRST_SWEEP_OPERAND, sweeps);
  const absorbed = resultsFrom(1, sweeps);
  const numbers = new Map(operands.numbers);
  for (let k = 0; k <= sweeps.length; k++) numbers.set(FIRST_SWEEP_OPERAND + k, leaves.length + k);
  return {
    program: {
      ...common,
      sweeps: sweeps.map((sweep) => ({
        loop: compileFold([sweep.lift(element, results.of, results.count)], ([a], [b]) => [sweep.merge(a, b)], {
          ...operands,
          numbers,
        }),
        dtype: sweep.dtype,
        zero: partsOfValue(sweep.zero),
      })),
      absorb: compileMap(monoid.merge(state, gathered(absorbed.of, absorbed.count))),
    },
    leaves,
  };
}

/** The results of sweeps, and behind them the tile's count, as operands from a number on. */
function resultsFrom(operand: number, sweeps: readonly Sweep[]): { of: ResultOf; count: Scalar } {
  return {
    of(sweep) {
      const k = sweeps.indexOf(sweep);
      if (k < 0) throw new RangeError("internal: the result of a sweep that its monoid does not have");
      return input(operand + k, sweep.dtype);
    },
    count: input(operand + sweeps.length, "float64"),
  };
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
  const pieces = tracer
    .traceAll(
      expr.inputs.map((node) => ({ expr: node, view })),
      boxOf(shape),
    )
    .map(({ box, args: [element, ...more] }) => {
      if (element === undefined) throw new RangeError("internal: a fold without an input");
      return { box, ...foldProgram(plan, [element, ...more], tracer) };
    });
  const bounds = new Map(zip(plan.axes, plan.bounds));
  const iteration = expr.meta.chunks.map((sizes, axis) => {
    const stretches = bounds.get(axis);
    return stretches === undefined ? sizes : sizesBetween(stretches);
  });
  return {
    expr,
    iteration,
    places(block) {
      const box = chunkBox(iteration, block);
      const kept = countsOf(box).map((count, axis) => (bounds.has(axis) ? 1 : count));
      return [{ box, first: 0, strides: stridesOf(kept).map((stride, axis) => (bounds.has(axis) ? 0 : stride)) }];
    },
    pieces,
    gathers: [],
    dtypes: plan.finish === null ? plan.monoid.state : [expr.meta.dtype],
  };
}

/** Plans a stored node. `stored` says which maps below it are stored too, so that tracing ends there. */
export function planNode(expr: Expr, stored: (expr: Expr) => boolean): PlannedNode {
  const { work } = expr.op;
  const { meta } = expr;
  const metas = expr.inputs.map((node) => node.meta);
  const base = { expr, gathers: [], dtypes: fieldsOf(meta) };
  if (work.kind === "fold") return planFold(expr, work.plan(metas, expr.params), stored);
  if (work.kind === "routine") {
    const gathers = expr.inputs.map((node) => mapPieces(node, stored));
    return { ...base, iteration: null, places: () => [], pieces: [], gathers };
  }
  if (work.kind === "assemble") {
    const from = inputOf(expr);
    const places = (block: readonly number[]): readonly Placed[] =>
      work.place(from.meta, meta, { block, box: chunkBox(meta.chunks, block) });
    return { ...base, iteration: null, places, pieces: mapPieces(from, stored) };
  }
  return {
    ...base,
    iteration: meta.chunks,
    places(block) {
      const box = chunkBox(meta.chunks, block);
      return [{ box, first: 0, strides: stridesOf(countsOf(box)) }];
    },
    pieces: mapPieces(expr, (node) => node !== expr && stored(node)),
  };
}

/** The input of a fold or a reshape; a fold may have a second one of the same shape. */
function inputOf({ op, inputs: [first] }: Expr): Expr {
  if (first === undefined) throw new RangeError(`internal: ${op.name} without an input`);
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
