/** The entry of the thread that reads attributes, and ends with that; see attributes-thread.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { serializeError } from "../../data/errors.js";
import { attributesOf, variableOf } from "./attributes.js";
import type { Asked, Told } from "./attributes-thread.js";

if (parentPort === null) throw new Error("chunkwise: attributes-worker.js runs in a worker thread only");
const port = parentPort;
const { path, object, what } = workerData as Asked;
const tell = (told: Told<unknown>): void => port.postMessage(told);
const read = what === "variable" ? variableOf : attributesOf;
await read(path, object, (begins) => tell({ begins })).then(
  (found) => tell({ found }),
  (error: unknown) => tell({ error: serializeError(error) }),
);
