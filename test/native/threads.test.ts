/** Detects a number of threads that comes from the wrong source, comes too late, or is not what TensorFlow uses. */
import { ArgumentError } from "chunkwise";
import { describe, expect, test } from "vitest";
import { nativeThreads } from "#src/native/threads";
import { linux, native } from "../support/platform.js";
import { runProgram } from "../support/program.js";

describe("the number of native threads", () => {
  const everything = { CHUNKWISE_NATIVE_THREADS: "3", TF_NUM_INTRAOP_THREADS: "4", OMP_NUM_THREADS: "5" };
  const { CHUNKWISE_NATIVE_THREADS: _, ...foreign } = everything;

  test.each([
    [2, everything, 2, "nativeThreads"],
    [undefined, everything, 3, "CHUNKWISE_NATIVE_THREADS"],
    [undefined, foreign, 4, "TF_NUM_INTRAOP_THREADS"],
    [undefined, { OMP_NUM_THREADS: "5" }, 5, "OMP_NUM_THREADS"],
    [undefined, { OMP_NUM_THREADS: "6,2,1" }, 6, "OMP_NUM_THREADS"],
    [undefined, { TF_NUM_INTRAOP_THREADS: "0", OMP_NUM_THREADS: "many" }, 8, "cores"],
    [undefined, { CHUNKWISE_NATIVE_THREADS: "" }, 8, "cores"],
    [undefined, {}, 8, "cores"],
  ])("with the option %s and the environment %o is %i, from %s", (asked, env, threads, from) => {
    expect(nativeThreads(asked, env, 8)).toEqual({ threads, from });
  });

  test.each(["0", "-1", "two", "1.5", "2,3"])("is refused as CHUNKWISE_NATIVE_THREADS=%s", (value) => {
    expect(() => nativeThreads(undefined, { CHUNKWISE_NATIVE_THREADS: value }, 8)).toThrow(ArgumentError);
  });
});

/** Multiplies two matrices in a process of its own and reports how many threads TensorFlow has made. */
const program = `
  import { readdirSync } from "node:fs";
  import { configure, ones } from "chunkwise";
  const tasks = () => readdirSync("/proc/self/task").length;
  const options = JSON.parse(process.env.OPTIONS);
  configure({ backend: "tensorflow", ...options });
  const x = ones([64, 64], { chunks: 32 });
  await x.add(1).compute();
  const before = tasks();
  const y = await x.matmul(x).compute();
  const after = tasks();
  let second = "none";
  try { await x.matmul(x).compute({ nativeThreads: 7 }); } catch (error) { second = error.message; }
  const pool = process.env.TF_NUM_INTRAOP_THREADS;
  console.log(JSON.stringify({ threads: after - before, value: y.data[0], pool, second }));
`;

interface Report {
  readonly threads: number;
  readonly value: number;
  readonly pool: string;
  readonly second: string;
}

async function report(options: object, env: Record<string, string> = {}): Promise<Report> {
  const none = { CHUNKWISE_NATIVE_THREADS: "", TF_NUM_INTRAOP_THREADS: "", OMP_NUM_THREADS: "" };
  // on the calling thread, so that no worker adds threads
  const OPTIONS = JSON.stringify({ workers: 0, ...options });
  return JSON.parse(await runProgram(program, { ...none, ...env, OPTIONS })) as Report;
}

describe.runIf(native && linux)("TensorFlow's pool of threads", () => {
  test("has the size that an option or a variable asks for", async () => {
    const one = await report({ nativeThreads: 1 });
    expect(one).toMatchObject({ value: 64, pool: "1" });
    const five = await report({ nativeThreads: 5 }, { CHUNKWISE_NATIVE_THREADS: "2" });
    expect(five).toMatchObject({ value: 64, pool: "5" });
    expect(five.threads - one.threads).toBe(4);
    const four = await report({}, { OMP_NUM_THREADS: "4" });
    expect(four.threads - one.threads).toBe(3);
    const three = await report({}, { CHUNKWISE_NATIVE_THREADS: "3", OMP_NUM_THREADS: "6" });
    expect(three.threads - one.threads).toBe(2);
  });

  test("keeps its size, and another number is refused with the reason", async () => {
    const { second } = await report({ nativeThreads: 2 });
    expect(second).toContain("TensorFlow was loaded with 2 threads and its pool keeps its size");
  });

  test("is shared by all workers", async () => {
    const few = await report({ workers: 2, nativeThreads: 2 });
    const many = await report({ workers: 2, nativeThreads: 22 });
    expect([few.pool, few.value, many.pool, many.value]).toEqual(["2", 64, "22", 64]);
    // A worker that takes part brings two threads of its own, and may come too late to take part.
    expect(Math.abs(many.threads - few.threads - 20)).toBeLessThanOrEqual(4);
  });
});
