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
import { Uint32List } from "../data/numbers.js";
import { type Box, countsOf, sizeOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { forEachBlock } from "./block-cuts.js";
import type { BoxIndex } from "./box-index.js";
import type { ReadyPiece } from "./materialization.js";
import type { PlannedGroup } from "./planned-group.js";
import { isRead, isStored } from "./source.js";
import { tooManyTasks } from "./task-count.js";

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
  readonly #groups = new Uint32List();
  readonly #blocks = new Uint32List();
  readonly #firstChunks = new Uint32List();
  /** Chunk → the task that makes it. */
  readonly #producers = new Uint32List();
  readonly #mostTasks: number;

  constructor(groups: readonly PlannedGroup[], mostTasks: number) {
    this.#planned = groups;
    this.#mostTasks = mostTasks;
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
  get producers(): Uint32Array {
    return this.#producers.items;
  }

  /** Task → the number of its group. */
  get groups(): Uint32Array {
    return this.#groups.items;
  }

  /** What is known of a task. */
  task(id: number): FoundTask {
    const planned = at(this.#planned, this.#groups.at(id));
    const number = this.#blocks.at(id);
    return { planned, number, block: blockAt(planned.grid, number), firstChunk: this.#firstChunks.at(id) };
  }

  /** The chunk of a node's block, which some task makes. */
  chunkOf(expr: Expr, block: number): number {
    const { member, planned } = this.#maker(expr);
    return this.#firstChunks.at(planned.tasks.get(block)) + member;
  }

  #maker(expr: Expr): Maker {
    const maker = this.#makers.get(expr);
    if (maker === undefined) throw new InternalError(`internal error: no task makes ${expr.op.name}`);
    return maker;
  }

  /** The same, with a new task for a block that was not asked for before. */
  ask(expr: Expr, block: number): number {
    const { group, member, planned } = this.#maker(expr);
    const known = planned.tasks.get(block);
    if (known >= 0) return this.#firstChunks.at(known) + member;
    const first = this.#producers.length;
    const task = this.#groups.length;
    if (task >= this.#mostTasks) throw tooManyTasks(expr, task + 1, this.#mostTasks);
    this.#groups.push(group);
    planned.tasks.set(block, task);
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
