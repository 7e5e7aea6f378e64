/** The entry of the thread that reads attributes, and ends with that; see attributes-thread.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { serializeError } from "../../data/errors.js";
import { attributesOf } from "./attributes.js";
import type { Answer, Asked } from "./attributes-thread.js";

if (parentPort === null) throw new Error("chunkwise: attributes-worker.js runs in a worker thread only");
const { path, object } = workerData as Asked;
const answer: Answer = await attributesOf(path, object).then(
  (attributes) => ({ attributes }),
  (error: unknown) => ({ error: serializeError(error) }),
);
parentPort.postMessage(answer);
