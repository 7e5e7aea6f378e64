import { expect, test } from "vitest";
import { InlineExecutor } from "#src/executors/inline";
import { Caller, executorSuite, fill, jobOf } from "../conformance/executor.js";

executorSuite("inline", () => new InlineExecutor(), { apart: false });

test("the inline executor has one worker, which takes one task at a time", async () => {
  const caller = new Caller(new InlineExecutor(), jobOf());
  await caller.worker();
  expect(caller.answers).toEqual([{ type: "joined", worker: 0, queueDepth: 1 }]);
  await caller.session.end(false);
});

test("another thread can stop a session of the inline executor by its flag", async () => {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const answers: string[] = [];
  const session = new InlineExecutor().begin(jobOf(), ({ type }) => answers.push(type), stop);
  stop[0] = 1;
  session.run(0, [fill(0, 0)]);
  await new Promise(setImmediate);
  expect(answers).toEqual(["joined", "failed"]);
  await session.end(false);
});

test("the event loop gets its turns even if the caller gives tasks in microtasks", async () => {
  const caller = new Caller(new InlineExecutor(), jobOf());
  await caller.worker();
  let turned = false;
  setImmediate(() => (turned = true));
  for (let id = 0; !turned && id < 1_000_000; id++) await caller.run([fill(id, 0, { count: 512 })]);
  expect(turned).toBe(true);
  await caller.session.end(false);
});
