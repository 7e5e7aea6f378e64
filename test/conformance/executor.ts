/**
 * What every executor does: each task answered exactly once and in order, errors typed, nothing running after the end.
 * The jobs here need no files and no array expressions: tasks that fill shared memory with a constant, and tasks that
 * call a user's function.
 */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { deserializeError, StorageError } from "#src/data/errors";
import { type SharedMemory, shareMemory } from "#src/data/memory";
import type { Answer, Executor, Session } from "#src/executors/executor";
import type { Job, Task } from "#src/graph/task";
import { compileMap } from "#src/program/compile";
import { constant } from "#src/program/scalar";

/** What {@link jobOf} makes a job of. */
interface JobParts {
  readonly programs?: number;
  readonly sources?: readonly string[];
  readonly backend?: string;
}

/** A job whose program `i` stores the number `i`, and whose routine `i` calls the function of source `i`. */
export function jobOf({ programs = 1, sources = [], backend = "reference" }: JobParts = {}): Job {
  return {
    programs: Array.from({ length: programs }, (_, i) => ({
      kind: "map",
      loop: compileMap([constant(i, "float64")]),
    })),
    routines: sources.map((source) => ({ kind: "user", form: "blocks", source: { kind: "source", source } })),
    files: [],
    arrays: [],
    backend,
  };
}

/** A task that fills `count` elements of buffer 0 with the program's number, `times` times. */
export function fill(id: number, program: number, { first = 0, count = 1, times = 1, buffer = 0 } = {}): Task {
  const location = { kind: "memory", buffer, offsets: [8 * first] } as const;
  const run = { output: 0, program, operands: [], first: 0, strides: [0, 1] };
  return {
    id,
    outputs: [{ shape: [count], dtypes: ["float64"], location, fold: null, staged: false }],
    pieces: [{ counts: [times, count], operands: [], runs: [run] }],
  };
}

/** The elements of a buffer that {@link long} writes. */
export const wide = 2 ** 16;

/** The job of {@link long}, on a backend whose tiles take a fraction of a millisecond: it stops soon on any machine. */
export const longJob = jobOf({ programs: 2, backend: "wasm" });

/**
 * A task that takes hours unless it is stopped between two tiles. Its buffer shows that it has begun: {@link
 * Caller.begun}.
 */
export function long(id: number): Task {
  return fill(id, 1, { count: wide, times: 2 ** 30 });
}

/** A task that calls a user's function without arguments. */
export function call(id: number, routine: number): Task {
  const location = { kind: "memory", buffer: 0, offsets: [0] } as const;
  const output = { shape: [1], dtypes: ["float64"], location, fold: null, staged: false } as const;
  return { id, outputs: [output], pieces: [], routine: { routine, block: [0], start: [0], steps: [{ inputs: [] }] } };
}

function sharedOf({ buffer, byteLength }: Float64Array): SharedMemory {
  return { bytes: byteLength, buffer: buffer as SharedArrayBuffer };
}

/** A session that keeps its answers, to wait for. */
export class Caller {
  readonly answers: Answer[] = [];
  readonly memory: Float64Array;
  readonly session: Session;
  readonly #counts = { joined: 0, queueDepth: 0, done: 0, failed: 0, lost: 0 };
  #wake: () => void = () => {};

  constructor(executor: Executor, job: Job, elements = 4096) {
    this.memory = new Float64Array(new SharedArrayBuffer(8 * elements));
    this.session = executor.begin(job, (answer) => {
      this.answers.push(answer);
      this.#counts[answer.type]++;
      this.#wake();
    });
    this.session.share(0, sharedOf(this.memory));
  }

  of<T extends Answer["type"]>(...types: T[]): Extract<Answer, { type: T }>[] {
    return this.answers.filter((answer): answer is Extract<Answer, { type: T }> => types.includes(answer.type as T));
  }

  /** Waits for so many answers of some types and gives all there are of them. */
  async wait<T extends Answer["type"]>(count: number, ...types: T[]): Promise<Extract<Answer, { type: T }>[]> {
    const there = (): number => types.reduce((sum, type) => sum + this.#counts[type], 0);
    while (there() < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.of(...types);
  }

  /** The number of the first worker that joins. */
  async worker(): Promise<number> {
    return (await this.wait(1, "joined"))[0]!.worker;
  }

  /** Waits until a task has stored a number other than 0 as the first element of the session's buffer. */
  async begun(): Promise<void> {
    while (this.memory[0] === 0) await turn();
  }

  /** Runs tasks on one worker and waits for their answers. */
  async run(tasks: readonly Task[], worker?: number): Promise<Answer[]> {
    const before = this.#counts.done + this.#counts.failed;
    this.session.run(worker ?? (await this.worker()), tasks);
    return (await this.wait(before + tasks.length, "done", "failed")).slice(before);
  }
}

/** Runs a task of a session of its own on a worker: whatever the worker was given before is over then. */
async function runOne(executor: Executor, worker: number): Promise<void> {
  const caller = new Caller(executor, jobOf());
  expect(await caller.run([fill(0, 0)], worker)).toMatchObject([{ type: "done" }]);
  await caller.session.end(false);
}

/** The numbers 0 … count − 1. */
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/**
 * The suite. `apart` says that tasks run beside the thread of the caller, which can stop them in the middle and end
 * what never stops; `stopMs` says after how many milliseconds.
 */
export function executorSuite(name: string, make: (stopMs: number) => Executor, { apart }: { apart: boolean }): void {
  describe(`the executor ${name}`, () => {
    const open: Executor[] = [];
    // a task that stops by itself has all the time that a busy machine takes for it
    const start = (stopMs = 600_000): Executor => {
      const executor = make(stopMs);
      open.push(executor);
      return executor;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((executor) => executor.close()));
    });

    test("an executor has a name and announces its workers after begin", async () => {
      const executor = start();
      expect(executor.name).toBe(name);
      const caller = new Caller(executor, jobOf());
      expect(caller.answers).toEqual([]);
      const [joined] = await caller.wait(1, "joined");
      expect(joined!.queueDepth).toBeGreaterThanOrEqual(1);
      await caller.session.end(false);
    });

    test("an executor also announces workers that have started before", async () => {
      const executor = start();
      for (const _ of range(3)) {
        const caller = new Caller(executor, jobOf());
        expect(caller.answers).toEqual([]);
        await caller.worker();
        await caller.session.end(false);
      }
    });

    test("each task is answered once, in the order of its worker, never within run()", async () => {
      const caller = new Caller(start(), jobOf());
      const worker = await caller.worker();
      const joined = caller.answers.length;
      caller.session.run(
        worker,
        range(50).map((id) => fill(id, 0)),
      );
      caller.session.run(worker, []);
      for (const id of range(50)) caller.session.run(worker, [fill(50 + id, 0)]);
      expect(caller.answers.length).toBe(joined);
      const done = await caller.wait(100, "done");
      expect(done.map(({ task }) => task)).toEqual(range(100));
      expect(done.every((answer) => answer.worker === worker && answer.figures.milliseconds >= 0)).toBe(true);
      // a second answer to one of them would come before the answer to this one
      await caller.run([fill(100, 0)], worker);
      expect(caller.of("done", "failed").length).toBe(101);
      await caller.session.end(false);
    });

    test("a worker performs its tasks in the order in which they were given", async () => {
      const caller = new Caller(start(), jobOf({ programs: 100 }));
      await caller.run(range(100).map((id) => fill(id, id, { count: 100 - id })));
      expect([...caller.memory.subarray(0, 100)]).toEqual(range(100).map((i) => 99 - i));
      await caller.session.end(false);
    });

    test("tasks can be given from within an answer", async () => {
      const executor = start();
      const finished = new Promise<number>((resolve) => {
        let worker: number | undefined;
        const session = executor.begin(jobOf(), (answer) => {
          worker ??= answer.worker;
          if (answer.worker !== worker) return;
          const task = answer.type === "done" ? answer.task + 1 : 0;
          if (task < 1000) session.run(worker, [fill(task, 0)]);
          else void session.end(false).then(() => resolve(task));
        });
        session.share(0, shareMemory(64));
      });
      expect(await finished).toBe(1000);
    });

    test("tasks can use a buffer that was shared after others had run", async () => {
      const caller = new Caller(start(), jobOf({ programs: 8 }));
      await caller.run([fill(0, 1)]);
      for (const buffer of range(5).slice(1)) {
        const memory = new Float64Array(new SharedArrayBuffer(64));
        caller.session.share(buffer, sharedOf(memory));
        await caller.run([fill(buffer, 7, { buffer, first: 2 })]);
        expect([...memory]).toEqual([0, 0, 7, 0, 0, 0, 0, 0]);
      }
      await caller.session.end(false);
    });

    test("a task that throws fails with its error, and the next task is done", async () => {
      const throws = `() => {
        throw Object.assign(new RangeError("not like this", { cause: new Error("why") }), { size: 3 });
      }`;
      const caller = new Caller(start(), jobOf({ programs: 6, sources: [throws] }));
      const [failed, done] = await caller.run([call(7, 0), fill(8, 5)]);
      expect(failed).toMatchObject({ type: "failed", task: 7 });
      expect(done).toMatchObject({ type: "done", task: 8 });
      expect(caller.memory[0]).toBe(5);
      // An executor may wrap a user's error: what it said is kept somewhere down the causes.
      const words: string[] = [];
      let error = caller.of("failed")[0]!.error as (typeof failed & { type: "failed" })["error"] | undefined;
      for (; error !== undefined; error = error.cause) words.push(`${error.name}: ${error.message}`);
      expect(words.join("\n")).toMatch(/RangeError: .*not like this(.|\n)*Error: why/);
      await caller.session.end(false);
    });

    test("whatever is thrown fails the task only", async () => {
      const sources = [
        "() => { throw 5; }",
        "() => { throw undefined; }",
        "() => { throw Object.assign(new Error('with a function'), { list: [() => 1], f() {} }); }",
        "() => { throw Object.assign(new Error(), { message: Symbol('odd') }); }",
        "async () => { await new Promise((resolve) => setTimeout(resolve, 5)); throw new TypeError('late'); }",
        "() => { const error = new Error('a circle'); error.cause = error; throw error; }",
        "() => { throw () => 1; }",
        "this is no function",
      ];
      const caller = new Caller(start(), jobOf({ sources }));
      const answers = await caller.run([...sources.map((_, i) => call(i, i)), fill(99, 0)]);
      expect(answers.map(({ type }) => type)).toEqual([...sources.map(() => "failed"), "done"]);
      expect(caller.of("lost")).toEqual([]);
      await caller.session.end(false);
    });

    test("an error keeps its class and its fields on the way to the caller", async () => {
      const path = "/nowhere/at all.npy";
      const encoding = { otherEndian: false, half: false };
      const file = {
        path,
        offset: 0,
        size: 8,
        modified: 0,
        dtype: "float64",
        encoding,
        shape: [1],
        strides: [1],
      } as const;
      const caller = new Caller(start(), { ...jobOf(), files: [file] });
      const operand = { kind: "file", file: 0, first: 0, strides: [0, 1] } as const;
      const task = fill(0, 0);
      const [answer] = await caller.run([{ ...task, pieces: [{ ...task.pieces[0]!, operands: [operand] }] }]);
      const error = answer!.type === "failed" ? deserializeError(answer!.error) : undefined;
      expect(error).toBeInstanceOf(StorageError);
      expect(error).toMatchObject({ path, systemCode: "ENOENT" });
      await caller.session.end(false);
    });

    test("a job whose backend does not exist fails its tasks", async () => {
      const caller = new Caller(start(), { ...jobOf(), backend: "none" });
      const answers = await caller.run([fill(0, 0), fill(1, 0)]);
      expect(answers.map(({ type }) => type)).toEqual(["failed", "failed"]);
      await caller.session.end(false);
    });

    test("a session ends once, and runs nothing after that", async () => {
      const executor = start();
      const caller = new Caller(executor, jobOf({ programs: 2 }));
      const worker = await caller.worker();
      await caller.run([fill(0, 1)]);
      const ended = caller.session.end(false);
      expect(caller.session.end(true)).toBe(ended);
      await ended;
      const count = caller.answers.length;
      caller.session.run(worker, [fill(1, 0)]);
      await runOne(executor, worker);
      expect(caller.answers.length).toBe(count);
      expect(caller.memory[0]).toBe(1);
    });

    test("end without abandon waits until the given tasks are finished", async () => {
      const caller = new Caller(start(), jobOf({ programs: 21 }));
      caller.session.run(
        await caller.worker(),
        range(20).map((id) => fill(id, id + 1, { first: id, count: 1 + id * 20 })),
      );
      const count = caller.answers.length;
      await caller.session.end(false);
      expect(caller.memory[399]).toBe(20);
      expect(caller.answers.length).toBe(count);
    });

    test("end with abandon skips the tasks that have not begun", async () => {
      const executor = start();
      const caller = new Caller(executor, jobOf({ programs: 2 }));
      const worker = await caller.worker();
      const tasks = [...range(2000).map((id) => fill(id, 0, { count: 4096 })), fill(2000, 1, { first: 7 })];
      caller.session.run(worker, tasks);
      const count = caller.answers.length;
      await caller.session.end(true);
      expect(caller.answers.length).toBe(count);
      expect(caller.memory[7]).toBe(0);
      await runOne(executor, worker);
      expect(caller.memory[7]).toBe(0);
    });

    test("a session can be ended from within an answer while tasks wait", async () => {
      const executor = start();
      for (const abandon of [false, true]) {
        const answers: Answer[] = [];
        await new Promise<void>((resolve, reject) => {
          const session = executor.begin(jobOf(), (answer) => {
            answers.push(answer);
            if (answer.type === "joined" && answers.length === 1) {
              session.run(
                answer.worker,
                range(10).map((id) => fill(id, 0)),
              );
            }
            if (answer.type === "done" && answer.task === 3) session.end(abandon).then(resolve, reject);
          });
          session.share(0, shareMemory(64));
        });
        const count = answers.length;
        expect(answers.filter(({ type }) => type === "done").length).toBe(4);
        await runOne(executor, answers[0]!.worker);
        expect(answers.length).toBe(count);
      }
    });

    test("sessions run side by side", async () => {
      const executor = start();
      const callers = range(10).map(() => new Caller(executor, jobOf({ programs: 10 })));
      const done = callers.map(async (caller, i) => {
        const answers = await caller.run(range(30).map((id) => fill(100 * i + id, i, { first: id })));
        expect(answers.map((answer) => answer.type === "done" && answer.task)).toEqual(
          range(30).map((id) => 100 * i + id),
        );
        expect([...caller.memory.subarray(0, 30)]).toEqual(Array(30).fill(i));
        await caller.session.end(i % 2 === 0);
      });
      await Promise.all(done);
    });

    test("the end of one session leaves the others alone", async () => {
      const executor = start();
      const [one, other] = [new Caller(executor, jobOf()), new Caller(executor, jobOf({ programs: 4 }))];
      const worker = await one.worker();
      await other.worker();
      one.session.run(
        worker,
        range(500).map((id) => fill(id, 0, { count: 4096 })),
      );
      const answers = other.run([fill(0, 3)], worker);
      await one.session.end(true);
      expect((await answers).map(({ type }) => type)).toEqual(["done"]);
      expect(other.of("lost")).toEqual([]);
      await other.session.end(false);
    });

    test("a thousand sessions in a row leave nothing behind", async () => {
      const executor = start();
      const once = async (): Promise<void> => {
        const caller = new Caller(executor, jobOf({ programs: 2 }));
        await caller.run([fill(0, 1)]);
        expect(caller.memory[0]).toBe(1);
        await caller.session.end(false);
      };
      const listeners = (): number[] =>
        [process, process.stdout, process.stderr].flatMap((emitter) =>
          emitter.eventNames().map((event) => emitter.listenerCount(event)),
        );
      for (const _ of range(10)) await once();
      const before = listeners();
      for (const _ of range(1000)) await once();
      expect(listeners()).toEqual(before);
      expect(process.getActiveResourcesInfo().length).toBeLessThan(100);
    });

    test("an executor can be used again after close", async () => {
      const executor = start();
      for (const _ of range(2)) {
        const caller = new Caller(executor, jobOf({ programs: 2 }));
        await caller.run([fill(0, 1)]);
        await caller.session.end(false);
        await executor.close();
      }
      await executor.close();
    });

    test("the event loop gets its turns while tasks run", async () => {
      const caller = new Caller(start(), jobOf());
      const worker = await caller.worker();
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      await caller.run(
        // the thread may be held for 10 ms, which is a few tasks
        range(500).map((id) => fill(id, 0, { count: 4096 })),
        worker,
      );
      clearInterval(timer);
      expect(turns).toBeGreaterThan(0);
      await caller.session.end(false);
    });

    // not for the inline executor: nobody is left to stop a task that runs on the caller's own thread
    if (!apart) return;
    describe("whose tasks run apart from the caller", () => {
      test("end with abandon stops a task in the middle, and its worker goes on", async () => {
        const executor = start();
        const caller = new Caller(executor, longJob, wide);
        const worker = await caller.worker();
        caller.session.run(worker, [long(0), long(1)]);
        await caller.begun();
        await caller.session.end(true);
        expect(caller.of("done", "failed", "lost")).toEqual([]);
        // the worker still performs tasks: it stopped by itself
        await runOne(executor, worker);
      });

      test("the end of a session does not wait for another session's task", async () => {
        const executor = start();
        const [one, other] = [new Caller(executor, jobOf()), new Caller(executor, longJob, wide)];
        const worker = await one.worker();
        other.session.run(worker, [long(0)]);
        one.session.run(worker, [fill(0, 0)]);
        await other.begun();
        // this would take hours if it waited
        await one.session.end(true);
        await other.session.end(true);
        expect([...one.of("lost", "done"), ...other.of("lost", "done")]).toEqual([]);
      });

      test("a worker that does not stop is ended and replaced, and other sessions learn of it", async () => {
        const executor = start(500);
        // workers share the environment of this process: the only memory that a user's function can signal through
        Object.assign(process.env, { CHUNKWISE_TEST_LOOP: "", CHUNKWISE_TEST_END: "" });
        const source = `() => {
          process.env.CHUNKWISE_TEST_LOOP = "begun";
          while (process.env.CHUNKWISE_TEST_END !== "asked");
          for (let i = 0; i < 3e7; i++);
          process.env.CHUNKWISE_TEST_LOOP = "had time";
          for (;;);
        }`;
        const [one, other] = [new Caller(executor, jobOf({ sources: [source] })), new Caller(executor, jobOf())];
        const worker = await one.worker();
        await other.worker();
        one.session.run(worker, [call(0, 0)]);
        other.session.run(worker, [fill(5, 0)]);
        while (process.env.CHUNKWISE_TEST_LOOP === "") await turn();
        const count = one.answers.length;
        const ended = one.session.end(true);
        process.env.CHUNKWISE_TEST_END = "asked";
        await ended;
        // it was given time to stop by itself, and did something else with it
        expect(process.env.CHUNKWISE_TEST_LOOP).toBe("had time");
        expect(one.answers.length).toBe(count);
        const [lost] = await other.wait(1, "lost");
        expect(lost).toMatchObject({ worker, error: { name: "WorkerError" } });
        const numbers = other.of("joined").map((joined) => joined.worker);
        const replacement = (await other.wait(numbers.length + 1, "joined")).at(-1)!.worker;
        expect(numbers).not.toContain(replacement);
        expect(await other.run([fill(6, 0)], replacement)).toMatchObject([{ type: "done", task: 6 }]);
        await other.session.end(false);
      });
    });
  });
}
