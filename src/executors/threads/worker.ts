/**
 * The entry of a worker thread: an inline executor behind a message port. It starts in milliseconds because it loads
 * nothing that performing tasks does not need.
 *
 * It sleeps as soon as it has nothing to do. Looking for messages for some 50 µs first was tried: on a machine at rest it
 * took a round trip from 80 to 45 µs, but with all cores busy it cost up to twice the time of sleeping (30 µs).
 *
 * Invariant: every message of the main thread is heard in order; whatever goes wrong outside a task ends the worker, and
 * so reaches the main thread as a lost worker instead of a silence.
 */
import { parentPort } from "node:worker_threads";
import { toPlainError } from "../../data/errors.js";
import type { Answer, Session } from "../executor.js";
import { InlineExecutor } from "../inline.js";
import type { FromWorker, ToWorker } from "./protocol.js";

if (parentPort === null) throw new Error("chunkwise: worker.js runs in a worker thread only");
const port = parentPort;
const executor = new InlineExecutor();
const sessions = new Map<number, Session>();

function post(message: FromWorker): void {
  port.postMessage(message);
}

function answer(session: number, answer: Answer): void {
  if (answer.type === "done" || answer.type === "failed") post({ ...answer, session });
}

async function end(number: number, abandon: boolean): Promise<void> {
  const session = sessions.get(number);
  sessions.delete(number);
  try {
    await session?.end(abandon);
    post({ type: "ended", session: number });
  } catch (error) {
    post({ type: "ended", session: number, error: toPlainError(error) });
  }
}

function hear(message: ToWorker): void {
  const { session } = message;
  switch (message.type) {
    case "begin":
      sessions.set(
        session,
        executor.begin(message.job, (given) => answer(session, given), message.stop),
      );
      break;
    case "share":
      sessions.get(session)?.share(message.buffer, message.memory);
      break;
    case "run":
      sessions.get(session)?.run(0, message.tasks);
      break;
    case "end":
      void end(session, message.abandon);
  }
}

port.on("message", hear);
port.on("messageerror", (error) => {
  throw error;
});
post({ type: "ready" });
