/** Detects messages that take seconds or megabytes, run the user's code, or throw an error of their own. */
import { expect, test } from "vitest";
import { shown } from "#src/data/shown";

class Temperature {
  readonly degrees = 20;
}
class Hidden {}
Object.defineProperty(Hidden, "name", {
  get() {
    throw new Error("read");
  },
});

const circle: Record<string, unknown> = { name: "a" };
circle.self = circle;
const list: unknown[] = [1];
list.push(list);
const trap = (): never => {
  throw new Error("trapped");
};
const proxy = new Proxy(
  {},
  { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap },
);
const throwing = { a: 1 };
Object.defineProperty(throwing, "b", { get: trap, enumerable: true });

const cases: readonly (readonly [title: string, value: unknown, text: string])[] = [
  ["a number", 1.5, "1.5"],
  ["a negative zero", -0, "-0"],
  ["NaN", Number.NaN, "NaN"],
  ["nothing", undefined, "undefined"],
  ["null", null, "null"],
  ["a string", 'a "b"\n', '"a \\"b\\"\\n"'],
  ["a long string", "x".repeat(1e6), `"${"x".repeat(80)}…"`],
  ["a bigint", 2n ** 64n, "18446744073709551616n"],
  ["a negative bigint", -5n, "-5n"],
  ["a huge bigint", 1n << 1_000_000n, "a bigint of more than 256 bits"],
  ["a huge negative bigint", -(1n << 1_000_000n), "a bigint of more than 256 bits"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["a long symbol", Symbol("s".repeat(1e6)), `Symbol(${"s".repeat(73)}…`],
  ["a function", Math.max, "the function max"],
  [
    "a function without a name",
    (
      () => () =>
        1
    )(),
    "a function",
  ],
  ["a class", Temperature, "the function Temperature"],
  ["a list", [1, "2", null, [true]], '[1, "2", null, [true]]'],
  ["a long list", new Array(1e7).fill(7), "[7, 7, 7, 7, 7, 7, 7, 7, … of 10000000 entries]"],
  ["a deep list", [[[[[1]]]]], "[[[[…]]]]"],
  ["a list that holds itself", list, "[1, [1, [1, […]]]]"],
  ["a typed array", new Float64Array(1e6), "a Float64Array of 1000000 elements"],
  ["an integer array", new Int8Array(2), "an Int8Array of 2 elements"],
  ["an object", { dtype: "int8", "a b": [1] }, '{ dtype: "int8", "a b": [1] }'],
  ["an empty object", {}, "{}"],
  ["an object without a prototype", Object.create(null), "{}"],
  ["a circle", circle, '{ name: "a", self: { name: "a", self: { name: "a", self: {…} } } }'],
  ["a getter that throws", throwing, "{ a: 1, b: a getter }"],
  ["an instance", new Temperature(), "a Temperature"],
  ["a map", new Map([[1, 2]]), "a Map"],
  ["an error", new RangeError("x"), "a RangeError"],
  ["an instance of a class whose name cannot be read", new Hidden(), "{}"],
  ["a proxy whose traps throw", proxy, "a Proxy"],
  ["a proxy of a function", new Proxy(() => 1, { get: trap, apply: trap }), "a Proxy"],
  ["an object that inherits from a proxy", Object.create(proxy), "a Proxy"],
  ["a revoked proxy", revoked(), "a Proxy"],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

test.each(cases)("%s is shown in a few words", (_, value, text) => {
  expect(shown(value)).toBe(text);
});

test("whatever a value holds, its text has at most 121 characters", () => {
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`.repeat(50), "v".repeat(500)]));
  for (const value of [wide, [wide, wide], new Array(9).fill("long text".repeat(100)), { [Symbol("s")]: 1 }]) {
    expect(shown(value).length).toBeLessThanOrEqual(121);
  }
});
