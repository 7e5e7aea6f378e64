/** Detects what all pieces of a fold have in common and what is compiled for each of them all the same. */
import { type ChunkedArray, full, stack } from "chunkwise";
import { describe, expect, test } from "vitest";
import { lower } from "#src/graph/lower";
import { optimize } from "#src/optimize/optimize";
import { type FoldProgram, loopsOf } from "#src/program/loop";

function foldsOf(array: ChunkedArray): FoldProgram[] {
  const { roots, stored } = optimize([array.expr]);
  const wanted = roots.map((expr) => ({ expr, sink: null }));
  const { programs } = lower(wanted, { backend: "wasm", stored, spilled: new Map() }).job;
  return programs.flatMap((program) => (program.kind === "fold" ? [program] : []));
}

describe("folds over three constants are three programs that share all but the loops over the constant", () => {
  const x = stack([full([4], 1.5), full([4], 2.5), full([4], 3.5)]);
  const cases: [string, ChunkedArray][] = [
    ["sum", x.sum(0)],
    ["mean", x.mean(0)],
    ["var", x.var(0)],
  ];
  test.each(cases)("%s", (_, array) => {
    const programs = foldsOf(array);
    const constants = programs.filter((program) =>
      loopsOf(program).some(({ body }) =>
        body.some((step) => step.op === "const" && String(step.value).endsWith(".5")),
      ),
    );
    expect(constants.length).toBe(3);
    const [first] = constants.map((program) => ({ program, merges: loopsOf(program).map(({ merge }) => merge) }));
    for (const program of constants) {
      expect(program.finish).toBe(first?.program.finish);
      for (const [k, { merge }] of loopsOf(program).entries()) expect(merge).toBe(first?.merges[k]);
      if ("passes" in program.tile && first && "passes" in first.program.tile)
        expect(program.tile.absorb).toBe(first.program.tile.absorb);
    }
  });

  test("and have the right values", async () => {
    const results = await Promise.all(cases.map(([, array]) => array.compute()));
    expect(results.map((result) => Array.from(result.data, Number))).toEqual([
      [7.5, 7.5, 7.5, 7.5],
      [2.5, 2.5, 2.5, 2.5],
      [2 / 3, 2 / 3, 2 / 3, 2 / 3],
    ]);
  });
});
