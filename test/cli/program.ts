/**
 * The built program in this process and as a process of its own, and files for it that the library has no part in.
 *
 * A process costs more than most commands. Tests of what a command does call what the program calls; a process of its
 * own shows what only a process can: that it ends by itself and with which exit code, signals, and closed pipes.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { run } from "#src/cli/run";

/** What a finished program leaves. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Starts a Node program of the package. */
export function start(
  program: string,
  words: readonly string[],
  env = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [join(root, program), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
}

/** Waits for the end of a program. */
export function finished(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs `chunkwise` to its end in a process of its own. */
export function chunkwiseProcess(...words: string[]): Promise<Outcome> {
  return finished(start("dist/cli/main.js", words));
}

/** Runs `chunkwise` to its end in this process, one at a time: what it writes to the streams of the process is kept. */
export async function chunkwise(...words: string[]): Promise<Outcome> {
  const emitters = [process, process.stdout, process.stderr];
  const before = emitters.map((emitter) => listenersOf(emitter));
  const stdout = keepWrites(process.stdout);
  const stderr = keepWrites(process.stderr);
  try {
    const code = await run(words);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.restore();
    stderr.restore();
    // the program relies on its end to remove them
    for (const [i, emitter] of emitters.entries()) {
      for (const [event, listener] of listenersOf(emitter)) {
        if (!before[i]!.some(([name, known]) => name === event && known === listener)) emitter.off(event, listener);
      }
    }
  }
}

type Listener = (...args: unknown[]) => void;

/** The listeners that a run of the program adds to: signals of the process, errors of its streams. */
function listenersOf(emitter: NodeJS.EventEmitter): [event: string, listener: Listener][] {
  return ["SIGINT", "SIGTERM", "error"].flatMap((event) =>
    emitter.rawListeners(event).map((listener): [string, Listener] => [event, listener as Listener]),
  );
}

/** Keeps what is written to a stream from now on, instead of writing it. */
function keepWrites(stream: NodeJS.WriteStream): { text(): string; restore(): void } {
  const { write } = stream;
  let kept = "";
  stream.write = (data: string | Uint8Array, ...rest: unknown[]): boolean => {
    kept += typeof data === "string" ? data : Buffer.from(data).toString();
    const written = rest.at(-1);
    if (typeof written === "function") process.nextTick(written);
    return true;
  };
  return {
    text: () => kept,
    restore: () => {
      stream.write = write;
    },
  };
}

/** Waits until a program has written elements to a file in a folder, so that a signal meets it at work. */
export async function writing(child: ChildProcess, path: string): Promise<void> {
  const bytes = (): number[] =>
    readdirSync(path, { recursive: true })
      .map((name) => statSync(join(path, String(name)), { throwIfNoEntry: false }))
      .map((found) => (found?.isFile() ? found.blocks * 512 : 0));
  while (child.exitCode === null && !bytes().some((count) => count > 2 ** 20)) await delay(5);
}

/** An empty folder that lives as long as the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "chunkwise-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a .npy file of version 1. */
export function writeNpy(path: string, descr: string, shape: readonly number[], data: NodeJS.TypedArray): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = `${dict.padEnd(128 - 10 - 1)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  writeFileSync(
    path,
    Buffer.concat([start, Buffer.from(header), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]),
  );
  return path;
}
