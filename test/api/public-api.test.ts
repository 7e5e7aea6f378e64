/** Detects names that come, go or change without anyone deciding it. */
import * as chunkwise from "chunkwise";
import { expect, test } from "vitest";

/** Words in alphabetical order, in lines that a diff can show. */
const wrapped = (words: readonly string[]): string =>
  [...words].sort().reduce((text, word) => {
    const line = text.slice(text.lastIndexOf("\n") + 1);
    return text + (text === "" ? "" : line.length + word.length > 90 ? "\n" : " ") + word;
  }, "");

const isClass = (value: unknown): boolean =>
  typeof value === "function" && /^class /.test(Function.prototype.toString.call(value));

/** The public members of a class: methods with (), properties without. */
function members(prototype: object): string {
  const all = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  const names = all.map(([name, { value }]) => (typeof value === "function" ? `${name}()` : name));
  return wrapped(names.filter((name) => name !== "constructor()"));
}

function exported(which: (value: unknown) => boolean): string {
  return wrapped(Object.entries(chunkwise).flatMap(([name, value]) => (which(value) ? [name] : [])));
}

test("classes", () => {
  expect(exported(isClass)).toMatchInlineSnapshot();
});

test("functions", () => {
  expect(exported((value) => typeof value === "function" && !isClass(value))).toMatchInlineSnapshot();
});

test("everything else", () => {
  expect(exported((value) => typeof value !== "function")).toMatchInlineSnapshot();
  expect(wrapped(Object.keys(chunkwise.random))).toMatchInlineSnapshot();
});

test("members of ChunkedArray", () => {
  expect(members(chunkwise.ChunkedArray.prototype)).toMatchInlineSnapshot();
});

test("members of NDArray", () => {
  expect(members(chunkwise.NDArray.prototype)).toMatchInlineSnapshot();
});
