// @ts-check
/**
 * Long-lived child processes that are asked for timings: one JSON line in, one JSON line out. Imports, thread pools and
 * arrays kept in memory are there before the clock starts.
 *
 *     main ── {"work":"mean0","array":"float64","path":…,"way":…,"workers":2} ──▶ child
 *     main ◀── {"seconds":0.21,"check":1048.2,"peak":123456,"anonymous":98765} ── child
 *
 * Invariant: a child answers every line, with `{"error"}` when it cannot do what it is asked.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * @typedef {object} Request
 * @property {string} work
 * @property {string | null} array
 * @property {string | null} path the file of the array
 * @property {number} workers
 * @property {string} [backend] of our side, when it is not the one that fits
 * @property {string} [memoryLimit] of our side
 * @property {string} [way] which of its ways a peer shall take
 *
 * `check` is the sum of all results, so that a wrong answer shows; null where nothing is computed.
 * @typedef {{ seconds: number, check: number | null, peak?: number | null, anonymous?: number | null }} Timing
 */

export class Child {
  #process;
  #lines;
  #errors = "";

  /** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
  constructor(command, args, env = {}) {
    const stdio = /** @type {["pipe", "pipe", "pipe"]} */ (["pipe", "pipe", "pipe"]);
    this.#process = spawn(command, args, { stdio, env: { ...process.env, ...oneThread, ...env } });
    this.#process.on("error", (error) => (this.#errors += error.message));
    this.#process.stdin.on("error", () => {});
    this.#process.stderr.on("data", (text) => (this.#errors = (this.#errors + text).slice(-2000)));
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The timing of a piece of work. @param {Request} request @returns {Promise<Timing>} */
  async time(request) {
    return /** @type {Promise<Timing>} */ (this.#ask(request));
  }

  /** The ways in which a peer can do a piece of work. @param {Request} request @returns {Promise<string[]>} */
  async ways(request) {
    return /** @type {Promise<string[]>} */ (this.#ask({ ...request, ask: "ways" }));
  }

  /** Names and versions of what the child uses. @returns {Promise<Record<string, string>>} */
  async versions() {
    return /** @type {Promise<Record<string, string>>} */ (this.#ask({ ask: "versions" }));
  }

  /** Has a file dropped from the page cache. @param {string} path */
  async evict(path) {
    await this.#ask({ ask: "evict", path });
  }

  end() {
    this.#process.stdin.end();
  }

  /** @param {object} request @returns {Promise<unknown>} */
  async #ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(this.#errors.trim().split("\n").at(-1) || "the process ended");
    const answer = JSON.parse(value);
    if (answer?.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}

/** Libraries must not start threads of their own: workers, Dask and this benchmark say how many there are. */
const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/**
 * The child's side in Node: answers every line of standard input.
 * @param {(request: Request & { ask?: string }) => unknown} answer
 */
export async function serve(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    let text;
    try {
      text = JSON.stringify(await answer(JSON.parse(line)));
    } catch (error) {
      text = JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
    }
    process.stdout.write(`${text}\n`);
  }
}
