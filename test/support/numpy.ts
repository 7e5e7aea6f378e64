/**
 * NumPy as a judge: one Python process beside a process of tests that evaluates expressions over arrays, sent and
 * answered as exact bytes. Many questions go in one round trip.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { NDArray } from "chunkwise";
import { allocate, type DType } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import { letGo } from "./child.js";

/** A Python expression over named arrays; `np` is NumPy. */
export interface Question {
  readonly code: string;
  readonly arrays: Readonly<Record<string, NDArray>>;
}

/** The value of the expression, or what Python raised. */
export type Answer = NDArray | Error;

interface Plain {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

const script = fileURLToPath(new URL("numpy_server.py", import.meta.url));

class NumPy {
  readonly #child: ChildProcessWithoutNullStreams;
  #received: Buffer[] = [];
  #length = 0;
  #wake = (): void => {};
  #stderr = "";
  #ended = false;

  constructor(python: string) {
    // several threads would wait for each other by spinning, and take the processor from what is tested
    this.#child = spawn(python, [script], { env: { ...process.env, OPENBLAS_NUM_THREADS: "1" } });
    this.#child.stdout.on("data", (data: Buffer) => {
      this.#received.push(data);
      this.#length += data.length;
      this.#wake();
    });
    this.#child.stderr.on("data", (data: Buffer) => {
      this.#stderr += String(data);
    });
    // It ends with this process: its input ends then. Several files of tests may ask the same one.
    letGo(this.#child);
    this.#child.stdin.on("error", () => undefined); // told by "close"
    for (const event of ["error", "close"]) {
      this.#child.on(event, (problem: unknown) => {
        if (problem instanceof Error) this.#stderr += problem.message;
        this.#ended = true;
        this.#wake();
      });
    }
  }

  async #read(length: number): Promise<Buffer> {
    while (this.#length < length) {
      if (this.#ended) throw new Error(`NumPy's process ended: ${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const [first, ...others] = this.#received;
    // what came in one piece is not copied again for each answer in it
    const all = others.length === 0 && first !== undefined ? first : Buffer.concat(this.#received);
    this.#received = [all.subarray(length)];
    this.#length = all.length - length;
    return all.subarray(0, length);
  }

  async ask(questions: readonly Question[]): Promise<Answer[]> {
    const sent = new Map<NDArray, number>();
    const asked = questions.map(({ code, arrays }) => {
      const names = Object.entries(arrays).map(([name, array]) => {
        if (!sent.has(array)) sent.set(array, sent.size);
        return [name, sent.get(array)!] as const;
      });
      return { code, names: Object.fromEntries(names) };
    });
    const arrays = [...sent.keys()].map(({ dtype, shape, nbytes }) => ({ dtype, shape, bytes: nbytes }));
    const header = Buffer.from(JSON.stringify({ arrays, questions: asked }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(header.length);
    const bytes = [...sent.keys()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    this.#child.stdin.write(Buffer.concat([length, header, ...bytes]));
    const told = await this.#read((await this.#read(4)).readUInt32LE());
    const answers: Answer[] = [];
    for (const answer of JSON.parse(String(told)) as (Plain | { error: string })[]) {
      if ("error" in answer) answers.push(new Error(answer.error));
      else {
        const data = allocate(answer.dtype, sizeOf(answer.shape));
        const target = new Uint8Array(data.buffer);
        target.set(await this.#read(target.length));
        answers.push(new NDArray(answer.dtype, answer.shape, data));
      }
    }
    return answers;
  }
}

let judge: NumPy | undefined;

/** Asks NumPy; the answers are in the order of the questions. */
export function numpy(questions: readonly Question[]): Promise<Answer[]> {
  const python = process.env.CHUNKWISE_PYTHON;
  if (!python) {
    throw new Error(
      "this test compares with NumPy, and no Python with NumPy was found: run `npm test`, which makes .venv",
    );
  }
  judge ??= new NumPy(python);
  return judge.ask(questions);
}
