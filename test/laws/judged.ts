/** Cases before NumPy: what comes out is compared, what is refused must be refused there too. */
import { type ChunkedArray, compute } from "chunkwise";
import { difference } from "../support/arrays.js";
import { type Answer, numpy, type Question } from "../support/numpy.js";
import { attempt } from "./attempt.js";
import { type Case, questionOf, sizesCase, toleranceOf } from "./case.js";

/** What NumPy has answered about cases. */
export type Answers = Map<Case, Answer>;

/** Asks NumPy what is not known yet. */
async function ask(known: Answers, asked: readonly { one: Case; question: Question }[]): Promise<Answer[]> {
  const unknown = asked.filter(({ one }) => !known.has(one));
  const answers = await numpy(unknown.map(({ question }) => question));
  for (const [i, { one }] of unknown.entries()) known.set(one, answers[i]!);
  return asked.map(({ one }) => known.get(one)!);
}

/**
 * What is wrong with cases, one line each. `apply` makes the array of a case. With the same `known`, NumPy is asked but
 * once about cases that are judged in several ways.
 */
export async function judge(
  cases: readonly Case[],
  apply: (one: Case) => ChunkedArray,
  known: { readonly results: Answers; readonly sizes: Answers } = { results: new Map(), sizes: new Map() },
): Promise<string[]> {
  const made = cases.map((one) => ({ one, array: attempt(() => apply(one)) }));
  const good = made.flatMap(({ one, array }) => (array instanceof Error ? [] : [{ one, array }]));
  const results = await compute(good.map(({ array }) => array));
  const answers = await ask(
    known.results,
    good.map(({ one, array }) => ({ one, question: questionOf(one, array.dtype) })),
  );
  const sums = good.filter(({ one }) => one.sums);
  const measured = sums.filter(({ one }) => one.sizes === undefined);
  const theirSizes = await ask(
    known.sizes,
    measured.map(({ one, array }) => ({ one, question: questionOf(sizesCase(one), array.dtype) })),
  );
  const own = sums.filter(({ one }) => one.sizes !== undefined);
  const ownSizes = await compute(own.map(({ one }) => apply(sizesCase(one))));
  const wrong = good.flatMap(({ one }, i) => {
    const [answer, size] = [answers[i]!, theirSizes[measured.indexOf(good[i]!)] ?? ownSizes[own.indexOf(good[i]!)]];
    if (answer instanceof Error) return [`${one.title}: NumPy refuses: ${answer.message}`];
    const problem = difference(results[i]!, answer, toleranceOf(one, size instanceof Error ? undefined : size));
    return problem === null ? [] : [`${one.title}: ${problem}`];
  });
  const refused = made.flatMap(({ one, array }) => (array instanceof Error ? [{ one, error: array }] : []));
  const theirs = await ask(
    known.results,
    refused.map(({ one }) => ({ one, question: questionOf(one, one.arrays[0]!.dtype) })),
  );
  const alone = refused.filter((_, i) => !(theirs[i] instanceof Error));
  return [...wrong, ...alone.map(({ one, error }) => `${one.title}: refused: ${error.message}`)];
}
