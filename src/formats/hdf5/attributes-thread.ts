/**
 * Attributes of HDF5 files in spite of damage: they are read on a thread of their own, with a library of its own,
 * which is ended when it takes too long. Texts of variable length in a damaged file can keep the library busy for
 * ever.
 */
import { SHARE_ENV, Worker } from "node:worker_threads";
import { deserializeError, FormatError, type SerializedError, WorkerError } from "../../data/errors.js";
import type { Hdf5Attributes } from "./attributes.js";

/** The request to the thread. */
export interface Asked {
  readonly path: string;
  readonly object: string;
}

/** The answer of the thread. */
export type Answer = { readonly attributes: Hdf5Attributes } | { readonly error: SerializedError };

/** Milliseconds; of these, the library takes some hundred to load. */
const enough = 20_000;

/**
 * Reads the attributes of a dataset or a group.
 *
 * @param patience how long it may take, in milliseconds
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged, or holds no such object
 */
export async function readAttributes(path: string, object: string, patience = enough): Promise<Hdf5Attributes> {
  const worker = new Worker(new URL("./attributes-worker.js", import.meta.url), {
    name: "chunkwise attributes",
    execArgv: [],
    workerData: { path, object } satisfies Asked,
    env: SHARE_ENV,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      timer = setTimeout(() => {
        const message = `${path}: HDF5 did not finish reading the attributes of ${object} within ${patience / 1000} s`;
        reject(new FormatError(`${message}; the metadata must be damaged`, { path }));
      }, patience);
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(new WorkerError(`the thread that reads attributes ended with code ${code}`)),
      );
    });
    if ("error" in answer) throw deserializeError(answer.error);
    return answer.attributes;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
