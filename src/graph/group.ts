/**
 * Groups: stored nodes that are made by the same tasks, so that several results over one source share one pass over it.
 *
 * `compute([x.mean(0), x.std(0), x.sum(1)])` has three folds over the blocks of x. Their tasks would read the same
 * bytes, so they become one task with three outputs. Nodes share tasks when their blocks cover the same boxes, they
 * touch a common leaf, and none can wait for another: they have the same **level**, the longest way down through stored
 * nodes.
 */
import { type Chunks, sameChunks } from "../data/chunks.js";
import type { NonEmpty } from "../data/lists.js";
import { type Box, keyOfView } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { leavesBelow, type PlannedNode, type PlannedPiece } from "./node.js";
import type { Leaf } from "./trace.js";

/** One program of a group's piece: which member it belongs to, and which of the piece's leaves are its operands. */
export interface PlannedRun {
  readonly member: number;
  readonly program: PlannedPiece["program"];
  readonly operands: readonly number[];
}

/** A piece of a group: leaves that are loaded once for all the programs that run over them. */
export interface GroupPiece {
  readonly box: Box;
  readonly leaves: readonly Leaf[];
  readonly runs: readonly PlannedRun[];
}

/** Nodes made by the same tasks. */
export interface Group {
  readonly members: NonEmpty<PlannedNode>;
  readonly pieces: readonly GroupPiece[];
}

/** The piece of a single node: its leaves are the operands of its program, in order. */
export function ownPiece({ box, program, leaves }: PlannedPiece): GroupPiece {
  return { box, leaves, runs: [{ member: 0, program, operands: leaves.map((_, i) => i) }] };
}

/** A node whose tasks others may share: its blocks are boxes, and one program makes each of them. */
interface Sharer {
  readonly node: PlannedNode;
  readonly iteration: Chunks;
  readonly piece: PlannedPiece;
}

function sharerOf(node: PlannedNode): Sharer | null {
  const [piece, ...others] = node.pieces;
  if (node.iteration === null || piece === undefined || others.length > 0) return null;
  return { node, iteration: node.iteration, piece };
}

/** The group of nodes that may share tasks. */
function sharedGroup(first: Sharer, others: readonly Sharer[]): Group {
  const leaves: Leaf[] = [];
  const numbers = new Map<Expr, Map<string, number>>();
  const numberOf = (leaf: Leaf): number => {
    const views = numbers.get(leaf.expr) ?? new Map<string, number>();
    numbers.set(leaf.expr, views);
    const key = keyOfView(leaf.view);
    const number = views.get(key) ?? leaves.push(leaf) - 1;
    views.set(key, number);
    return number;
  };
  const runs = [first, ...others].map(({ piece }, member): PlannedRun => {
    const operands = piece.leaves.map(numberOf);
    return { member, program: piece.program, operands };
  });
  return {
    members: [first.node, ...others.map(({ node }) => node)],
    pieces: [{ box: first.piece.box, leaves, runs }],
  };
}

/** A group that others may still join. */
interface OpenGroup {
  readonly number: number;
  readonly node: PlannedNode;
  readonly sharer: Sharer | null;
  readonly joined: Sharer[];
}

/** Open groups by what a node must have in common with the first node of one: a leaf, the level and the grid. */
class OpenGroups {
  readonly all: OpenGroup[] = [];
  readonly #byLeaf = new Map<Expr, Map<string, { readonly group: OpenGroup; readonly sharer: Sharer }[]>>();

  /** Opens a group with a node. */
  open(node: PlannedNode, level: number, sharer: Sharer | null): void {
    const group: OpenGroup = { number: this.all.length, node, sharer, joined: [] };
    this.all.push(group);
    if (sharer === null) return;
    const key = keyOf(level, sharer);
    for (const expr of new Set(sharer.piece.leaves.map((leaf) => leaf.expr))) {
      const known = this.#byLeaf.get(expr) ?? new Map<string, { group: OpenGroup; sharer: Sharer }[]>();
      this.#byLeaf.set(expr, known);
      const groups = known.get(key);
      if (groups === undefined) known.set(key, [{ group, sharer }]);
      else groups.push({ group, sharer });
    }
  }

  /** The first group that a node may join. */
  mateOf(level: number, { piece, iteration }: Sharer): OpenGroup | undefined {
    const key = keyOf(level, { iteration });
    let first: OpenGroup | undefined;
    for (const { expr } of piece.leaves) {
      const mates = this.#byLeaf.get(expr)?.get(key);
      const found = mates?.find(({ sharer }) => sameChunks(sharer.iteration, iteration))?.group;
      if (found !== undefined && !(first !== undefined && first.number <= found.number)) first = found;
    }
    return first;
  }
}

const keyOf = (level: number, { iteration }: Pick<Sharer, "iteration">): string =>
  `${level}: ${iteration.map((sizes) => sizes.length).join()}`;

/** Puts nodes into groups; `nodes` come inputs first and so do the groups. */
export function groupNodes(nodes: readonly PlannedNode[]): Group[] {
  const levels = new Map<Expr, number>();
  const open = new OpenGroups();
  for (const node of nodes) {
    const level = leavesBelow(node).reduce((most, { expr }) => Math.max(most, (levels.get(expr) ?? 0) + 1), 0);
    levels.set(node.expr, level);
    const sharer = sharerOf(node);
    const mate = sharer === null ? undefined : open.mateOf(level, sharer);
    if (mate && sharer) mate.joined.push(sharer);
    else open.open(node, level, sharer);
  }
  return open.all.map(({ node, sharer, joined }) => {
    if (sharer !== null && joined.length > 0) return sharedGroup(sharer, joined);
    return { members: [node], pieces: node.pieces.map(ownPiece) };
  });
}
