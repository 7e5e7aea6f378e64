/**
 * Law 7: the monoid of every reduction obeys the laws that let it be folded in any tree: zero is neutral, merge is
 * associative and commutative (exactly for whole numbers and for those that pick, up to rounding otherwise), the faster
 * way through a block gives the state that folding gives, and nothing at all gives `finish(zero)`. Detects reductions
 * that would depend on chunks or workers.
 */
import { type DType, dtypes, type Element, fromArray, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { factsOf } from "#src/data/dtype";
import { fieldsOf } from "#src/expr/meta";
import type { Monoid, Sweep, TileWay } from "#src/expr/op";
import { postorder } from "#src/expr/walk";
import { expand } from "#src/optimize/rewrites";
import { toValue, type Value } from "#src/program/evaluate";
import { constant, input, inputFields, type Scalar } from "#src/program/scalar";
import { sample } from "../support/arrays.js";
import { type Field, programOf } from "../support/scalars.js";
import { attempt } from "./attempt.js";
import { type Operation, operations } from "./cases.js";
import { reductionOf } from "./reduction-cases.js";

type State = readonly Field[];

/** What a monoid does, on values. */
interface Laws {
  readonly zero: State;
  lift(args: readonly Field[]): State;
  merge(a: State, b: State): State;
  finish(state: State, count: number): State;
  /** The state of a block by passes, in each way that the monoid has. */
  readonly blocks: readonly ((elements: readonly Field[]) => State)[];
}

const fieldOf = (element: Element): Field =>
  typeof element === "object" ? [element.re, element.im] : [toValue(element)];

function lawsOf(monoid: Monoid, args: readonly DType[]): Laws {
  const [element, index = constant(0, "float64")] = args.map((dtype, operand): Scalar => input(operand, dtype));
  const state = inputFields(0, monoid.state);
  const lift = programOf(monoid.lift(element!, index));
  const merge = programOf(monoid.merge(state, inputFields(1, monoid.state)));
  return {
    zero: monoid.zero.map(fieldOf),
    lift: (elements) => lift(elements.map((field) => [field])),
    merge: (a, b) => merge([a, b]),
    finish: (folded, count) => programOf([monoid.finish(state, count)])([folded]),
    blocks: [monoid.block ?? [], monoid.block?.careful ?? []].flat().map((way) => blockOf(way, args[0]!)),
  };
}

/**
 * Passes over the elements, each knowing the results of those before (operand 1, one field for each sweep) and the
 * count (operand 2).
 */
function blockOf({ passes, state }: TileWay, dtype: DType): (elements: readonly Field[]) => State {
  const sweeps = passes.flat();
  const count = input(2, "float64");
  const resultOf = (sweep: Sweep): Scalar => input(1, sweep.dtype, sweeps.indexOf(sweep));
  const last = programOf(state(resultOf, count));
  return (elements) => {
    const results: Field[] = sweeps.map(() => [0, 0]);
    const operands = (element: Field): Field[][] => [[element], results, [[elements.length]]];
    for (const sweep of sweeps) {
      const { dtype: result, zero, merge } = sweep;
      const lifted = programOf([sweep.lift(input(0, dtype), resultOf, count)]);
      const merged = merge && programOf([merge(input(0, result), input(1, result))]);
      results[sweeps.indexOf(sweep)] = merged
        ? elements.reduce((sum, element) => merged([[sum], lifted(operands(element))])[0]!, fieldOf(zero))
        : lifted(operands(elements[0]!))[0]!;
    }
    return last(operands([0]));
  };
}

/** The folds that an operation over an array of a dtype stands for, and the dtypes of what they fold. */
function foldOf(operation: Operation, dtype: DType): { monoid: Monoid; args: DType[] } {
  const nodes = postorder(expand([reductionOf(operation)(zeros([2], { dtype }), null, {}).expr]));
  const [first] = nodes.filter(({ op }) => op.work.kind === "fold");
  const { work } = first!.op;
  if (work.kind !== "fold") throw new Error("not a fold");
  const metas = first!.inputs.map(({ meta }) => meta);
  return { monoid: work.plan(metas, first!.params).monoid, args: metas.map((meta) => fieldsOf(meta)[0]!) };
}

/** Equal up to rounding: relative to the largest number about, since the terms of sums cancel. */
function near(a: State, b: State, exact: boolean, size: number, single: boolean): boolean {
  return a.every((field, i) =>
    field.every((x: Value, part) => {
      const y = b[i]![part]!;
      if (Object.is(x, y) || x === y) return true;
      return !exact && Math.abs(Number(x) - Number(y)) <= (single ? 1e-4 : 1e-12) * size;
    }),
  );
}

const reductions = operations.filter(([, { definition }]) => definition.family === "reduction");

describe("a monoid obeys the laws", () => {
  test.each(reductions)("the monoid of %s obeys the laws", (_, operation) => {
    const { accepts, domain, ulps } = operation.definition;
    for (const dtype of dtypes.filter(accepts)) {
      const { kind } = factsOf(dtype);
      const { monoid, args } = foldOf(operation, dtype);
      const laws = lawsOf(monoid, args);
      const exact = ulps === 0 || monoid.state.every((field) => !["float", "complex"].includes(factsOf(field).kind));
      const single = monoid.state.some((field) => factsOf(field).part === "float32");
      const { data, size } = sample(dtype, [9], { domain, mood: exact ? "special" : "domain" });
      const elements = Array.from(
        { length: size },
        (_, i): Field => (kind === "complex" ? [...data].slice(2 * i, 2 * i + 2) : [data[i]!]),
      );
      const states = elements.map((element, i) => laws.lift(args.map((_, k) => (k === 0 ? element : [i]))));
      const room = 9 * Math.max(1, domain[1] ** 2) * 4;
      const same = (a: State, b: State, law: string): void => {
        if (!near(a, b, exact, room, single))
          expect({ [law]: a }, `${operation.definition.name}(${dtype})`).toEqual({ [law]: b });
      };
      for (const a of states) {
        same(laws.merge(laws.zero, a), a, "zero on the left");
        same(laws.merge(a, laws.zero), a, "zero on the right");
        for (const b of states) {
          same(laws.merge(a, b), laws.merge(b, a), "commutative");
          for (const c of states.slice(0, 5)) {
            same(laws.merge(laws.merge(a, b), c), laws.merge(a, laws.merge(b, c)), "associative");
          }
        }
      }
      const folded = states.reduce((all, state) => laws.merge(all, state), laws.zero);
      for (const block of laws.blocks) same(block(elements), folded, "a block is the fold of its elements");
    }
  });

  test.each(reductions)("the monoid of %s has the result of an empty array", async (_, operation) => {
    for (const dtype of dtypes.filter(operation.definition.accepts)) {
      const made = attempt(() => reductionOf(operation)(zeros([0], { dtype }), null, {}));
      if (made instanceof Error) {
        expect(made).toMatchObject({ name: "ShapeError", message: expect.stringContaining("length 0") });
        continue;
      }
      const { monoid, args } = foldOf(operation, dtype);
      const laws = lawsOf(monoid, args);
      const [value] = laws.finish(laws.zero, 0);
      expect([...(await made.compute()).data].map(Number)).toEqual(value!.map(Number));
      const rows = reductionOf(operation)(fromArray([[], []], { dtype }), 1, {});
      expect([...(await rows.compute()).data].map(Number)).toEqual([...value!, ...value!].map(Number));
    }
  });
});
