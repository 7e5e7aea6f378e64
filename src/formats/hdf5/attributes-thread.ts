/**
 * Attributes of HDF5 files in spite of damage: they are read on a thread of their own, with a library of its own,
 * which is ended when it takes too long. Texts of variable length in a damaged file can keep the library busy for
 * ever.
 *
 * Invariant: a slow machine is not taken for a damaged file. Loading the library does not count, each attribute has
 * its own time, and time in which this process got no processor does not count either.
 */
import { SHARE_ENV, Worker, type WorkerOptions } from "node:worker_threads";
import { deserializeError, FormatError, type SerializedError, WorkerError } from "../../data/errors.js";
import { movedFile } from "../../storage/own-files.js";
import type { Variable } from "../variable.js";
import type { Hdf5Attributes } from "./attributes.js";

/** The request to the thread. */
export interface Asked {
  readonly path: string;
  readonly object: string;
  readonly what: "attributes" | "variable";
}

/** What the thread tells: which step it begins, and in the end the answer. */
export type Told<T> = { readonly begins: string } | { readonly found: T } | { readonly error: SerializedError };

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

/**
 * Reads the attributes of a dataset or a group.
 *
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged, or holds no such object
 */
export function readAttributes(path: string, object: string, patience = enough): Promise<Hdf5Attributes> {
  return ask<Hdf5Attributes>({ path, object, what: "attributes" }, patience);
}

/** Reads what a file says of a dataset; otherwise as {@link readAttributes}. */
export function readVariable(path: string, dataset: string): Promise<Variable> {
  return ask<Variable>({ path, object: dataset, what: "variable" }, enough);
}

async function ask<T>(asked: Asked, patience: Patience): Promise<T> {
  const { path } = asked;
  const moved = movedFile("attributes-worker.js", import.meta.url);
  const options: WorkerOptions = {
    name: "chunkwise attributes",
    execArgv: [],
    workerData: asked,
    env: SHARE_ENV,
  };
  const worker =
    moved === null
      ? new Worker(new URL("./attributes-worker.js", import.meta.url), options)
      : new Worker(moved, options);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const watch = (step: string, since: number): void => {
        timer = setTimeout(() => {
          if (patience.used() - since < patience.wall) {
            watch(step, since); // the machine was busy with something else
            return;
          }
          const message = `${path}: HDF5 cannot ${step}: it was still busy after ${patience.wall / 1000} s`;
          reject(new FormatError(`${message} of computing; the metadata may be damaged`, { path }));
        }, patience.wall);
      };
      worker.on("message", (told: Told<T>) => {
        clearTimeout(timer);
        if ("begins" in told) watch(told.begins, patience.used());
        else if ("error" in told) reject(deserializeError(told.error));
        else resolve(told.found);
      });
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(new WorkerError(`the thread that reads attributes ended with code ${code}`)),
      );
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
