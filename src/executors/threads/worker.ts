/**
 * The entry of a worker thread: an inline executor behind a message port. It starts in milliseconds because it loads
 * nothing that performing tasks does not need.
 *
 * It sleeps as soon as it has nothing to do. Looking for messages for some 50 µs first was tried: on a machine at rest it
 * took a round trip from 80 to 45 µs, but with all cores busy it cost up to twice the time of sleeping (30 µs).
 *
 * A message costs as much as a small task, so answers wait for each other: as long as the next task is a light one that
 * waits here already, and no longer than that and two milliseconds.
 *
 * Invariant: every message of the main thread is heard in order; whatever goes wrong outside a task ends the worker, and
 * so reaches the main thread as a lost worker instead of a silence.
 */
import { parentPort, workerData } from "node:worker_threads";
import { serializeError } from "../../data/errors.js";
import { sizeOf } from "../../data/region.js";
import type { Task } from "../../graph/task.js";
import type { Answer, Session } from "../executor.js";
import { InlineExecutor } from "../inline.js";
import type { FromWorker, TaskAnswer, ToWorker, WorkerData } from "./protocol.js";

if (parentPort === null) throw new Error("chunkwise: worker.js runs in a worker thread only");
const port = parentPort;
const executor = new InlineExecutor((workerData as WorkerData).threadSlot);
const sessions = new Map<number, Session>();

function post(message: FromWorker): void {
  port.postMessage(message);
}

/** How long an answer may wait, in milliseconds. */
const patience = 2;
/** The points of a light task: about a millisecond. */
const lightPoints = 2 ** 20;

/** The tasks that wait here, in the order in which they will be answered. */
let waiting: { readonly session: number; readonly light: boolean }[] = [];
let answers: TaskAnswer[] = [];
let oldest = 0;

/** True for a task whose time is known to be short. */
function isLight({ routine, pieces }: Task): boolean {
  return routine === undefined && pieces.reduce((points, { counts }) => points + sizeOf(counts), 0) <= lightPoints;
}

function answer(session: number, answer: Answer): void {
  if (answer.type !== "done" && answer.type !== "failed") return;
  waiting.shift();
  const now = performance.now();
  if (answers.length === 0) oldest = now;
  answers.push({ ...answer, session });
  if (!(waiting[0]?.light && now - oldest < patience)) flush();
}

function flush(): void {
  if (answers.length > 0) post({ type: "answers", answers });
  answers = [];
}

async function end(number: number, abandon: boolean): Promise<void> {
  const session = sessions.get(number);
  sessions.delete(number);
  // an ended session gives no answers any more
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
  const { session } = message;
  switch (message.type) {
    case "begin":
      sessions.set(
        session,
        executor.begin(message.job, (given) => answer(session, given), message.stop),
      );
      break;
    case "share":
      // of an address the main thread holds the buffer until it knows that the session has ended here
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
