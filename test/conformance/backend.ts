/**
 * What every backend must do. {@link backendSuite} runs a backend beside an eager mirror: each primitive on every
 * dtype's special values, random loops, the folds that reductions are made of, elements as files hold them, and
 * routines.
 *
 * Maps agree bit for bit (all NaNs are one), except for `inexactPrimitives` of floats (5 ulp: up to 4 from the truth on
 * one side, 1 on the other) and the sign of a zero that `min` and `max` choose. Folds are free in their order; see
 * `backend/judges.ts` for what that allows.
 */
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type DType, factsOf } from "#src/data/dtype";
import { canonical } from "#src/data/hash";
import type { Backend } from "#src/kernels/backend";
import { compileFold, compileMap } from "#src/program/compile";
import type { Value } from "#src/program/evaluate";
import type { Instruction, Loop } from "#src/program/loop";
import * as scalar from "#src/program/scalar";
import { cases } from "./backend/arbitrary.js";
import * as judges from "./backend/judges.js";
import { checkMatmul } from "./backend/matmul.js";
import { type Case, check } from "./backend/mirror.js";
import { storedTests } from "./backend/stored.js";
import { hasPrimitive, randomOf, realDTypes, specials } from "./backend/values.js";

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40];

/** A map that applies one primitive to as many inputs as it takes. */
function single(op: scalar.Primitive, args: readonly DType[], result: DType): Loop {
  const body: Instruction[] = args.map((dtype, input) => ({ op: "input", dtype, input }));
  body.push({ op, dtype: result, args: args.map((_, k) => k) });
  const content = {
    inputs: args.map((dtype, operand) => ({ dtype, operand, field: 0, part: null, counted: false })),
    body,
    results: [{ dtype: result, field: 0, part: null }],
    values: [args.length],
  };
  return { key: canonical(content), ...content };
}

/** Every pair of a dtype's special values, as two columns. */
function pairs(dtype: DType): [Value[], Value[]] {
  const values = specials(dtype);
  return [values.flatMap((a) => values.map(() => a)), values.flatMap(() => values)];
}

function checkPrimitives(backend: Backend, dtype: DType): void {
  const [left, right] = pairs(dtype);
  const run = (
    op: scalar.Primitive,
    args: readonly DType[],
    result: DType,
    columns: readonly (readonly Value[])[],
  ): void => {
    const judge = factsOf(dtype).kind === "float" ? judges.once(op) : undefined;
    check(backend, {
      loop: single(op, args, result),
      counts: [columns[0]!.length],
      inputs: args.map(() => [1]),
      results: [[1]],
      seed: 1,
      mood: "wild",
      contents: columns,
      ...(judge ? { judges: [judge] } : {}),
    });
  };
  for (const op of scalar.unaryPrimitives) if (hasPrimitive(op, dtype)) run(op, [dtype], dtype, [specials(dtype)]);
  for (const op of scalar.binaryPrimitives.filter((name) => hasPrimitive(name, dtype))) {
    // a negative power of an integer is an error
    const isGood = (k: number): boolean => op !== "pow" || factsOf(dtype).kind !== "int" || right[k]! >= 0;
    const columns = [left, right].map((column) => column.filter((_, k) => isGood(k)));
    run(op, [dtype, dtype], dtype, columns);
  }
  for (const op of scalar.comparisons) run(op, [dtype, dtype], "bool", [left, right]);
  for (const to of realDTypes) if (to !== dtype) run("cast", [dtype], to, [specials(dtype)]);
  const bitsOf = { float64: "int64", float32: "int32" } as const;
  if (dtype === "float64" || dtype === "float32") run("bits", [dtype], bitsOf[dtype], [specials(dtype)]);
  if (dtype === "int64") run("fromBits", [dtype], "float64", [specials(dtype)]);
  if (dtype === "int32") run("fromBits", [dtype], "float32", [specials(dtype)]);
  if (dtype === "float64")
    for (const op of scalar.indexPrimitives) run(op, [dtype], "int64", [[0, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1]]);
  run("guard", ["bool", dtype, dtype], dtype, [left.map((_, k) => Number(k % 7 === 0)), left, right]);
  run("select", ["bool", dtype, dtype], dtype, [left.map((_, k) => k % 2), left, right]);
}

/** A fold over `counts` whose results keep the dimensions where `kept` is true. */
function foldCase(loop: Loop, counts: readonly number[], kept: readonly boolean[], rest: Partial<Case> = {}): Case {
  const strides = (some: readonly boolean[]): number[] => {
    const found = counts.map(() => 0);
    let stride = 1;
    for (let dim = counts.length - 1; dim >= 0; dim--) {
      if (!some[dim]) continue;
      found[dim] = stride;
      stride *= Math.max(1, counts[dim]!);
    }
    return found;
  };
  return {
    loop,
    counts,
    inputs: loop.inputs.map(() => strides(counts.map(() => true))),
    results: loop.results.map(() => strides(kept)),
    seed: counts.reduce((seed, count) => seed * 41 + count, kept.indexOf(true) + 2),
    mood: "mild",
    ...rest,
  };
}

function argmin(dtype: DType): Loop {
  const counter = scalar.cast(scalar.input(1, "float64"), "int64");
  return compileFold(
    [scalar.input(0, dtype), counter],
    ([a, i], [b, j]) => {
      const earlier = scalar.and(scalar.compare("eq", b!, a!), scalar.compare("lt", j!, i!));
      const better = scalar.or(scalar.compare("lt", b!, a!), earlier);
      return [scalar.select(better, b!, a!), scalar.select(better, j!, i!)];
    },
    { counted: new Set([1]) },
  );
}

/** What is lifted and how it is merged, for a fold of three statistics. */
function sumMinMax(dtype: DType): Parameters<typeof compileFold> {
  const x = scalar.input(0, dtype);
  return [
    [x, x, x],
    ([total, low, high], [a, b, c]) => [
      scalar.add(total!, a!),
      scalar.binary("min", low!, b!),
      scalar.binary("max", high!, c!),
    ],
  ];
}

function foldTests(make: () => Backend): void {
  test.each(["float64", "float32", "int32", "uint8", "int64"] as const)(
    "folds %s into sums, minima and maxima",
    (dtype) => {
      const backend = make();
      const loop = compileFold(...sumMinMax(dtype));
      const allowed = factsOf(dtype).kind === "float" ? [judges.sum, judges.anyZero, judges.anyZero] : [];
      for (const size of sizes) {
        for (const kept of [
          [true, false],
          [false, true],
          [false, false],
        ]) {
          check(backend, foldCase(loop, [size, 9], kept, { judges: allowed }));
          check(backend, foldCase(loop, [5, size], kept, { judges: allowed }));
        }
      }
      check(backend, foldCase(loop, [3000], [false], { judges: allowed }));
      check(backend, foldCase(loop, [70, 67], [false, true], { judges: allowed }));
    },
  );

  test.each(["float64", "float32", "int16", "uint32", "int64"] as const)("finds the argmin of %s", (dtype) => {
    const backend = make();
    for (const size of sizes) {
      const task = foldCase(argmin(dtype), [4, size], [true, false]);
      check(backend, task);
      check(backend, {
        ...task,
        inputs: [
          [1, 4],
          [0, 1],
        ],
        cut: { dim: 1, at: 6 },
      });
    }
  });

  test("computes several statistics at once, over counted and loaded inputs", () => {
    const x = scalar.input(0, "float32");
    const wide = scalar.cast(x, "float64");
    const loop = compileFold(
      [wide, scalar.mul(wide, wide), x, scalar.mul(wide, scalar.input(1, "float64"))],
      (a, b) => [
        scalar.add(a[0]!, b[0]!),
        scalar.add(a[1]!, b[1]!),
        scalar.binary("max", a[2]!, b[2]!),
        scalar.add(a[3]!, b[3]!),
      ],
      { counted: new Set([1]) },
    );
    const allowed = [judges.sum, judges.sum, judges.anyZero, judges.sum];
    for (const kept of [
      [true, false, true],
      [false, true, false],
      [false, false, false],
    ]) {
      check(make(), foldCase(loop, [3, 19, 11], kept, { judges: allowed, cut: { dim: 1, at: 7 } }));
    }
  });

  test.each(["float64", "float32"] as const)("NaN and infinities reach the results from any position: %s", (dtype) => {
    const backend = make();
    const loop = compileFold(...sumMinMax(dtype));
    const zeros = [0, Infinity, -Infinity];
    for (const special of [Number.NaN, Infinity, -Infinity]) {
      for (const kept of [
        [false, false],
        [true, false],
        [false, true],
      ]) {
        const cells = (kept[0] ? 5 : 1) * (kept[1] ? 37 : 1);
        for (let at = 0; at < 5 * 37; at += 3) {
          const column = Array.from({ length: 5 * 37 }, (_, k) => (k === at ? special : k - 20));
          const states = zeros.map((zero) => new Array<number>(cells).fill(zero));
          check(backend, { ...foldCase(loop, [5, 37], kept), contents: [column, ...states], judges: [judges.sum] });
        }
      }
    }
  });

  test("a sum of floats does not depend on the address of what is summed", () => {
    const backend = make();
    const x = scalar.input(0, "float64");
    const loop = compileFold([x], ([a], [b]) => [scalar.add(a!, b!)]);
    const random = randomOf(5);
    const column = Array.from({ length: 200 }, () => random() - 0.5);
    backend.reserve(4096);
    const sums = [64, 72, 80, 88, 96].map((offset) => {
      const memory = new Float64Array(backend.buffer, 0, 512);
      memory.set(column, offset / 8);
      memory[1] = 0;
      const [inputs, results] = [[{ offset, strides: [1] }], [{ offset: 8, strides: [0] }]];
      backend.run({ loop, counts: [200], inputs, results });
      return memory[1];
    });
    expect(new Set(sums).size).toBe(1);
  });

  test("multiplies complex numbers", () => {
    const z = scalar.input(0, "complex128");
    const loop = compileFold([z], ([a], [b]) => [scalar.mul(a!, b!)]);
    // 1 or i or −1 or −i: the product has no rounding, whatever the order
    const turns = [[1, 0], [0, 1], [-1, 0], [0, -1]]; // biome-ignore format: a table
    const column = Array.from({ length: 26 }, (_, k) => turns[(k * k + k) % 4]!);
    const parts = [0, 1].map((part) => column.flatMap((turn) => [turn[part]!, 0]).slice(0, -1));
    const anyZeroSign = [judges.anyZero, judges.anyZero];
    const contents = [...parts, [1], [0]];
    check(make(), { ...foldCase(loop, [26], [false], { contents, judges: anyZeroSign }), inputs: [[2], [2]] });
  });
}

function mapTests(make: () => Backend): void {
  test("a map may write onto its input", () => {
    const backend = make();
    const x = scalar.input(0, "float64");
    const loop = compileMap([scalar.mul(scalar.add(x, scalar.constant(1, "float64")), scalar.constant(2, "float64"))]);
    const place = { offset: 64, strides: [1] };
    backend.reserve(1024);
    const view = new Float64Array(backend.buffer, 64, 41);
    view.set(Array.from(view, (_, k) => k));
    backend.run({ loop, counts: [40], inputs: [place], results: [place] });
    expect([...view]).toEqual(Array.from(view, (_, k) => (k < 40 ? (k + 1) * 2 : 40)));
  });

  test("complex maps work on interleaved parts", () => {
    const backend = make();
    const [z, w] = [scalar.input(0, "complex64"), scalar.input(1, "complex64")];
    const loop = compileMap([scalar.mul(z, w)]);
    backend.reserve(4096);
    const [a, b, c] = [0, 1024, 2048].map((address) => new Float32Array(backend.buffer, address, 34));
    for (let k = 0; k < 34; k++) [a![k], b![k]] = [k - 9, 2 * k + 1];
    const starts = { 0: 0, 1: 1024 };
    const inputs = loop.inputs.map(({ operand, part }) => ({
      offset: starts[operand as 0 | 1] + 4 * part!,
      strides: [2],
    }));
    const results = loop.results.map(({ part }) => ({ offset: 2048 + 4 * part!, strides: [2] }));
    backend.run({ loop, counts: [17], inputs, results });
    for (let k = 0; k < 34; k += 2) {
      expect(c![k]).toBe(a![k]! * b![k]! - a![k + 1]! * b![k + 1]!);
      expect(c![k + 1]).toBe(a![k]! * b![k + 1]! + a![k + 1]! * b![k]!);
    }
  });

  test("shifts by constants within the width and beyond", () => {
    for (const dtype of realDTypes) {
      if (!hasPrimitive("shl", dtype) || dtype === "bool") continue;
      for (const count of [0, 1, 5, 7, 8, 31, 52, 63, 64]) {
        const amount = scalar.constant(count, dtype);
        const shifted = (["shl", "shr"] as const).map((op) => scalar.binary(op, scalar.input(0, dtype), amount));
        const values = specials(dtype);
        check(make(), {
          ...foldCase(compileMap(shifted), [values.length], [true]),
          mood: "wild",
          contents: [values],
        });
      }
    }
  });

  test("a guard's special side counts where its condition is true, and nowhere else", () => {
    const [x, y] = [scalar.input(0, "float64"), scalar.input(1, "float64")];
    const zero = scalar.constant(0, "float64");
    const inner = scalar.guard(scalar.compare("lt", y, zero), scalar.mul(x, y), scalar.sub(scalar.mul(y, y), x));
    const shared = scalar.add(x, y);
    const outer = scalar.guard(scalar.compare("gt", x, zero), scalar.mul(shared, x), scalar.sub(inner, shared));
    for (const results of [[outer], [outer, inner], [inner, scalar.mul(y, y)]]) {
      const loop = compileMap(results);
      check(make(), { ...foldCase(loop, [3, 41], [true, true]), mood: "wild" });
      check(make(), {
        ...foldCase(loop, [3, 41], [true, true]),
        inputs: loop.inputs.map((_, k) => (k === 0 ? [41, 1] : [1, 0])),
      });
    }
    const loop = compileFold([outer, inner], ([a, b], [c, d]) => [
      scalar.binary("max", a, c!),
      scalar.binary("max", b!, d!),
    ]);
    const judged = { judges: [judges.anyZero, judges.anyZero] };
    check(make(), {
      ...foldCase(loop, [9, 41], [false, true], judged),
      inputs: [
        [41, 1],
        [0, 1],
      ],
    });
    check(make(), {
      ...foldCase(loop, [9, 41], [true, false], judged),
      inputs: [
        [0, 1],
        [41, 1],
      ],
    });
  });

  test("constants keep their value: NaN, −0, 64-bit limits, bool", () => {
    const constants = [
      scalar.constant(Number.NaN, "float64"),
      scalar.constant(-0, "float32"),
      scalar.constant(2n ** 63n - 1n, "int64"),
      scalar.constant(2n ** 64n - 1n, "uint64"),
      scalar.constant(4294967295, "uint32"),
      scalar.constant(-128, "int8"),
      scalar.constant(true, "bool"),
    ];
    check(make(), { ...foldCase(compileMap(constants), [3, 7], [true, true]), mood: "wild" });
  });
}

/**
 * Checks a backend; call it inside a test file. One that hands its loops on to another gets fewer random ones: that
 * they are handed on is all there is to see.
 */
export function backendSuite(name: string, make: () => Backend, { handsLoopsOn = false } = {}): void {
  describe(`the ${name} backend`, () => {
    let shared: Backend;
    beforeAll(() => {
      shared = make();
    });

    test("keeps what its memory holds when it grows, and never shrinks", () => {
      const backend = make();
      backend.reserve(1000);
      new Uint8Array(backend.buffer, 0, 1000).fill(7);
      backend.reserve(300_000);
      expect(backend.buffer.byteLength).toBeGreaterThanOrEqual(300_000);
      expect(new Uint8Array(backend.buffer, 0, 1000).every((byte) => byte === 7)).toBe(true);
      backend.reserve(10);
      expect(backend.buffer.byteLength).toBeGreaterThanOrEqual(300_000);
      expect(backend.name).toBe(name);
    });

    test.each(realDTypes)("computes every primitive on the special values of %s", (dtype) =>
      checkPrimitives(shared, dtype),
    );

    describe("maps", () => mapTests(() => shared));
    describe("folds", () => foldTests(() => shared));
    describe("random loops", () => {
      test.each(["map", "fold"] as const)("have the results of the reference backend: %s", (kind) =>
        fc.assert(
          fc.property(cases(kind), (task) => void check(shared, task)),
          { numRuns: handsLoopsOn ? 60 : 600 },
        ),
      );
    });

    describe("stored elements", () => storedTests(() => shared));

    const products: readonly DType[] = [...realDTypes, "complex64", "complex128"];
    test.each(products)("multiplies matrices of %s", (dtype) => checkMatmul(shared, dtype));
  });
}
