/** What tasks need in bytes, known before anything runs. */
import { chunkBox } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { groupedShape } from "../data/groups.js";
import { countsOf, sizeOf } from "../data/region.js";
import { workspaceBytes } from "../data/workspace.js";
import type { Expr } from "../expr/expr.js";
import type { Group } from "./group.js";
import type { Node } from "./node.js";
import { fieldOffsets } from "./realise.js";
import { sourceOf } from "./source.js";
import { LARGEST_TILE, TILE_BYTES } from "./task.js";

/** The bytes of the widest element. */
const WIDEST = 16;

/** The bytes of a block of a node. */
export function blockBytes(node: Node, block: readonly number[]): number {
  return fieldOffsets(node.dtypes, sizeOf(countsOf(chunkBox(node.expr.meta.chunks, block)))).bytes;
}

/** The most bytes that a leaf takes in a worker's memory at a time. */
function loadedBytes(expr: Expr, tile: number): number {
  const source = sourceOf(expr);
  if (source?.kind === "file") return LARGEST_TILE;
  if (source?.kind !== "encoded") return tile;
  const { grid, dtype, workspace } = source.array;
  return (
    sizeOf(grid.map((sizes) => sizes.reduce((most, size) => Math.max(most, size), 0))) * factsOf(dtype).bytes +
    workspace
  );
}

/**
 * The bytes that a task needs besides its inputs and outputs: tiles, the states of folds, gathered inputs of routines and
 * their workspace.
 * `points` are all that it goes through: a tile holds no more, but for one that is read together with the gaps of a file.
 */
export function taskScratch(group: Group, block: readonly number[], points: number): number {
  const tile = Math.min(TILE_BYTES, points * WIDEST);
  // members share the tiles of what they read; each has a tile of its own to write, or a state
  let [bytes, shared] = [0, 0];
  for (const node of group.members) {
    const { work } = node.expr.op;
    const box = chunkBox(node.expr.meta.chunks, block);
    const elements = sizeOf(countsOf(box));
    if (work.kind === "routine") {
      const metas = node.expr.inputs.map((input) => input.meta);
      const routine = work.routine(node.expr.params);
      let most = 0;
      for (const boxes of work.steps(metas, node.expr.params, { block, box }, node.expr.meta)) {
        let step = 0;
        boxes.forEach((part, i) => {
          step += sizeOf(countsOf(part)) * factsOf(metas[i]!.dtype).bytes;
        });
        if (routine.kind === "kernel") {
          const blocks = boxes.map((part, i) => ({
            dtype: metas[i]!.dtype,
            shape: groupedShape(countsOf(part), routine.groups?.inputs[i]).slice(-routine.rank),
          }));
          step += workspaceBytes(routine.name, blocks, routine.params);
        }
        most = Math.max(most, step);
      }
      bytes += most + blockBytes(node, block) + tile + (work.scratch?.(metas, node.expr.params) ?? 0);
    }
    let own = 0;
    for (const { program, leaves } of node.pieces) {
      shared = Math.max(
        shared,
        leaves.reduce((sum, leaf) => sum + loadedBytes(leaf.expr, tile), 0),
      );
      own = Math.max(own, tile + (program.kind === "fold" ? 3 * fieldOffsets(program.state, elements).bytes : 0));
    }
    bytes += own;
  }
  return bytes + shared;
}
