/** Cases before NumPy: what comes out is compared, what is refused must be refused there too. */
import { type ChunkedArray, compute } from "chunkwise";
import { difference } from "../support/arrays.js";
import { numpy } from "../support/numpy.js";
import { attempt } from "./attempt.js";
import { type Case, questionOf, sizesCase, toleranceOf } from "./case.js";

/** What is wrong with cases, one line each. `apply` makes the array of a case. */
export async function judge(cases: readonly Case[], apply: (one: Case) => ChunkedArray): Promise<string[]> {
  const made = cases.map((one) => ({ one, array: attempt(() => apply(one)) }));
  const good = made.flatMap(({ one, array }) => (array instanceof Error ? [] : [{ one, array }]));
  const results = await compute(good.map(({ array }) => array));
  const answers = await numpy(good.map(({ one, array }) => questionOf(one, array.dtype)));
  const sums = good.filter(({ one }) => one.sums);
  const measured = sums.filter(({ one }) => one.sizes === undefined);
  const theirSizes = await numpy(measured.map(({ one, array }) => questionOf(sizesCase(one), array.dtype)));
  const own = sums.filter(({ one }) => one.sizes !== undefined);
  const ownSizes = await compute(own.map(({ one }) => apply(sizesCase(one))));
  const wrong = good.flatMap(({ one }, i) => {
    const [answer, size] = [answers[i]!, theirSizes[measured.indexOf(good[i]!)] ?? ownSizes[own.indexOf(good[i]!)]];
    if (answer instanceof Error) return [`${one.title}: NumPy refuses: ${answer.message}`];
    const problem = difference(results[i]!, answer, toleranceOf(one, size instanceof Error ? undefined : size));
    return problem === null ? [] : [`${one.title}: ${problem}`];
  });
  const refused = made.flatMap(({ one, array }) => (array instanceof Error ? [{ one, error: array }] : []));
  const theirs = await numpy(refused.map(({ one }) => questionOf(one, one.arrays[0]!.dtype)));
  const alone = refused.filter((_, i) => !(theirs[i] instanceof Error));
  return [...wrong, ...alone.map(({ one, error }) => `${one.title}: refused: ${error.message}`)];
}
