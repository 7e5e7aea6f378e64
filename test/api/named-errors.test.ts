/** Detects errors that name an operation inside the function that the user called, or none. */
import { join } from "node:path";
import * as chunkwise from "chunkwise";
import { type ChunkedArray, ChunkwiseError, linalg, ones, zeros } from "chunkwise";
import { expect, test } from "vitest";
import { operations } from "../laws/cases.js";
import { temporaryFolder } from "../support/folder.js";

type Call = (...args: unknown[]) => unknown;

/** Operations of the table and of linear algebra, by the name that users write. */
const all = new Map<string, Call>([
  ...operations,
  ...Object.entries(linalg as unknown as Record<string, Call>).map(([name, call]) => [`linalg.${name}`, call] as const),
  ["histogram", chunkwise.histogram as unknown as Call],
]);

const arrays = {
  "matrices without elements": zeros([0, 0]),
  "vectors without elements": zeros([0]),
  "a stack of empty matrices": zeros([2, 0, 3]),
  "matrices without rows": zeros([0, 3]),
  "matrices without columns": zeros([3, 0]),
  "an array of no axes": zeros([]),
  "a vector": ones([3]),
  "an empty stack": zeros([0, 2, 2]),
  "a matrix that is not square": ones([2, 3]),
  bools: ones([2, 2], { dtype: "bool" }),
  integers: ones([2, 2], { dtype: "int32" }),
  "complex numbers": ones([2, 2], { dtype: "complex64" }),
};

/** What may follow an array: right and wrong arguments; "x" is the array again. */
const following = [[], ["x"], ["x", "x"], [1], [-1], [2], [[2]], [{}], [{ axis: 5 }], [{ ord: 2 }], ["axis"], [1.5]];

/** The calls of an operation over one array. */
function argumentsOf(name: string, x: ChunkedArray): unknown[][] {
  const more = following.map((list) => list.map((entry) => (entry === "x" ? x : entry)));
  if (name === "einsum") return [["ij,jk->ik", x, x], ["i,i", x, x], ["ii", x], ["ij", x, x]];
  if (["concat", "stack", "multiDot"].includes(name))
    return more.flatMap((list) => [[[x], ...list], [[x, x], ...list]]);
  return more.map((list) => [x, ...list]);
} // biome-ignore format: a table

test.each([...all])("%s names itself in every error for its arguments", (name, call) => {
  const own = new RegExp(`^(${name.replace(/^linalg\./, "(linalg\\.)?")}): `);
  for (const [what, x] of Object.entries(arrays)) {
    for (const args of argumentsOf(name, x)) {
      try {
        call(...args);
      } catch (error) {
        expect(error, what).toBeInstanceOf(ChunkwiseError);
        expect((error as Error).message, what).toMatch(own);
        expect((error as Error).stack).toContain((error as Error).message);
      }
    }
  }
});

test("cond refuses matrices without elements in its own words, and takes a stack of no matrices", async () => {
  for (const shape of [[0, 0], [2, 0, 3]])
    expect(() => linalg.cond(zeros(shape))).toThrow(
      `cond: not defined for matrices without elements; got the shape [${shape.join(", ")}]`,
    );
  expect((await linalg.cond(zeros([0, 2, 2])).compute()).shape).toEqual([0]);
}); // biome-ignore format: a table

test("messages are short, however long the name that was given", async () => {
  const path = join(temporaryFolder(), "x.parquet");
  await ones([2, 1]).saveParquet(path, { columns: ["x"] });
  const name = "x".repeat(1e6);
  const tooLong = /the name is too long for the file system \(ENAMETOOLONG\)$/;
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => chunkwise.openNpy(name), tooLong],
    [() => chunkwise.open(name), tooLong],
    [() => chunkwise.readAttributes(name), tooLong],
    [() => ones([2]).saveNpy(name), tooLong],
    [() => chunkwise.openZarr(join(path, ".."), { path: name }), /too long|no such/],
    [() => chunkwise.openParquet(path, { column: name }), /it has "x"$/],
  ];
  for (const [call, message] of cases) {
    const error: unknown = await Promise.resolve()
      .then(call)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof ChunkwiseError)) throw new Error(`${call} threw no error of chunkwise`);
    expect(error.message).toMatch(message);
    expect(error.message.length, String(call)).toBeLessThan(2000);
    expect(error.stack?.length, String(call)).toBeLessThan(10_000);
  }
});
