/**
 * The entry of a worker thread: an inline executor behind a message port. It starts within milliseconds because it
 * loads only what performing tasks needs.
 *
 * It sleeps as soon as it has nothing to do. Polling for messages for about 50 µs before sleeping was tried: on an idle
 * machine it shortened a round trip from 80 to 45 µs, but with all cores busy it took up to twice as long as sleeping
 * (30 µs).
 *
 * A message costs as much as a small task, so answers are sent together: an answer waits while the next task is already
 * here and light, for at most that task and two milliseconds.
 *
 * Invariant: messages of the main thread are handled in order. An error outside a task ends the worker, so that the
 * main thread learns of a lost worker instead of waiting forever.
 */
import { parentPort, workerData } from "node:worker_threads";
import { collectAll } from "../../data/collection.js";
import { serializeError } from "../../data/errors.js";
import { sizeOf } from "../../data/region.js";
import type { Task } from "../../graph/task.js";
import type { Answer, Session } from "../executor.js";
import { InlineExecutor } from "../inline.js";
import { setPreloads } from "../user-module.js";
import type { FromWorker, TaskAnswer, ToWorker, WorkerData } from "./protocol.js";

if (parentPort === null) throw new Error("chunkwise: worker.js runs in a worker thread only");
const port = parentPort;
const { threadSlot, preloads } = workerData as WorkerData;
const executor = new InlineExecutor(threadSlot);
setPreloads(preloads);
const sessions = new Map<number, Session>();

function post(message: FromWorker): void {
  port.postMessage(message);
}

/** How long an answer may wait, in milliseconds. */
const LONGEST_WAIT_MS = 2;
/** The most points of a light task, which takes about a millisecond. */
const MOST_LIGHT_POINTS = 2 ** 20;

/** The tasks that wait here, in the order in which they will be answered. */
let waiting: { readonly session: number; readonly light: boolean }[] = [];
let answers: TaskAnswer[] = [];
let oldest = 0;

/** True for a task that is known to be short. */
function isLight({ routine, pieces }: Task): boolean {
  return (
    routine === undefined && pieces.reduce((points, { counts }) => points + sizeOf(counts), 0) <= MOST_LIGHT_POINTS
  );
}

function answer(session: number, answer: Answer): void {
  if (answer.type !== "done" && answer.type !== "failed") return;
  waiting.shift();
  const now = performance.now();
  if (answers.length === 0) oldest = now;
  answers.push({ ...answer, session });
  if (!(waiting[0]?.light && now - oldest < LONGEST_WAIT_MS)) flush();
}

function flush(): void {
  if (answers.length > 0) post({ type: "answers", answers });
  answers = [];
}

async function end(number: number, abandon: boolean): Promise<void> {
  const session = sessions.get(number);
  sessions.delete(number);
  // a session that has ended gives no answers
  waiting = waiting.filter((task) => task.session !== number);
  flush();
  try {
    await session?.end(abandon);
    post({ type: "ended", session: number });
  } catch (error) {
    post({ type: "ended", session: number, error: serializeError(error) });
  }
}

function hear(message: ToWorker): void {
  if (message.type === "collect") {
    collectAll();
    return;
  }
  const { session } = message;
  switch (message.type) {
    case "begin":
      sessions.set(
        session,
        executor.begin(message.job, (given) => answer(session, given), message.stop),
      );
      break;
    case "share":
      // the main thread keeps the buffer of an address alive until the session has ended here
      sessions.get(session)?.share(message.buffer, message.memory);
      break;
    case "run": {
      const tasks = JSON.parse(message.tasks) as readonly Task[];
      for (const task of tasks) waiting.push({ session, light: isLight(task) });
      sessions.get(session)?.run(0, tasks);
      break;
    }
    case "end":
      void end(session, message.abandon);
  }
}

port.on("message", hear);
port.on("messageerror", (error) => {
  throw error;
});
post({ type: "ready" });
