/** What runs need not be a graph of arrays: anything that offers a table and the data of its tasks does. */
import { ComputeError } from "chunkwise";
import { expect, test } from "vitest";
import { Adjacency } from "#src/data/adjacency";
import { InlineExecutor } from "#src/executors/inline";
import type { Locate, Runnable } from "#src/graph/runnable";
import type { ProgramRun, Task } from "#src/graph/task";
import { compileMap } from "#src/program/compile";
import { add, constant, input } from "#src/program/scalar";
import { run } from "#src/run/run";

const bytes = 32;

/** Task 0 makes four ones, task 1 adds 2 to each of them; chunk 1 is delivered. */
function twoTasks(backend = "reference"): Runnable {
  const one = compileMap([constant(1, "float64")]);
  const addTwo = compileMap([add(input(0, "float64"), constant(2, "float64"))]);
  const memory = (chunk: number, locate: Locate) => {
    const { buffer, offset } = locate(chunk);
    return { kind: "memory", buffer, offsets: [offset] } as const;
  };
  return {
    table: {
      tasks: 2,
      chunks: 2,
      reads: Adjacency.of([0, 1], [0]),
      makes: Adjacency.of([1, 2], [0, 1]),
      bytes: Float64Array.of(bytes, bytes),
      scratch: Float64Array.of(0, 0),
      order: Uint32Array.of(0, 1),
      delivered: Uint8Array.of(0, 1),
    },
    job: {
      programs: [
        { kind: "map", loop: one },
        { kind: "map", loop: addTwo },
      ],
      routines: [],
      files: [],
      arrays: [],
      backend,
    },
    memories: [],
    bytesToRead: 0,
    task(id, locate): Task {
      const whole: ProgramRun = { output: 0, program: id, operands: id === 0 ? [] : [0], first: 0, strides: [1] };
      const source = { ...memory(0, locate), dtypes: ["float64"], first: 0, strides: [1] } as const;
      return {
        id,
        outputs: [{ shape: [4], dtypes: ["float64"], location: memory(id, locate), fold: null, staged: false }],
        pieces: [{ counts: [4], operands: id === 0 ? [] : [source], runs: [whole] }],
      };
    },
    about: (task) => ({ operation: `step ${task}`, block: [task] }),
  };
}

async function resultOf(runnable: Runnable): Promise<number[]> {
  const results: number[] = [];
  await run(runnable, {
    executor: new InlineExecutor(),
    budget: 2 * bytes,
    deliver({ memory, offset }) {
      results.push(...new Float64Array(memory, offset, 4));
    },
  });
  return results;
}

test("a hand-made Runnable is computed in its order, and its delivered chunk reaches the caller", async () => {
  expect(await resultOf(twoTasks())).toEqual([3, 3, 3, 3]);
});

test("a Runnable is a value: it can be run again, and twice at the same time", async () => {
  const runnable = twoTasks();
  const both = await Promise.all([resultOf(runnable), resultOf(runnable)]);
  expect([...both, await resultOf(runnable)]).toEqual(Array.from({ length: 3 }, () => [3, 3, 3, 3]));
});

test("the error of a task names what the Runnable says about it", async () => {
  const runnable = twoTasks();
  const broken: Runnable = {
    ...runnable,
    about: () => ({ operation: "increment", block: [7], madeAt: "/home/user/program.mjs:3:5" }),
    task: (id, locate) => (id === 0 ? runnable.task(id, locate) : { ...runnable.task(id, locate), pieces: badPieces }),
  };
  const error = await resultOf(broken).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ComputeError);
  expect(error).toMatchObject({ operation: "increment", block: [7], madeAt: "/home/user/program.mjs:3:5" });
  expect((error as Error).message).toMatch(/^increment: .* \(block \[7\], made at \/home\/user\/program\.mjs:3:5\)$/);
});

/** A piece that runs a program that the job does not have. */
const badPieces: Task["pieces"] = [
  { counts: [4], operands: [], runs: [{ output: 0, program: 99, operands: [], first: 0, strides: [1] }] },
];
