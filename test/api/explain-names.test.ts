/** Detects names that users have never written in what `explain()` and `console.log` show of their arrays. */
import { inspect } from "node:util";
import * as chunkwise from "chunkwise";
import { arange, ChunkedArray, eye, fft, fromArray, fromFunction, linalg, linspace, random, zeros } from "chunkwise";
import { expect, test } from "vitest";
import { attempt } from "../laws/attempt.js";
import { casesOf, operations, thinned } from "../laws/cases.js";

/** Names that users write, and the words for what is not made by a function of theirs: the numbers 0, 1, 2, … */
const known: ReadonlySet<string> = new Set([
  ...Object.keys(chunkwise),
  ...Object.keys(linalg),
  ...Object.keys(fft).map((name) => `fft.${name}`),
  ...Object.keys(random).map((name) => `random.${name}`),
  ...["indices", "memory"],
]);

/** The names of nodes, and those of what tasks make and read. */
function namesIn(x: ChunkedArray): string[] {
  const text = x.explain({ workers: 0 });
  const nodes = Array.from(text.matchAll(/^ *#\d+ ([\w.]+(?: \w+)?)/gm), ([, name]) => name!);
  const tasks = Array.from(text.matchAll(/^ +\d+ × (.*)$/gm), ([, line]) => line!.split(/, | from /));
  const [, origin = ""] = /from {4}([\w.]+)/.exec(inspect(x)) ?? [];
  return [...nodes, ...tasks.flat(), origin].map((name) => name.replace(/^partial /, ""));
}

const expectKnown = (x: ChunkedArray): void => expect(namesIn(x).filter((name) => !known.has(name))).toEqual([]);

test.each(operations)("the plan of %s shows no names that users have never written", (_, operation) => {
  for (const one of thinned(casesOf(operation), 5)) {
    const result = attempt(() => one.apply(one.arrays.map((array) => fromArray(array, { chunks: 2 }))));
    if (result instanceof ChunkedArray) expectKnown(result);
  }
});

const tall = random.normal([4000, 20], { chunks: [1000, -1], seed: 1 });
const large = zeros([2500, 2500], { chunks: 500 });
type Call = (...args: unknown[]) => object;
const twoMatrices = ["cross", "lstsq", "matmul", "outer", "solve", "solveTriangular", "tensordot", "vecdot"];

test.each(Object.entries(linalg as unknown as Record<string, Call>))(
  "the plan of linalg.%s over many blocks shows no names that users have never written",
  (name, call) => {
    for (const x of [tall, large]) {
      const more = name === "matrixPower" ? [3] : name === "svdCompressed" ? [2] : [];
      const result = attempt(() => call(x, ...more, ...(twoMatrices.includes(name) ? [x] : [])));
      if (result instanceof Error) continue;
      for (const part of result instanceof ChunkedArray ? [result] : Object.values(result))
        if (part instanceof ChunkedArray) expectKnown(part);
    }
  },
);

test.each([
  ["arange", arange(10)],
  ["linspace", linspace(0, 1, 5)],
  ["eye", eye(3)],
  ["fft.fftfreq", fft.fftfreq(8)],
  ["random.uniform", random.uniform([3])],
  ["fromFunction", fromFunction((i) => i!, [3])],
  ["mapBlocks", zeros([2]).mapBlocks((block) => block.data)],
])("the plan of %s shows no names that users have never written", (_, x) => {
  expectKnown(x);
});
