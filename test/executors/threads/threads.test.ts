import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { deserializeError, WorkerError } from "#src/data/errors";
import { ThreadsExecutor } from "#src/executors/threads/threads";
import { Caller, call, executorSuite, fill, jobOf, long, longJob, wide } from "../../conformance/executor.js";

executorSuite("threads", (stopMs) => new ThreadsExecutor({ workers: 2, stopMs }), { apart: true });

let pool = new ThreadsExecutor({ workers: 1 });
afterEach(async () => {
  await pool.close();
  pool = new ThreadsExecutor({ workers: 1 });
});

const exits = "() => { process.exit(7); }";

describe("a worker that dies", () => {
  test("a worker that calls process.exit is lost with its exit code and replaced", async () => {
    const caller = new Caller(pool, jobOf({ sources: [exits] }));
    const other = new Caller(pool, jobOf());
    const worker = await caller.worker();
    caller.session.run(worker, [fill(0, 0), call(1, 0), fill(2, 0)]);
    const [lost] = await caller.wait(1, "lost");
    expect(lost!.worker).toBe(worker);
    expect(deserializeError(lost!.error)).toBeInstanceOf(WorkerError);
    expect(lost!.error.message).toMatch(/worker 0 ended: exit code 7/);
    expect(caller.of("done").map(({ task }) => task)).toEqual([0]);
    await other.wait(1, "lost");
    const [, joined] = await caller.wait(2, "joined");
    expect(joined!.worker).not.toBe(worker);
    expect(await caller.run([fill(2, 0)], joined!.worker)).toMatchObject([{ type: "done", task: 2 }]);
    await Promise.all([caller.session.end(false), other.session.end(true)]);
  });

  test("a worker with an uncaught exception is lost with the exception as the cause", async () => {
    const source =
      "() => { setTimeout(() => { throw new RangeError('out of the blue'); }); return new Promise(() => {}); }";
    const caller = new Caller(pool, jobOf({ sources: [source] }));
    caller.session.run(await caller.worker(), [call(0, 0)]);
    const [lost] = await caller.wait(1, "lost");
    expect(lost!.error.message).toMatch(/uncaught RangeError: out of the blue/);
    expect(lost!.error.cause).toMatchObject({ name: "RangeError" });
    await caller.session.end(true);
  });

  test("after three deaths in a row tasks fail with the reason, and the next computation tries again", async () => {
    const caller = new Caller(pool, jobOf({ sources: [exits] }));
    for (let i = 0; i < 3; i++) {
      const joined = await caller.wait(i + 1, "joined");
      caller.session.run(joined[i]!.worker, [call(0, 0)]);
      await caller.wait(i + 1, "lost");
    }
    const nobody = (await caller.wait(4, "joined"))[3]!;
    expect(await caller.run([fill(8, 0), fill(9, 0)], nobody.worker)).toMatchObject([
      {
        type: "failed",
        task: 8,
        error: { name: "WorkerError", message: expect.stringMatching(/3 workers in a row.*exit code 7/) },
      },
      { type: "failed", task: 9 },
    ]);
    await caller.session.end(true);
    const next = new Caller(pool, jobOf());
    expect(await next.run([fill(0, 0)])).toMatchObject([{ type: "done" }]);
    await next.session.end(false);
  });

  test("a worker that dies now and then is always replaced", async () => {
    const caller = new Caller(pool, jobOf({ sources: [exits] }));
    for (let i = 0; i < 5; i++) {
      const { worker } = (await caller.wait(i + 1, "joined"))[i]!;
      await caller.run([fill(i, 0)], worker);
      caller.session.run(worker, [call(i, 0)]);
      await caller.wait(i + 1, "lost");
    }
    expect(caller.of("failed")).toEqual([]);
    await caller.session.end(false);
  });

  test("a worker that dies while no computation is open is replaced by the next computation", async () => {
    // the timer waits until the computation has ended: workers share the environment of this process
    process.env.CHUNKWISE_TEST_EXIT = "";
    const source = `() => {
      setInterval(() => { if (process.env.CHUNKWISE_TEST_EXIT === "now") process.exit(1); }, 1);
      throw new Error("first this");
    }`;
    const caller = new Caller(pool, jobOf({ sources: [source] }));
    const worker = await caller.worker();
    await caller.run([call(0, 0)]);
    await caller.session.end(false);
    process.env.CHUNKWISE_TEST_EXIT = "now";
    const next = new Caller(pool, jobOf());
    // the next computation may still meet the worker that dies, which it then loses
    let joined = await next.worker();
    if (joined === worker) joined = (await next.wait(2, "joined"))[1]!.worker;
    expect(joined).not.toBe(worker);
    expect(await next.run([fill(0, 0)], joined)).toMatchObject([{ type: "done" }]);
    await next.session.end(false);
  });
});

test("a task that is not plain data fails with a TypeError", async () => {
  const caller = new Caller(pool, jobOf());
  const task = { ...fill(1, 0), note: 1n };
  expect(await caller.run([task])).toMatchObject([{ type: "failed", error: { name: "TypeError" } }]);
  expect(await caller.run([fill(2, 0)])).toMatchObject([{ type: "done" }]);
  await caller.session.end(false);
});

test("tasks for a worker that does not exist fail", async () => {
  const caller = new Caller(pool, jobOf());
  expect(await caller.run([fill(1, 0)], 77)).toMatchObject([
    { type: "failed", worker: 77, error: { name: "WorkerError" } },
  ]);
  await caller.session.end(false);
});

test("close ends workers in the middle of a computation, whose tasks then fail", async () => {
  const caller = new Caller(pool, jobOf({ sources: ["() => { for (;;); }"] }));
  const worker = await caller.worker();
  caller.session.run(worker, [call(0, 0), fill(1, 0)]);
  await pool[Symbol.asyncDispose]();
  expect(caller.of("lost")).toMatchObject([
    { worker, error: { message: expect.stringMatching(/executor was closed/) } },
  ]);
  const nobody = caller.of("joined").at(-1)!;
  expect(await caller.run([fill(0, 0)], nobody.worker)).toMatchObject([
    { type: "failed", error: { name: "ClosedError" } },
  ]);
  await caller.session.end(true);
});

test("a computation can begin while close is still ending the workers", async () => {
  const one = new Caller(pool, jobOf());
  await one.worker();
  const closed = pool.close();
  const two = new Caller(pool, jobOf());
  expect(await two.run([fill(0, 0)])).toMatchObject([{ type: "done" }]);
  await closed;
  await Promise.all([one.session.end(true), two.session.end(true)]);
});

test("a session can end right after it began, before any worker has joined", async () => {
  for (const abandon of [false, true]) {
    const caller = new Caller(pool, jobOf());
    await caller.session.end(abandon);
    expect(caller.answers).toEqual([]);
  }
});

test("an end does not terminate a worker whose answers this thread was too busy to receive", async () => {
  const caller = new Caller(pool, longJob, wide);
  const other = new Caller(pool, jobOf());
  caller.session.run(await caller.worker(), [long(0)]);
  await caller.begun();
  const ended = caller.session.end(true);
  for (const until = performance.now() + 700; performance.now() < until; );
  await ended;
  expect(other.of("lost")).toEqual([]);
  await other.session.end(false);
});

describe("a program", () => {
  const module = (path: string): string => fileURLToPath(new URL(`../../../dist/executors/${path}`, import.meta.url));
  const run = promisify(execFile);
  /** A program that computes one task of a user's function; `last` follows when the session has ended. */
  const program = (source: string, { last = "", flags = [] as string[] } = {}) => {
    const text = `
      import { ThreadsExecutor } from ${JSON.stringify(`file://${module("threads/threads.js")}`)};
      const executor = new ThreadsExecutor({ workers: 2 });
      const job = ${JSON.stringify(jobOf({ sources: [source] }))};
      const answer = await new Promise((resolve) => {
        const session = executor.begin(job, (answer) => {
          if (answer.type === "joined") session.run(answer.worker, [${JSON.stringify(call(0, 0))}]);
          else void session.end(true).then(() => resolve(answer));
        });
        session.share(0, { bytes: 64, buffer: new SharedArrayBuffer(64) });
      });
      console.log(answer.type, answer.error?.message);
      ${last}`;
    return run(process.execPath, [...flags, "--input-type=module", "--eval", text]);
  };

  test("a program that has computed ends by itself, although its workers wait for more", async () => {
    const { stdout, stderr } = await program("() => { throw new Error('done'); }", {
      last: `process.on("exit", () => console.log("ended by itself"));`,
    });
    expect(stdout).toMatch(/failed .*done\nended by itself/);
    expect(stderr).toBe("");
  });

  test("a program sees what its workers write, and its flags do not apply to them", async () => {
    const flags = ["--import", "data:text/javascript,process.stderr.write('loaded\\n')"];
    const { stdout, stderr } = await program(
      `async () => {
        console.log('from a worker');
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error('done');
      }`,
      { flags },
    );
    expect(stdout).toMatch(/from a worker/);
    expect(stderr).toBe("loaded\n");
  });

  test("a program survives a worker whose heap is full", async () => {
    const { stdout } = await program("() => { for (const all = []; ; ) all.push(new Array(1000).fill(all)); }", {
      flags: ["--max-old-space-size=64"],
    });
    expect(stdout).toMatch(/^lost worker \d ended: its JavaScript heap is full/);
  });
});
