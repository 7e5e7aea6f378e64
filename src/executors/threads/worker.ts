/**
 * The entry of a worker thread: an inline executor behind a message port. It starts in milliseconds because it loads
 * nothing that performing tasks does not need.
 *
 * Invariant: every message of the main thread is heard in order; whatever goes wrong outside a task ends the worker, and
 * so reaches the main thread as a lost worker instead of a silence.
 */
import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import { toPlainError } from "../../data/errors.js";
import type { Answer, Session } from "../executor.js";
import { InlineExecutor } from "../inline.js";
import type { FromWorker, ToWorker } from "./protocol.js";

if (parentPort === null) throw new Error("chunkwise: worker.js runs in a worker thread only");
const port = parentPort;
const executor = new InlineExecutor();
const sessions = new Map<number, Session>();

/**
 * How long a worker out of tasks looks for messages before it sleeps, in milliseconds. Being woken up takes longer: a
 * round trip of a small task took 80 µs without this and 20 µs with it.
 */
const lookout = 0.05;
let unanswered = 0;

function post(message: FromWorker): void {
  port.postMessage(message);
}

function answer(session: number, answer: Answer): void {
  if (answer.type !== "done" && answer.type !== "failed") return;
  post({ ...answer, session });
  if (--unanswered === 0) lookOut();
}

function lookOut(): void {
  const until = performance.now() + lookout;
  while (unanswered === 0 && performance.now() < until) {
    const received = receiveMessageOnPort(port) as { readonly message: ToWorker } | undefined;
    if (received === undefined) continue;
    hear(received.message);
    // What ends a session happens after the loop of the executor has got its turn back.
    if (received.message.type === "end") return;
  }
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
      unanswered += message.tasks.length;
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
