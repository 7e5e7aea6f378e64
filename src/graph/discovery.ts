/**
 * Which blocks become tasks. The outputs' blocks are asked for first; looking at what a task touches asks for the
 * blocks that it reads, and so on down to the sources. What nobody asks for is not computed.
 *
 * Tasks are numbered as they are found; the chunks that a task makes have consecutive numbers. A task is three numbers
 * here.
 */

import { blockAt } from "../data/chunks.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { Uint32List } from "../data/numbers.js";
import type { Expr } from "../expr/expr.js";
import type { PlanSize } from "./plan-size.js";
import type { PlannedGroup } from "./planned-group.js";
import { type TouchListener, touchBlock } from "./touch.js";

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
  readonly #size: PlanSize;

  constructor(groups: readonly PlannedGroup[], size: PlanSize) {
    this.#planned = groups;
    this.#size = size;
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
    this.#size.add(expr, 1, 0);
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
    touchBlock(planned, block, listener);
  }
}
