/**
 * Which blocks become tasks. The outputs' blocks are asked for first; looking at what a task touches asks for the
 * blocks that it reads, and so on down to the sources. What nobody asks for is not computed.
 *
 * Tasks are numbered as they are found; the chunks that a task makes have consecutive numbers. A task is three numbers
 * here.
 */

import { blockAt, chunkBox } from "../data/chunks.js";
import { InternalError } from "../data/errors.js";
import { at, zip } from "../data/lists.js";
import { type Box, countsOf, sizeOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { forEachBlock } from "./block-cuts.js";
import type { BoxIndex } from "./box-index.js";
import type { ReadyPiece } from "./materialization.js";
import type { PlannedGroup } from "./planned-group.js";
import { isRead, isStored } from "./source.js";

/** Hears of what a task touches. */
export interface TouchListener {
  /** The points of a piece. */
  points?(count: number): void;
  /** A stored block. */
  block?(expr: Expr, number: number): void;
  /** Elements of a file: those of a view over a box. */
  file?(expr: Expr, view: View, box: Box): void;
}

/** What is known of a task. */
export interface FoundTask {
  readonly planned: PlannedGroup;
  /** The number of the block that its members make, and its index. */
  readonly number: number;
  readonly block: readonly number[];
  /** The chunk that its first member makes; those of the others follow. */
  readonly firstChunk: number;
}

/** The group that makes a node's blocks, and which of its members the node is. */
interface Maker {
  readonly group: number;
  readonly member: number;
  readonly planned: PlannedGroup;
}

/** The tasks found so far; see the head of this file. */
export class Discovery {
  readonly #planned: readonly PlannedGroup[];
  readonly #makers = new Map<Expr, Maker>();
  /** Task → its group, the number of its block, its first chunk. */
  readonly #groups: number[] = [];
  readonly #blocks: number[] = [];
  readonly #firstChunks: number[] = [];
  /** Chunk → the task that makes it. */
  readonly #producers: number[] = [];

  constructor(groups: readonly PlannedGroup[]) {
    this.#planned = groups;
    for (const [group, planned] of groups.entries()) {
      for (const [member, { node }] of planned.members.entries())
        this.#makers.set(node.expr, { group, member, planned });
    }
  }

  /** How many tasks there are. */
  get tasks(): number {
    return this.#groups.length;
  }

  /** Chunk → the task that makes it. */
  get producers(): readonly number[] {
    return this.#producers;
  }

  /** Task → the number of its group. */
  get groups(): readonly number[] {
    return this.#groups;
  }

  /** What is known of a task. */
  task(id: number): FoundTask {
    const planned = at(this.#planned, at(this.#groups, id));
    const number = at(this.#blocks, id);
    return { planned, number, block: blockAt(planned.grid, number), firstChunk: at(this.#firstChunks, id) };
  }

  /** The chunk of a node's block, which some task makes. */
  chunkOf(expr: Expr, block: number): number {
    const { member, planned } = this.#maker(expr);
    return at(this.#firstChunks, planned.tasks[block] ?? -1) + member;
  }

  #maker(expr: Expr): Maker {
    const maker = this.#makers.get(expr);
    if (maker === undefined) throw new InternalError(`internal error: no task makes ${expr.op.name}`);
    return maker;
  }

  /** The same, with a new task for a block that was not asked for before. */
  ask(expr: Expr, block: number): number {
    const { group, member, planned } = this.#maker(expr);
    const known = planned.tasks[block] ?? -1;
    if (known >= 0) return at(this.#firstChunks, known) + member;
    const first = this.#producers.length;
    const task = this.#groups.push(group) - 1;
    planned.tasks[block] = task;
    this.#blocks.push(block);
    this.#firstChunks.push(first);
    for (const _ of planned.members) this.#producers.push(task);
    return first + member;
  }

  /** Reports everything that a task touches; a block may come several times. */
  touch(id: number, listener: TouchListener): void {
    const { planned, block } = this.task(id);
    const look = (pieces: BoxIndex<ReadyPiece>, box: Box): void => {
      for (const { item, common } of pieces.meeting(box)) {
        listener.points?.(sizeOf(countsOf(common)));
        for (const { expr, view } of item.leaves) {
          if (isStored(expr)) forEachBlock(view, expr.meta.chunks, common, (number) => listener.block?.(expr, number));
          else if (isRead(expr)) listener.file?.(expr, view, common);
        }
      }
    };
    const [{ node }] = planned.members;
    const { op, metas, params, meta } = node.expr;
    if (op.work.kind !== "routine") {
      for (const { box } of node.places(block)) look(planned.ready, box);
      return;
    }
    for (const boxes of op.work.steps(metas, params, { block, box: chunkBox(meta.chunks, block) }, meta)) {
      for (const [pieces, box] of zip(planned.gathers, boxes)) look(pieces, box);
    }
  }
}
