/**
 * Detects functions that are sent to a worker although something they use stays behind, and functions that are refused
 * although they use nothing of the kind. The error must list exactly what is captured.
 */
import { type CaptureError, ones } from "chunkwise";
import { describe, expect, test } from "vitest";
import { shipFunction } from "#src/api/capture";
import { ArgumentError } from "#src/data/errors";
import { program } from "./helpers.js";

/** The names that a function, given as text, is refused for; none when a worker gets a function out of it. */
function capturedBy(text: string): readonly string[] {
  // made here, where none of the test's names are visible
  const made = new Function(`"use strict"; return (${text});`)() as () => unknown;
  try {
    const shipped = shipFunction(made, "test");
    if (shipped.kind !== "source") throw new Error("not shipped as source");
    const arrived: unknown = new Function(`"use strict"; return (${shipped.source});`)();
    expect(typeof arrived).toBe("function");
    return [];
  } catch (error) {
    expect(error).toMatchObject({ name: "CaptureError", code: "CAPTURE" });
    return (error as CaptureError).variables;
  }
}

const captures: Readonly<Record<string, readonly [text: string, ...names: string[]][]>> = {
  "outer variables": [
    ["(x) => x * k + l", "k", "l"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a function
    ["(x) => `${k} ${o.p}`", "k", "o"],
    ["() => ({ k, l: 1 })", "k"],
    ["(x) => { x ??= k; }", "k"],
    ["() => { leak = 1; }", "leak"],
    ["() => typeof k", "k"],
    ["(x) => { switch (x) { case k: return 1; } }", "k"],
    ["() => { for (const i in k) i; for (let i of l) i; }", "k", "l"],
    ["() => { let a; [a, { b: o.p }] = [1, { b: 2 }]; }", "o"],
    ["(a, f = () => a + k) => f()", "k"],
    ["() => o?.p?.[k]", "k", "o"],
    ["() => { class A extends B { [k] = l; } return A; }", "B", "k", "l"],
    ["() => require('fs')", "require"],
    ["() => [__dirname, toString, constructor]", "__dirname", "constructor", "toString"],
    ["{ double(x) { return x * k; } }.double", "k"],
    ["async () => { for await (const x of k) await l(x); }", "k", "l"],
    ["() => { { let k = 1; } return k; }", "k"],
    ["() => { try {} catch (k) {} return k; }", "k"],
  ],
  "names of its own": [
    ["(k) => { const l = 2; return k + l; }"],
    ["({ data, ...rest }, [x, , ...y], z = x) => { const { a = x, b: [c] } = data; return [rest, y, z, a, c]; }"],
    ["() => { function f(n) { return n ? g(n - 1) : 0; } const g = (n) => f(n); return f(3); }"],
    ["function again(n) { return n ? again(n - 1) : 0; }"],
    ["() => { x = 1; var x; return x; }"],
    ["() => { try { throw 1; } catch ({ message }) { return message; } }"],
    ["(b) => { outer: for (const x of b) { if (x) continue outer; break outer; } }"],
    [
      `() => {
        class A { #p = 1; static s = A; get p() { return this.#p; } static { this.t = 1; } }
        return new A().p;
      }`,
    ],
    ["(a) => a.k + a.this + ({ k: 1, l() {}, [1 + 1]: 2 }).k"],
    ["(s) => /k(?<l>.)/.test(s)"],
  ],
  globals: [
    ["() => Math.max(Infinity, NaN) + new Float64Array(2).length"],
    ["() => [undefined, globalThis, console, process, Buffer, structuredClone, fetch, crypto, performance]"],
    ["async () => (await import('node:fs')).existsSync"],
  ],
  "this and its kin": [
    ["function () { return this.data; }", "this"],
    ["() => { const f = () => this; return f; }", "this"],
    ["() => (function () { return this; })()"],
    ["() => { class A { x = () => this; } return A; }"],
    ["{ m() { return super.m; } }.m", "super"],
    ["function () { return arguments[0]; }"],
    ["() => (function () { return arguments; })()"],
    ["function () { return new.target; }"],
  ],
  methods: [
    ["{ double(x) { return x; } }.double"],
    ["{ async double(x) { return x; } }.double"],
    ["{ 'a name'(x) { return x; } }['a name']"],
    ["{ get(x) { return x; } }.get"],
    ["{ async(x) { return x; } }.async"],
    ["{ function(x) { return x; } }.function"],
    ["class { static make(x) { return x; } }.make"],
  ],
};

describe.each(Object.entries(captures))("%s", (_, cases) => {
  test.each(cases)("%s", (...[text, ...names]) => {
    expect(capturedBy(text)).toEqual(names);
  });
});

test("an arrow's arguments are those of the function around it", () => {
  function around(): () => unknown {
    // biome-ignore lint/complexity/noArguments: this is what the test is about
    return () => arguments[0];
  }
  expect(() => shipFunction(around(), "test")).toThrow(expect.objectContaining({ variables: ["arguments"] }));
});

test("a global that the program has added counts as captured, since a worker does not have it", () => {
  Object.assign(globalThis, { addedByTest: 1 });
  try {
    expect(capturedBy("() => addedByTest")).toEqual(["addedByTest"]);
  } finally {
    Reflect.deleteProperty(globalThis, "addedByTest");
  }
});

test("a closure of the test itself is refused at the user's line, with advice", () => {
  const factor = 3;
  const offset = 1;
  expect(() => ones([3]).mapBlocks(({ data }) => [Number(data[0]) * factor + offset])).toThrow(
    "mapBlocks: the function uses factor, offset from outside itself, which a worker does not have; " +
      "write the values into the function, or put it into a module and give { module, name }",
  );
});

test("an import counts as captured", async () => {
  const { stdout } = await program(`
    import { ones } from "chunkwise";
    import { inspect, types as kinds } from "node:util";
    try { ones([3]).mapBlocks(() => inspect(kinds)); } catch (error) { console.log(error.variables.join()); }
  `);
  expect(stdout).toBe("inspect,kinds\n");
});

class Example {}
const refused: [string, unknown, RegExp][] = [
  ["a native function", Math.max, /has no source that a worker understands/],
  ["a bound function", ((x: number) => x).bind(null), /has no source that a worker understands/],
  ["a class", Example, /is a class/],
  [
    "a getter",
    Object.getOwnPropertyDescriptor(
      {
        get x() {
          return 1;
        },
      },
      "x",
    )!.get,
    /has no source/,
  ],
  [
    "a generator",
    function* () {
      yield 1;
    },
    /is a generator/,
  ],
  [
    "an async generator method",
    {
      async *m() {
        yield 1;
      },
    }.m,
    /is a generator/,
  ],
  ["a number", 5, /takes a function or \{ module, name \}; got 5/],
  ["null", null, /got null/],
  ["nothing", undefined, /got undefined/],
  ["a module without a name", { module: "x" }, /got \{ module: "x" \}/],
  ["an empty name", { module: "x", name: "" }, /takes a function or/],
];
test.each(refused)("%s is refused", (_, value, message) => {
  expect(() => shipFunction(value as never, "test")).toThrow(ArgumentError);
  expect(() => shipFunction(value as never, "test")).toThrow(message);
});
