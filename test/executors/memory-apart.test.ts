/** Detects addresses of this process that reach an executor whose workers could do nothing with them. */
import { arange } from "chunkwise";
import { expect, test } from "vitest";
import type { BlockMemory } from "#src/data/memory";
import type { Answer, Executor, Session } from "#src/executors/executor";
import { InlineExecutor } from "#src/executors/inline";
import type { Job } from "#src/graph/task";
import { runExprs } from "../support/run.js";

/** An executor that shares no memory, and keeps what it is given. */
class ApartExecutor implements Executor {
  readonly name = "apart";
  readonly sharesMemory = false;
  readonly given: BlockMemory[] = [];
  readonly #inside = new InlineExecutor();

  begin(job: Job, answer: (answer: Answer) => void): Session {
    const session = this.#inside.begin(job, answer);
    return {
      share: (buffer, memory) => {
        this.given.push(memory);
        session.share(buffer, memory);
      },
      run: (worker, tasks) => session.run(worker, tasks),
      end: (abandon) => session.end(abandon),
    };
  }

  close(): Promise<void> {
    return this.#inside.close();
  }
}

test("an executor that does not share memory is never given an address", async () => {
  const executor = new ApartExecutor();
  // large enough for the result's own memory to be the place of its blocks where workers see it
  const x = arange(0, 2 ** 20, 1, { chunks: [2 ** 18] });
  const [result] = await runExprs([x.multiply(2).expr], { executor });
  expect(result!.data.at(-1)).toBe(2n * (2n ** 20n - 1n));
  expect(executor.given.length).toBeGreaterThan(0);
  expect(executor.given.filter((memory) => "address" in memory)).toEqual([]);
});
