/** The bytes that tasks need, known before anything runs. */

import { chunkBox } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { zip } from "../data/lists.js";
import { largestOf } from "../data/numbers.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { groupedShape } from "../program/routines/grouped-axes.js";
import { workspaceBytes } from "../program/routines/table.js";
import type { Group } from "./group.js";
import { fieldOffsets } from "./materialization.js";
import type { PlannedNode } from "./node.js";
import { sourceOf } from "./source.js";
import { LARGEST_TILE_BYTES, TILE_BYTES } from "./task.js";
import { UniformNumbers } from "./uniform.js";

/** The bytes of the widest element. */
const WIDEST_ELEMENT_BYTES = 16;

/** The bytes of a block of a node. */
export function blockBytes(node: PlannedNode, block: readonly number[]): number {
  return fieldOffsets(node.dtypes, sizeOf(countsOf(chunkBox(node.expr.meta.chunks, block)))).bytes;
}

/** The most bytes that a leaf takes in a worker's memory at a time; null: those of a tile. */
function loadedBytes(expr: Expr): number | null {
  const source = sourceOf(expr);
  if (source?.kind === "file") return LARGEST_TILE_BYTES;
  if (source?.kind !== "encoded") return null;
  const { grid, dtype, workspace } = source.array;
  return (
    sizeOf(grid.map((sizes) => sizes.reduce((most, size) => Math.max(most, size), 0))) * factsOf(dtype).bytes +
    workspace
  );
}

/** What matters of a piece for the memory that it takes. */
interface PieceKind {
  /** What each leaf takes. */
  readonly loads: readonly (number | null)[];
  readonly program: PlannedNode["pieces"][number]["program"];
}

const kinds = new WeakMap<PlannedNode, readonly PieceKind[]>();

/** The kinds of pieces that a node has: few, even where it has thousands of pieces. */
function kindsOf(node: PlannedNode): readonly PieceKind[] {
  let known = kinds.get(node);
  if (known === undefined) {
    const found = new Map<string, PieceKind>();
    for (const { program, leaves } of node.pieces) {
      const loads = leaves.map(({ expr }) => loadedBytes(expr));
      const state = program.kind === "fold" ? program.state : [];
      const key = JSON.stringify([program.kind, state, loads]);
      if (!found.has(key)) found.set(key, { loads, program });
    }
    known = [...found.values()];
    kinds.set(node, known);
  }
  return known;
}

const uniformBytes = new UniformNumbers<Expr>();

/** {@link bytesOfSteps}, worked out once for blocks of one shape where they have the same steps. */
function stepBytes(expr: Expr, block: readonly number[]): number {
  const { work } = expr.op;
  if (work.kind !== "routine" || work.uniform !== true) return bytesOfSteps(expr, block);
  return uniformBytes.of(expr, expr, block, () => bytesOfSteps(expr, block));
}

/** The bytes of the gathered inputs of a routine's largest step, and of its workspace. */
function bytesOfSteps({ op, metas, params, meta }: Expr, block: readonly number[]): number {
  const { work } = op;
  if (work.kind !== "routine") return 0;
  const routine = work.routine(params);
  const steps = work.steps(metas, params, { block, box: chunkBox(meta.chunks, block) }, meta);
  const sizes = steps.map((boxes) => {
    const gathered = zip(metas, boxes).map(([{ dtype }, box]) => ({ dtype, counts: countsOf(box) }));
    const bytes = gathered.reduce((sum, { dtype, counts }) => sum + sizeOf(counts) * factsOf(dtype).bytes, 0);
    if (routine.kind !== "kernel") return 2 * bytes; // a user's function is given copies
    const { name, groups, rank } = routine;
    const blocks = gathered.map(({ dtype, counts }, i) => ({
      dtype,
      shape: groupedShape(counts, groups?.inputs[i]).slice(-rank),
    }));
    return bytes + workspaceBytes(name, blocks, routine.params);
  });
  return largestOf(sizes, 0) + (work.scratch?.(metas, params) ?? 0);
}

/**
 * The bytes that a task needs besides its inputs and outputs: tiles, the states of folds, gathered inputs of routines
 * and their workspace.
 * `points` are all that it goes through: a tile holds no more, except one that is read together with the gaps of a
 * file.
 */
export function taskScratch(group: Group, block: readonly number[], points: number): number {
  const tile = Math.min(TILE_BYTES, points * WIDEST_ELEMENT_BYTES);
  // members share the tiles of what they read; each has a tile of its own to write, or a state
  let [bytes, shared] = [0, 0];
  for (const node of group.members) {
    const elements = sizeOf(countsOf(chunkBox(node.expr.meta.chunks, block)));
    if (node.expr.op.work.kind === "routine") bytes += stepBytes(node.expr, block) + blockBytes(node, block) + tile;
    let own = 0;
    for (const { loads, program } of kindsOf(node)) {
      const loaded = loads.reduce<number>((sum, load) => sum + (load ?? tile), 0);
      shared = Math.max(shared, loaded);
      own = Math.max(own, tile + (program.kind === "fold" ? 3 * fieldOffsets(program.state, elements).bytes : 0));
    }
    bytes += own;
  }
  return bytes + shared;
}
