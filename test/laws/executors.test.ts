/**
 * Law 6: executors agree bit for bit, whatever the number of workers. Detects tasks that depend on which thread they
 * run on, on what ran there before, or on the order in which they end.
 */
import { type ChunkedArray, fromFunction, random } from "chunkwise";
import { afterAll, expect, test } from "vitest";
import { ThreadsExecutor } from "#src/executors/threads/threads";
import { randomOf } from "../conformance/backend/values.js";
import { assertSame } from "../support/arrays.js";
import { runExprs } from "../support/run.js";
import { applied, casesOf, operations, thinned } from "./cases.js";

const pools = [1, 2, 3].map((workers) => new ThreadsExecutor({ workers }));
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

/** Several results of every operation, reductions over many blocks, random numbers, users' functions. */
function programs(): ChunkedArray[] {
  const number = randomOf(11);
  const every = operations.flatMap(([, operation]) =>
    thinned(casesOf(operation), 3).flatMap((one) => applied(one, number) ?? []),
  );
  const wide = random.normal([40, 30], { seed: 1, chunks: [7, 10] });
  return [
    ...every,
    wide,
    wide.mean(),
    wide.std(0),
    wide.T.matmul(wide),
    fromFunction((i, j) => i * 10 + j, [20, 30], { chunks: [6, 7] }),
  ];
}

test("inline and threads with 1, 2 and 3 workers give the same bits", async () => {
  const exprs = programs().map(({ expr }) => expr);
  expect(exprs.length).toBeGreaterThan(2 * operations.length);
  const expected = await runExprs(exprs);
  for (const executor of pools) {
    const results = await runExprs(exprs, { executor });
    for (const [i, result] of results.entries()) assertSame(result, expected[i]!);
  }
});
