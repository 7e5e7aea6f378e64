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
  "names of globals": [
    ["() => Math.max(Infinity, NaN) + new Float64Array(2).length"],
    ["() => [undefined, globalThis, console, process, Buffer, structuredClone, fetch, crypto, performance]"],
    ["async () => (await import('node:fs')).existsSync"],
  ],
  "the use of this and its kin": [
    ["function () { return this.data; }", "this"],
    ["() => { const f = () => this; return f; }", "this"],
    ["() => (function () { return this; })()"],
    ["() => { class A { x = () => this; } return A; }"],
    ["{ m() { return super.m; } }.m", "super"],
    ["function () { return arguments[0]; }"],
    ["() => (function () { return arguments; })()"],
    ["function () { return new.target; }"],
  ],
  "the form of a method": [
    ["{ double(x) { return x; } }.double"],
    ["{ async double(x) { return x; } }.double"],
    ["{ 'a name'(x) { return x; } }['a name']"],
    ["{ get(x) { return x; } }.get"],
    ["{ async(x) { return x; } }.async"],
    ["{ function(x) { return x; } }.function"],
    ["class { static make(x) { return x; } }.make"],
  ],
};

describe.each(Object.entries(captures))("a function with %s", (_, cases) => {
  test.each(cases)("the captures of %s are found, and no others", (...[text, ...names]) => {
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

test("helpers of tslib count as captured when it was loaded before", async () => {
  // tslib makes its helpers globals of the program, and Apache Arrow loads it
  const { stdout } = await program(`
    import { createRequire } from "node:module";
    createRequire(import.meta.resolve("chunkwise"))("apache-arrow");
    const { ones } = await import("chunkwise");
    try { ones([3]).mapBlocks((b) => __rest(b, [])); } catch (error) { console.log(error.variables.join()); }
  `);
  expect(stdout).toBe("__rest\n");
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
  ["a number", 5, /takes a function or \{ module, name \}, where .*; got 5/],
  ["null", null, /got null/],
  ["nothing", undefined, /got undefined/],
  ["a module without a name", { module: "x" }, /got \{ module: "x" \}/],
  ["an empty name", { module: "x", name: "" }, /takes a function or/],
];
test.each(refused)("%s is refused", (_, value, message) => {
  expect(() => shipFunction(value as never, "test")).toThrow(ArgumentError);
  expect(() => shipFunction(value as never, "test")).toThrow(message);
});

describe("what tools write into functions", () => {
  /** The function that a worker makes. */
  const arrived = (text: string): ((block: unknown) => unknown) => {
    const shipped = shipFunction(new Function(`return (${text});`)() as () => unknown, "test");
    if (shipped.kind !== "source") throw new Error("not shipped as source");
    return new Function(`"use strict"; ${shipped.before ?? ""} return (${shipped.source});`)() as () => unknown;
  };

  test("the names that esbuild and tsx keep are no captures", () => {
    const text = `(b) => {
      const g = /* @__PURE__ */ __name((v) => 2 * v, "g");
      class A { static { __name(this, "A"); } }
      return [g(b), A.name];
    }`;
    expect(arrived(text)(4)).toEqual([8, "A"]);
  });

  test("the counters of Istanbul are no captures, in any of their forms", () => {
    const text = `(b) => {
      cov_19iq0u4q4c().f[0]++;
      const g = (cov_19iq0u4q4c().s[1]++, (v) => {
        cov_19iq0u4q4c().f[1]++; cov_19iq0u4q4c().s[2]++;
        return v > 0 ? (cov_19iq0u4q4c().b[0][0]++, 2 * v) : (cov_19iq0u4q4c().bT[2][0]++, 1);
      });
      cov_older.s["3"]++;
      return [g(b), g(-b)];
    }`;
    expect(arrived(text)(4)).toEqual([8, 1]);
  });

  test("a function in which a tool has written works in a worker, and is shown as it was written", async () => {
    const f = new Function(`return ({ data }) => data.map(__name((v) => 3 * v, "f"))`)() as never;
    const x = ones([4], { chunks: 2 }).mapBlocks(f);
    expect((await x.compute({ workers: 1 })).toArray()).toEqual([3, 3, 3, 3]);
    expect(x.explain()).toContain("mapBlocks(({ data }) => data.map(__name");
  });

  test.each([
    [
      "TypeScript",
      "(b) => __awaiter(this_, void 0, void 0, function* () { return __rest(b, []); })",
      ["__awaiter", "__rest"],
    ],
    ["TypeScript with tslib", "(b) => tslib_1.__spreadArray([], b, true)", ["tslib_1"]],
    ["esbuild", "(b) => __spreadValues({ b }, __objRest(b, []))", ["__objRest", "__spreadValues"]],
    ["Babel", "(b) => _asyncToGenerator(b)", ["_asyncToGenerator"]],
    ["SWC", "(b) => _object_spread({}, b)", ["_object_spread"]],
  ])("helpers of %s are refused with the setting that helps", (_, text, names) => {
    const message = new RegExp(`compile without ${names.join(", ")}, for the Node that runs this .*"target": "es2022"`);
    expect(() => arrived(text.replace("this_", "undefined"))).toThrow(message);
  });

  test("a variable beside a helper is named apart", () => {
    expect(() => arrived("(b) => __rest(b, [k])")).toThrow(
      /uses __rest, k from outside .*compile without __rest, .*, write the values into the function, or put it/,
    );
  });
});
