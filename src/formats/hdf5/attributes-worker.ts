/** The entry of the thread that reads attributes; see attributes-thread.ts. */
import { parentPort } from "node:worker_threads";
import { serializeError } from "../../data/errors.js";
import { attributesOf, variableOf } from "./attributes.js";
import type { Asked, Told } from "./attributes-thread.js";
import { hasBroken } from "./library.js";

if (parentPort === null) throw new Error("chunkwise: attributes-worker.js runs in a worker thread only");
const port = parentPort;
const tell = (told: Told): void => port.postMessage(told);

port.on("message", ({ path, object, what }: Asked) => {
  const read = what === "variable" ? variableOf : attributesOf;
  void read(path, object, (begins) => tell({ begins })).then(
    (found) => tell({ found }),
    (error: unknown) => tell({ error: serializeError(error), broken: hasBroken() }),
  );
});
