/**
 * The states of tasks and the only ways between them.
 *
 *                 inputs made          given to a worker          answered
 *       waiting ──────────────▶ ready ───────────────────▶ running ────────▶ done
 *          │                      │ ◀───────────────────────  │
 *          │                      │      its worker died      │
 *          └──────────────────────┴───────────────────────────┴────────────▶ cancelled
 *                                                              the computation failed or was cancelled
 *
 * Invariant: a task's state changes only along an arrow. Anything else is a mistake of chunkwise itself and throws at
 * once, before it can become a wrong result. `done` and `cancelled` are final: what a task has made is never lost,
 * because chunks live in memory that outlives workers.
 */
import { InternalError } from "../data/errors.js";
import { addUint32, uint32At } from "../data/numbers.js";

/** The state of a task, as a byte. */
export const State = { waiting: 0, ready: 1, running: 2, done: 3, cancelled: 4 } as const;

/** One of the numbers in {@link State}. */
export type State = (typeof State)[keyof typeof State];

/** The name of a state. */
export type StateName = keyof typeof State;

const names = Object.keys(State) as StateName[];

const arrows: { readonly [from in StateName]: readonly StateName[] } = {
  waiting: ["ready", "cancelled"],
  ready: ["running", "cancelled"],
  running: ["done", "ready", "cancelled"],
  done: [],
  cancelled: [],
};

/** `legal[from * 5 + to]` is 1 where there is an arrow. */
const legal = Uint8Array.from(names.flatMap((from) => names.map((to) => (arrows[from].includes(to) ? 1 : 0))));

/** The states of all tasks, one byte each, and how many are in which. */
export class TaskStates {
  readonly #states: Uint8Array;
  readonly #counts = new Uint32Array(names.length);

  /** All tasks begin as `waiting`. */
  constructor(tasks: number) {
    this.#states = new Uint8Array(tasks);
    this.#counts[State.waiting] = tasks;
  }

  /** True if the task is in that state. */
  is(task: number, state: State): boolean {
    return this.#states[task] === state;
  }

  /** Moves a task along an arrow of the table; throws where there is none. */
  move(task: number, to: State): void {
    const from = this.#states[task];
    if (from === undefined || legal[from * names.length + to] !== 1) {
      throw new InternalError(`internal error: task ${task} cannot become ${names[to]}: it is ${this.nameOf(task)}`);
    }
    this.#states[task] = to;
    addUint32(this.#counts, from, -1);
    addUint32(this.#counts, to, 1);
  }

  /** Cancels every task that is not done. */
  cancelAll(): void {
    this.#states.forEach((state, task) => {
      if (state < State.done) this.move(task, State.cancelled);
    });
  }

  /** The name of the task's state, for messages. */
  nameOf(task: number): StateName | "unknown" {
    return names[this.#states[task] ?? names.length] ?? "unknown";
  }

  /** How many tasks were not given to a worker yet. */
  get left(): number {
    return uint32At(this.#counts, State.waiting) + uint32At(this.#counts, State.ready);
  }

  /** How many tasks are in each state. */
  get counts(): { readonly [name in StateName]: number } {
    const [waiting = 0, ready = 0, running = 0, done = 0, cancelled = 0] = this.#counts;
    return { waiting, ready, running, done, cancelled };
  }
}
