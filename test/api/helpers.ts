/** What the API tests share: errors as values, signals that are watched, whole programs, and one small .npy file. */
import { spawn } from "node:child_process";
import { getEventListeners } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { arange, type ChunkedArray, ComputeError, type ComputeOptions, ones } from "chunkwise";
import { expect, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a promise rejects with; fails when it does not reject. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was thrown; the promise resolved to ${String(value)}`);
}

/** `file:line` of the caller, with what is to be added to the line. */
export function here(lines = 0): string {
  const place = /\(?([^\s(]+):(\d+):\d+\)?$/.exec(new Error().stack!.split("\n")[2]!)!;
  const path = place[1]!.startsWith("file:") ? fileURLToPath(place[1]!) : place[1]!;
  return `${path}:${Number(place[2]) + lines}`;
}

/** Fails when a computation has left a listener on its signal. */
export function expectNoListeners(signal: AbortSignal): void {
  expect(getEventListeners(signal, "abort")).toEqual([]);
}

/** Fails when the folder holds anything but these files. */
export function expectFiles(folder: string, ...names: string[]): void {
  expect(readdirSync(folder).sort()).toEqual(names.sort());
}

/** A small computation that must run on workers; fails when the pool is not usable. */
export async function expectPoolWorks(workers?: number): Promise<void> {
  const options = workers === undefined ? {} : { workers };
  const sum = await worked(arange(10, { dtype: "float64", chunks: 2 }))
    .sum()
    .compute(options);
  expect(sum.item()).toBe(45);
}

/** The same array by way of a user's function, so that workers must be used and the chunks be stored. */
export const worked = (array: ChunkedArray): ChunkedArray => array.mapBlocks((block) => block.data);

/** The same array, and how many of its blocks were made: each leaves a mark in a file. One at a time in a test file. */
export function countingCalls(array: ChunkedArray): { array: ChunkedArray; calls(): number } {
  const log = join(mkdtempSync(join(tmpdir(), "chunkwise-calls-")), "log");
  writeFileSync(log, "");
  process.env.CHUNKWISE_TEST_LOG = log; // workers see it
  onTestFinished(() => rmSync(dirname(log), { recursive: true }));
  return {
    array: array.mapBlocks(({ data }) => {
      process.getBuiltinModule("node:fs").appendFileSync(process.env.CHUNKWISE_TEST_LOG!, ".");
      return data;
    }),
    calls: () => statSync(log).size,
  };
}

/** The threads that compute the blocks of an array, all of which wait until so many have come. */
export async function threads(expected: number, options: ComputeOptions = {}): Promise<Set<unknown>> {
  process.env.CHUNKWISE_TEST_EXPECTED = String(expected); // workers share the environment
  const waiting = ones([12], { chunks: 1 }).mapBlocks(async () => {
    const id = process.getBuiltinModule("node:worker_threads").threadId;
    const prefix = "CHUNKWISE_TEST_THREAD";
    process.env[`${prefix}${id}`] = "here";
    const come = (): number => Object.keys(process.env).filter((name) => name.startsWith(prefix)).length;
    for (let turn = 0; turn < 1000 && come() < Number(process.env.CHUNKWISE_TEST_EXPECTED); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return [id];
  });
  const { data } = await waiting.compute(options);
  for (const name of Object.keys(process.env))
    if (/^CHUNKWISE_TEST_(THREAD|EXPECTED)/.test(name)) delete process.env[name];
  return new Set(data as Float64Array);
}

/** Waits until something has happened; if it never does, the test's own timeout ends the waiting. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The ComputeError that an array rejects with, whose cause has this class; its signal must be free afterwards. */
export async function failureOf(array: ChunkedArray, cause: new (...args: never[]) => Error): Promise<ComputeError> {
  const { signal } = new AbortController();
  const error = await rejectionOf(array.compute({ signal }));
  expectNoListeners(signal);
  expect(error).toBeInstanceOf(ComputeError);
  expect((error as ComputeError).cause).toBeInstanceOf(cause);
  return error as ComputeError;
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a process of its own; `chunkwise` is the built package. Killed when it does not end in time. */
export function program(text: string, { flags = [] as string[], milliseconds = 240_000 } = {}): Promise<Ended> {
  const args = [...flags, "--input-type=module", "--eval", text];
  const child = spawn(process.execPath, args, { cwd: root, timeout: milliseconds, killSignal: "SIGKILL" });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += String(data)));
  child.stderr.on("data", (data: Buffer) => (stderr += String(data)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
