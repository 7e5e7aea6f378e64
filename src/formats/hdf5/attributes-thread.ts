/**
 * Attributes of HDF5 files in spite of damage: they are read on a thread of their own, with a library of its own,
 * which is ended when it takes too long. Texts of variable length in a damaged file can keep the library busy for
 * ever.
 *
 *     call, call, … ─ in turn ─▶ thread ── answers ──▶ idle ── no call for a while, or `close` ──▶ ended
 *                                   └── too long, or its library broke ──▶ ended; the next call starts another
 *
 * Invariant: a slow machine is not taken for a damaged file. Loading the library does not count, each attribute has
 * its own time, and time in which this process got no processor does not count either.
 */
import { SHARE_ENV, Worker, type WorkerOptions } from "node:worker_threads";
import pLimit from "p-limit";
import { deserializeError, FormatError, type SerializedError, WorkerError } from "../../data/errors.js";
import { movedFile } from "../../storage/own-files.js";
import { keepThreads } from "../kept-threads.js";
import type { Variable } from "../variable.js";
import type { Hdf5Attributes } from "./attributes.js";

/** The request to the thread. */
export interface Asked {
  readonly path: string;
  readonly object: string;
  readonly what: "attributes" | "variable";
}

/** What the thread tells: which step it begins, and in the end the answer. */
export type Told =
  | { readonly begins: string }
  | { readonly found: unknown }
  /** `broken` says that the library is not to be used again. */
  | { readonly error: SerializedError; readonly broken: boolean };

/** How long one step may take. */
export interface Patience {
  /** Milliseconds by the clock. */
  readonly wall: number;
  /** Milliseconds of the processor that this process has used so far. */
  readonly used: () => number;
}

const enough: Patience = {
  wall: 20_000,
  used: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** A thread that had nothing to do for so many milliseconds is ended: its library holds memory, and starts in 0.2 s. */
const IDLE_MS = 2000;

/**
 * Reads the attributes of a dataset or a group.
 *
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged, or holds no such object
 */
export function readAttributes(path: string, object: string, patience = enough): Promise<Hdf5Attributes> {
  return ask({ path, object, what: "attributes" }, patience) as Promise<Hdf5Attributes>;
}

/** Reads what a file says of a dataset; otherwise as {@link readAttributes}. */
export function readVariable(path: string, dataset: string): Promise<Variable> {
  return ask({ path, object: dataset, what: "variable" }, enough) as Promise<Variable>;
}

const inTurn = pLimit(1);
let kept: AttributesThread | undefined;
let idle: NodeJS.Timeout | undefined;

function ask(asked: Asked, patience: Patience): Promise<unknown> {
  return inTurn(async () => {
    clearTimeout(idle);
    if (kept?.isUp !== true) kept = new AttributesThread();
    try {
      return await kept.ask(asked, patience);
    } finally {
      idle = setTimeout(end, IDLE_MS).unref();
    }
  });
}

/** Ends the thread after what it was asked. */
function end(): Promise<void> {
  return inTurn(async () => {
    clearTimeout(idle);
    await kept?.end();
    kept = undefined;
  });
}

keepThreads(end);

/** One thread. It keeps the process alive while it is asked something. */
class AttributesThread {
  /** Whether it can be asked. */
  isUp = true;
  readonly #worker: Worker;
  #hear: (told: Told) => void = () => {};
  #fail: (reason: unknown) => void = () => {};

  constructor() {
    const moved = movedFile("attributes-worker.js", import.meta.url);
    const options: WorkerOptions = { name: "chunkwise attributes", execArgv: [], env: SHARE_ENV };
    this.#worker =
      moved === null
        ? new Worker(new URL("./attributes-worker.js", import.meta.url), options)
        : new Worker(moved, options);
    this.#worker.on("message", (told: Told) => this.#hear(told));
    this.#worker.on("error", (reason) => this.#ended(reason));
    this.#worker.on("exit", (code) => {
      this.#ended(new WorkerError(`the thread that reads attributes ended with code ${code}`));
    });
  }

  #ended(reason: unknown): void {
    this.isUp = false;
    this.#fail(reason);
  }

  /** The answer; not to be called again before it is there. */
  async ask(asked: Asked, patience: Patience): Promise<unknown> {
    const { path } = asked;
    let timer: NodeJS.Timeout | undefined;
    this.#worker.ref();
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const watch = (step: string, since: number): void => {
          timer = setTimeout(() => {
            if (patience.used() - since < patience.wall) {
              watch(step, since); // the machine was busy with something else
              return;
            }
            this.isUp = false;
            const message = `${path}: HDF5 cannot ${step}: it was still busy after ${patience.wall / 1000} s`;
            reject(new FormatError(`${message} of computing; the metadata may be damaged`, { path }));
          }, patience.wall);
        };
        this.#fail = reject;
        this.#hear = (told) => {
          clearTimeout(timer);
          if ("begins" in told) watch(told.begins, patience.used());
          else if ("found" in told) resolve(told.found);
          else {
            this.isUp &&= !told.broken;
            reject(deserializeError(told.error));
          }
        };
        this.#worker.postMessage(asked);
      });
    } finally {
      clearTimeout(timer);
      this.#worker.unref();
      if (!this.isUp) await this.end();
    }
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
