/**
 * Groups: stored nodes that are made by the same tasks, so that several results over one source share one pass over it.
 *
 * `compute([x.mean(0), x.std(0), x.sum(1)])` has three folds over the blocks of x. Their tasks would read the same bytes,
 * so they become one task with three outputs. Nodes go together when their blocks cover the same boxes, they touch a
 * common leaf, and none can wait for another: they have the same **level**, the longest way down through stored nodes.
 */
import { sameChunks } from "../data/chunks.js";
import { type Box, keyOfView } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { PlannedNode, PlannedPiece } from "./node.js";
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
  readonly members: readonly PlannedNode[];
  readonly pieces: readonly GroupPiece[];
}

const all = (length: number): number[] => Array.from({ length }, (_, i) => i);

function singleGroup(node: PlannedNode): Group {
  return {
    members: [node],
    pieces: node.pieces.map(({ box, program, leaves }) => ({
      box,
      leaves,
      runs: [{ member: 0, program, operands: all(leaves.length) }],
    })),
  };
}

function sharedGroup(members: readonly PlannedNode[]): Group {
  const leaves: Leaf[] = [];
  const runs = members.map((node, member): PlannedRun => {
    const [piece] = node.pieces;
    const operands = piece!.leaves.map((leaf) => {
      const known = leaves.findIndex(
        (other) => other.expr === leaf.expr && keyOfView(other.view) === keyOfView(leaf.view),
      );
      return known >= 0 ? known : leaves.push(leaf) - 1;
    });
    return { member, program: piece!.program, operands };
  });
  return { members, pieces: [{ box: members[0]!.pieces[0]!.box, leaves, runs }] };
}

/** The longest way from each node down to sources, counted in stored nodes. `nodes` come inputs first. */
function levelsOf(nodes: readonly PlannedNode[]): Map<Expr, number> {
  const levels = new Map<Expr, number>();
  for (const node of nodes) {
    let level = 0;
    for (const piece of [...node.pieces, ...node.gathers.flat()]) {
      for (const { expr } of piece.leaves) level = Math.max(level, (levels.get(expr) ?? 0) + 1);
    }
    levels.set(node.expr, level);
  }
  return levels;
}

/** Puts nodes into groups; `nodes` come inputs first and so do the groups. */
export function groupNodes(nodes: readonly PlannedNode[]): Group[] {
  const levels = levelsOf(nodes);
  const open: { level: number; nodes: PlannedNode[] }[] = [];
  for (const node of nodes) {
    const level = levels.get(node.expr)!;
    const mate = open.find(({ level: other, nodes: [first] }) => other === level && mayShareTasks(first!, node));
    if (mate) mate.nodes.push(node);
    else open.push({ level, nodes: [node] });
  }
  return open.map(({ nodes: members }) => (members.length === 1 ? singleGroup(members[0]!) : sharedGroup(members)));
}

function mayShareTasks(a: PlannedNode, b: PlannedNode): boolean {
  if (a.iteration === null || b.iteration === null || a.pieces.length !== 1 || b.pieces.length !== 1) return false;
  const shared = a.pieces[0]!.leaves.some(({ expr }) => b.pieces[0]!.leaves.some((leaf) => leaf.expr === expr));
  return shared && sameChunks(a.iteration, b.iteration);
}
