/**
 * Law 2: optimizing keeps meta and values: every pass by itself, and whatever is fused or stored on the way. Detects
 * passes that change what is computed, and fusion that differs from computing step by step.
 */
import { fromArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { Expr } from "#src/expr/expr";
import { postorder } from "#src/expr/walk";
import { passes } from "#src/optimize/optimize";
import { randomOf } from "../conformance/backend/values.js";
import { difference } from "../support/arrays.js";
import { runExprs } from "../support/run.js";
import { applied, casesOf, operations, sizesCase, thinned, toleranceOf } from "./cases.js";

describe("optimizing keeps meta and values", () => {
  test.each(operations)("optimizing an expression of %s keeps its meta and its values", async (name, operation) => {
    const random = randomOf(name.length + 100);
    const made = thinned(casesOf(operation), 12).flatMap((one) => {
      const array = applied(one, random);
      return array === null ? [] : [{ one, expr: array.expr }];
    });
    const exprs = made.map(({ expr }) => expr);
    for (const { run } of passes) expect(run(exprs).map(({ meta }) => meta)).toEqual(exprs.map(({ meta }) => meta));
    const sizes = await runExprs(
      made
        .map(({ one }) => (one.sums ? sizesCase(one) : one))
        .map((one) => one.apply(one.arrays.map((array) => fromArray(array))).expr),
    );
    const ways = [{}, { stored: "none" }, { stored: "all" }, { stored: "none", passes: passes.slice(0, 1) }] as const;
    const [first, ...others] = await Promise.all(ways.map((way) => runExprs(exprs, way)));
    const wrong = others.flatMap((results, way) =>
      results.flatMap((result, i) => {
        const { one } = made[i]!;
        const problem = difference(result, first![i]!, one.sums ? toleranceOf(one, sizes[i]) : {});
        return problem === null ? [] : [`${one.title} ${JSON.stringify(ways[way + 1])}: ${problem}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("leaves no composite and no node twice", () => {
    const exprs = operations.flatMap(([, operation]) => {
      const array = applied(casesOf(operation)[0]!, randomOf(1));
      return array === null ? [] : [array.expr];
    });
    const after = postorder(passes.reduce<readonly Expr[]>((roots, pass) => pass.run(roots), exprs));
    expect(after.filter(({ op }) => op.work.kind === "composite")).toEqual([]);
    expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
  });
});
