/**
 * How large a plan may be. A plan keeps some numbers for each task, and for each block that a task reads; and making it
 * holds up the caller's thread. So both are counted, and a plan is refused before it is made: if it takes more than the
 * memory limit, or minutes to make. Figures: docs/design/0036.
 */
import { formatBytes } from "../data/bytes.js";
import { countChunks } from "../data/chunks.js";
import { MemoryLimitError } from "../data/errors.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import { operationOf } from "../expr/print.js";

/** The bytes that a plan and its run keep for a task. */
const BYTES_PER_TASK = 256;
/** The bytes that a plan keeps for each block that a task reads. */
const BYTES_PER_READ = 16;
/** A plan of this many tasks is always allowed. */
const ALLOWED_TASKS = 2 ** 20;
/** The most tasks of a plan: more take minutes to plan, and hours to run. */
const MOST_TASKS = 2 ** 24;
/** The most blocks that the tasks of a plan read. */
const MOST_READS = 2 ** 27;

/** What a plan may have at most. */
export interface PlanLimits {
  readonly tasks: number;
  /** Blocks that tasks read, counted for each task. */
  readonly reads: number;
  /** The bytes of both. */
  readonly bytes: number;
}

/** A plan that is not limited. */
export const unlimited: PlanLimits = {
  tasks: Number.POSITIVE_INFINITY,
  reads: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
};

/** The limits of a plan within some memory. */
export function limitsIn(bytes: number): PlanLimits {
  return { tasks: MOST_TASKS, reads: MOST_READS, bytes: Math.max(bytes, ALLOWED_TASKS * BYTES_PER_TASK) };
}

/** The tasks of a plan and the blocks that they read, as far as they are counted. */
export class PlanSize {
  readonly #limits: PlanLimits;
  #tasks = 0;
  #reads = 0;

  constructor(limits: PlanLimits) {
    this.#limits = limits;
  }

  /** Adds tasks that make blocks of an expression, and what they read; throws a MemoryLimitError for too many. */
  add(expr: Expr, tasks: number, reads: number): void {
    this.#tasks += tasks;
    this.#reads += reads;
    const bytes = this.#tasks * BYTES_PER_TASK + this.#reads * BYTES_PER_READ;
    const { tasks: most, reads: mostReads, bytes: limit } = this.#limits;
    if (this.#tasks > most || this.#reads > mostReads || bytes > limit) this.#refuse(expr, bytes);
  }

  #refuse(expr: Expr, bytes: number): never {
    const { tasks: most, reads: mostReads, bytes: mostBytes } = this.#limits;
    const { shape, chunks } = expr.meta;
    const blocks = countChunks(chunks);
    const each = formatBytes(bytesOf(expr.meta) / Math.max(1, blocks));
    const reads = this.#reads === 0 ? "" : `, which read ${this.#reads} blocks`;
    const [expected, limit] =
      this.#tasks > most
        ? [`${most} tasks`, most * BYTES_PER_TASK]
        : this.#reads > mostReads
          ? [`${mostReads} blocks to read`, mostReads * BYTES_PER_READ]
          : [`${formatBytes(mostBytes)} with this memoryLimit`, mostBytes];
    throw new MemoryLimitError(
      `${operationOf(expr)}: there are ${blocks} blocks of about ${each} of an array of shape [${shape.join(", ")}], ` +
        `and the computation has at least ${this.#tasks} tasks${reads}: a plan of ${formatBytes(bytes)}; ` +
        `expected at most ${expected}; use larger chunks, such as chunks: "auto", or rechunk() the array first`,
      { needed: bytes, limit: Math.min(limit, mostBytes) },
    );
  }
}
