/**
 * A watchdog on a thread of its own: code that never comes back to the event loop cannot be reported by a timer of its
 * own thread. It says what was running and ends the process, which fails the tests.
 */
import { Worker } from "node:worker_threads";

const textBytes = 2 ** 16;

/** Whatever ends, ends in less, also where thirty programs share a core; what would not end fails that much later. */
const limit = 300_000;

const program = `
  const { workerData: { state, text, limit } } = require("node:worker_threads");
  const { writeSync } = require("node:fs");
  for (;;) {
    const turn = Atomics.load(state, 0);
    // odd turns are busy
    const waited = Atomics.wait(state, 0, turn, turn % 2 === 1 ? limit : undefined);
    if (waited !== "timed-out") continue;
    const told = Buffer.from(text.slice(0, Atomics.load(state, 1)));
    writeSync(2, "no end after " + limit + " ms: " + told + "\\n");
    process.kill(process.pid, "SIGKILL");
  }`;

/** Ends the process when something does not end. */
export class Watchdog {
  readonly #state = new Int32Array(new SharedArrayBuffer(8));
  readonly #text = new Uint8Array(new SharedArrayBuffer(textBytes));
  readonly #thread: Worker;

  constructor() {
    const workerData = { state: this.#state, text: this.#text, limit };
    this.#thread = new Worker(program, { eval: true, workerData });
    this.#thread.unref();
  }

  /** Runs something; `name` is what is said if it does not end. */
  async watch<T>(name: string, run: () => Promise<T>): Promise<T> {
    const bytes = Buffer.from(name).subarray(0, textBytes);
    this.#text.set(bytes);
    Atomics.store(this.#state, 1, bytes.length);
    this.#turn();
    try {
      return await run();
    } finally {
      this.#turn();
    }
  }

  #turn(): void {
    Atomics.add(this.#state, 0, 1);
    Atomics.notify(this.#state, 0);
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    await this.#thread.terminate();
  }
}
