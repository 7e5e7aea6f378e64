/**
 * Detects calls that fail in JavaScript's words ("Cannot read properties of …") or write what they were given out in
 * full: every exported function and method is called with values of every kind in every place.
 */
import * as chunkwise from "chunkwise";
import { afterAll, expect, test } from "vitest";

type AnyFunction = (...args: never[]) => unknown;

const circle: unknown[] = [];
circle.push(circle);
const itself: Record<string, unknown> = {};
itself.chunks = itself;
const bad: readonly unknown[] = [
  ...[undefined, null, 5, -1.5, Number.NaN, 5n, "x", true, Symbol("s"), Math.max, {}, itself, circle, [], ["a"], [5n]],
  ...[[null], [Symbol("s")], new Float64Array(2), new Map(), Object.create(null), new Array(1000).fill("x")],
  ...[Object.assign(new Array(2), { 1: 2 }), { low: 5n, high: 5n }, { newAxis: null }, { path: 5 }, new Set([1])],
  ...[{ axis: 5n }, { axis: {} }, { dtype: 5n }, { axes: 5n }, { keepdims: null }, { shape: circle }, { ord: itself }],
];
const x = chunkwise.fromArray([
  [1, 2],
  [3, 4],
]);
const array = await x.compute({ workers: 0 });

const functionsOf = (space: object, prefix: string): [string, AnyFunction][] =>
  Object.entries(space).flatMap(([name, value]) =>
    typeof value === "function" && !/^class /.test(Function.prototype.toString.call(value))
      ? [[prefix + name, value as AnyFunction]]
      : [],
  );
const methodsOf = (object: object, prefix: string): [string, AnyFunction][] =>
  Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object))).flatMap(([name, { value }]) =>
    typeof value === "function" ? [[prefix + name, value.bind(object) as AnyFunction]] : [],
  );

// these end the workers of other tests, set what all calls share, take the name of their caller, or write files
const left = ["close", "configure", "parseBytes", "x.constructor", "x.wrap", "a.constructor"];
const all = [
  ...functionsOf(chunkwise, ""),
  ...functionsOf(chunkwise.linalg, "linalg."),
  ...functionsOf(chunkwise.fft, "fft."),
  ...functionsOf(chunkwise.random, "random."),
  ...methodsOf(x, "x."),
  ...methodsOf(array, "a."),
].filter(([name]) => !left.includes(name) && !/^(x\.)?save/.test(name));

afterAll(async () => {
  chunkwise.configure({ workers: undefined as never });
  await chunkwise.close();
});

test("no function fails in JavaScript's words, or at length, whatever it is given", async () => {
  chunkwise.configure({ workers: 0 });
  const wrong: string[] = [];
  let refused = 0;
  const check = (name: string, error: unknown): void => {
    const { message } = error as Error;
    if (error instanceof chunkwise.ChunkwiseError && message.length < 700) refused++;
    else wrong.push(`${name}: ${String((error as Error).name)}: ${message.slice(0, 100)}`);
  };
  for (const [name, call] of all) {
    const pending: Promise<unknown>[] = [];
    for (const value of bad) {
      for (const args of [
        [value],
        [x, value],
        [x, x, value],
        [[2], value],
        ["/nonexistent", value],
        [value, [2]],
        [[value]],
      ]) {
        try {
          const result = call(...(args as never[]));
          if (result instanceof Promise) pending.push(result.catch((error: unknown) => check(name, error)));
        } catch (error) {
          check(name, error);
        }
      }
    }
    await Promise.all(pending);
  }
  expect([...new Set(wrong)]).toEqual([]);
  expect(refused).toBeGreaterThan(10_000);
});
