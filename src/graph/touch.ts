/** What a task touches: blocks of stored nodes, and elements of files. */
import { chunkBox } from "../data/chunks.js";
import { zip } from "../data/lists.js";
import { type Box, countsOf, sizeOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { forEachBlock } from "./block-cuts.js";
import type { BoxIndex } from "./box-index.js";
import type { ReadyPiece } from "./materialization.js";
import type { PlannedGroup } from "./planned-group.js";
import { isRead, isStored } from "./source.js";
import { UniformNumbers } from "./uniform.js";

/** Hears of what a task touches. */
export interface TouchListener {
  /** The points of a piece. */
  points?(count: number): void;
  /** A stored block. */
  block?(expr: Expr, number: number): void;
  /** Elements of a file: those of a view over a box. */
  file?(expr: Expr, view: View, box: Box): void;
}

/** Reports what pieces touch over a box. */
function touchPieces(pieces: BoxIndex<ReadyPiece>, box: Box, listener: TouchListener): void {
  for (const { item, common } of pieces.meeting(box)) {
    listener.points?.(sizeOf(countsOf(common)));
    for (const { expr, view } of item.leaves) {
      if (isStored(expr)) forEachBlock(view, expr.meta.chunks, common, (number) => listener.block?.(expr, number));
      else if (isRead(expr)) listener.file?.(expr, view, common);
    }
  }
}

const uniformPoints = new UniformNumbers<PlannedGroup>();

/** Groups of routines whose blocks of one shape all have as many points, and touch nothing else. */
const uniformGroups = new WeakMap<PlannedGroup, boolean>();

/** True where pieces touch nothing that is reported. */
const touchesNothing = ({ items }: BoxIndex<ReadyPiece>): boolean =>
  items.every(({ leaves }) => leaves.every(({ expr }) => !isStored(expr) && !isRead(expr)));

function isUniform(planned: PlannedGroup): boolean {
  let known = uniformGroups.get(planned);
  if (known === undefined) {
    const { work } = planned.members[0].node.expr.op;
    known = work.kind === "routine" && work.uniform === true && planned.gathers.every(touchesNothing);
    uniformGroups.set(planned, known);
  }
  return known;
}

/** Reports everything that the task of a block touches; a block of a stored node may come several times. */
export function touchBlock(planned: PlannedGroup, block: readonly number[], listener: TouchListener): void {
  const [{ node }] = planned.members;
  const { op, metas, params, meta } = node.expr;
  if (op.work.kind !== "routine") {
    for (const { box } of node.places(block)) touchPieces(planned.ready, box, listener);
    return;
  }
  const { steps } = op.work;
  const touchSteps = (to: TouchListener): void => {
    for (const boxes of steps(metas, params, { block, box: chunkBox(meta.chunks, block) }, meta)) {
      for (const [pieces, box] of zip(planned.gathers, boxes)) touchPieces(pieces, box, to);
    }
  };
  if (!isUniform(planned)) {
    touchSteps(listener);
    return;
  }
  const points = uniformPoints.of(planned, node.expr, block, () => {
    let sum = 0;
    const add = (count: number): void => {
      sum += count;
    };
    touchSteps({ points: add });
    return sum;
  });
  listener.points?.(points);
}
