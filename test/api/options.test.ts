/**
 * Detects options that are taken although they mean nothing, defaults of configure() that do not hold or cannot be
 * taken back, and pools that cannot be closed or used again.
 */
import { threadId } from "node:worker_threads";
import { type ChunkedArray, type ComputeOptions, close, compute, configure, ones } from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import { ArgumentError, MemoryLimitError } from "#src/data/errors";
import { expectPoolWorks, program, rejectionOf, threads } from "./helpers.js";

const array = ones([4], { chunks: 1 });
const reset = { workers: undefined, memoryLimit: undefined, backend: undefined, scratchFolder: undefined } as never;
afterEach(() => void configure(reset));

const noOptions: [string, unknown, RegExp][] = [
  ["no object", 5, /options are an object such as \{ workers/],
  ["null", null, /options are an object/],
  ["a list", [], /options are an object/],
];
const wrong: [string, object, RegExp][] = [
  [
    "an unknown name",
    { worker: 3 },
    /unknown option "worker"; expected workers, memoryLimit, backend, nativeThreads, scratchFolder/,
  ],
  ["a fraction of workers", { workers: 1.5 }, /workers must be a whole number from 0 to 1024; got 1.5/],
  ["less than no workers", { workers: -1 }, /workers/],
  ["too many workers", { workers: 1025 }, /workers/],
  ["workers as text", { workers: "2" }, /workers/],
  ["no workers at all", { workers: null }, /workers/],
  ["a limit of no size", { memoryLimit: "lots" }, /memoryLimit: "lots" is not a size in bytes; expected/],
  ["a limit of nothing", { memoryLimit: 0 }, /memoryLimit/],
  ["a limit that is no number", { memoryLimit: Number.NaN }, /memoryLimit/],
  ["a limit of null", { memoryLimit: null }, /memoryLimit/],
  ["an unknown backend", { backend: "cuda" }, /unknown backend "cuda"; expected .*reference.*wasm/],
  ["no backend", { backend: null }, /backend/],
  ["no native threads", { nativeThreads: 0 }, /nativeThreads must be a whole number from 1 to 1024; got 0/],
  ["native threads in words", { nativeThreads: "2" }, /nativeThreads must be a whole number from 1 to 1024; got "2"/],
  ["a scratch folder that is no path", { scratchFolder: 5 }, /scratchFolder is a path, not 5/],
  ["an empty scratch folder", { scratchFolder: "" }, /scratchFolder is a path/],
];
const wrongHere: [string, unknown, RegExp][] = [
  ["a controller as the signal", { signal: new AbortController() }, /signal is an AbortSignal/],
  ["something like a signal", { signal: { aborted: false } }, /signal is an AbortSignal/],
  ["onProgress that is no function", { onProgress: {} }, /onProgress is a function/],
];

describe("an operation checks its options and names itself in the error", () => {
  test.each([...noOptions, ...wrong, ...wrongHere])("for %s", async (_, options, message) => {
    const given = options as ComputeOptions;
    const starts: Record<string, () => PromiseLike<unknown>> = {
      compute: () => array.compute(given),
      persist: () => array.persist(given),
      blocks: () => array.blocks(given).next(),
      saveNpy: () => array.saveNpy("/nowhere/x.npy", given),
      explain: async () => array.explain(given),
    };
    for (const [name, start] of Object.entries(starts)) {
      const error = (await rejectionOf(start())) as Error;
      expect(error, name).toBeInstanceOf(ArgumentError);
      expect(error.message).toMatch(message);
      expect(error.message.startsWith(`${name}: `), error.message).toBe(true);
    }
    expect(await rejectionOf(compute([array], given))).toBeInstanceOf(ArgumentError);
  });

  test.each(wrong)("in configure too, which then sets nothing, for %s", async (_, options, message) => {
    expect(() => configure({ memoryLimit: 8, ...options })).toThrow(ArgumentError);
    expect(() => configure(options)).toThrow(message);
    expect((await array.compute()).toArray()).toEqual([1, 1, 1, 1]);
  });

  test.each(noOptions)("in configure too, for %s", (_, options, message) => {
    expect(() => configure(options as never)).toThrow(message);
  });

  test("in configure, which refuses the options of a single computation", () => {
    expect(() => configure({ signal: AbortSignal.abort() } as never)).toThrow(/unknown option "signal"/);
  });

  test("where undefined means that an option is not given", async () => {
    const options = { ...(reset as object), signal: undefined, onProgress: undefined };
    expect((await array.compute(options as never)).toArray()).toEqual([1, 1, 1, 1]);
  });
});

describe("the defaults of options", () => {
  test("give the workers of configure() to a call that names none", async () => {
    configure({ workers: 0 });
    expect(await threads(1)).toEqual(new Set([threadId]));
    expect((await threads(3, { workers: 3 })).size).toBe(3);
    configure({ workers: 2 });
    expect((await threads(2)).size).toBe(2);
    expect((await threads(2, { workers: undefined as never })).size).toBe(2);
  });

  test("keep a memoryLimit until it is withdrawn", async () => {
    configure({ memoryLimit: "1kB" });
    configure({ workers: 1 });
    expect(await rejectionOf(ones([1000]).compute())).toBeInstanceOf(MemoryLimitError);
    expect((await ones([1000]).compute({ memoryLimit: "10MB" })).size).toBe(1000);
    configure({ memoryLimit: undefined as never });
    expect((await ones([1000]).compute()).size).toBe(1000);
  });
});

describe("close", () => {
  const pool = async (): Promise<ChunkedArray> => array.mapBlocks((block) => block.data).persist({ workers: 2 });

  test("may be called twice, without a pool and at once, and everything works afterwards", async () => {
    await pool();
    await close();
    await close();
    await pool();
    await Promise.all([close(), close()]);
    await expectPoolWorks(2);
  });

  test("runs at the end of `await using`", async () => {
    const before = await threads(2, { workers: 2 });
    const configured = configure({ workers: 2 });
    await configured[Symbol.asyncDispose]();
    const after = await threads(2);
    expect(after.size).toBe(2);
    for (const id of after) expect(before.has(id)).toBe(false); // new threads
  });

  test("leaves persisted arrays usable", async () => {
    const kept = await pool();
    await close();
    expect((await kept.sum().compute()).item()).toBe(4);
  });

  test("is not needed for a program to end with an idle pool", async () => {
    const text = `import { ones } from "chunkwise";
      const sum = ones([4], { chunks: 1 }).mapBlocks(({ data }) => data).sum();
      console.log((await sum.compute({ workers: 2 })).item());`;
    expect(await program(text)).toMatchObject({ code: 0, stdout: "4\n", stderr: "" });
  });
});
