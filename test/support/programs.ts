/**
 * Random programs: expressions that grow step by step out of small arrays of whole numbers, each beside its mirror. A step
 * is a few numbers, so that fast-check can shrink a failing program by leaving steps out; a step that makes no sense for
 * the arrays that it meets does nothing.
 */
import { type ChunkedArray, concat, fromArray, stack, where } from "chunkwise";
import fc from "fast-check";
import { randomOf } from "../conformance/backend/values.js";
import { randomChunks } from "./chunkings.js";
import * as m from "./mirror.js";

/** An expression and what it must give. */
export interface Pair {
  readonly array: ChunkedArray;
  readonly mirror: m.Mirror;
}

type Random = () => number;
/** What a step makes of an array and another one; null: nothing. */
type Step = (x: Pair, y: Pair, random: Random) => Pair | null;

/** No program grows beyond so many elements. */
const LARGEST = 400;
const small = (shape: readonly number[]): boolean => shape.reduce((size, length) => size * length, 1) <= LARGEST;
const below = (random: Random, bound: number): number => Math.floor(random() * bound);
const axesOf = ({ mirror }: Pair): number[] => mirror.shape.map((_, axis) => axis);
const someAxes = (x: Pair, random: Random): number[] => axesOf(x).filter(() => random() < 0.5);
const shuffled = (axes: readonly number[], random: Random): number[] =>
  [...axes].map((axis) => ({ axis, key: random() })).sort((a, b) => a.key - b.key).map(({ axis }) => axis); // biome-ignore format: one thought

/** Keeps numbers small, so that all stay exact. */
const bounded = ({ array, mirror }: Pair): Pair => ({
  array: array.clip(-999, 999),
  mirror: m.map([mirror], (v) => Math.min(999, Math.max(-999, v))),
});

const unary =
  (name: "negative" | "abs" | "sign" | "floor", f: (v: number) => number): Step =>
  ({ array, mirror }) => ({ array: array[name](), mirror: m.map([mirror], f) });

const binary =
  (name: "add" | "subtract" | "multiply" | "maximum" | "minimum" | "less", f: (v: number, w: number) => number): Step =>
  (x, y) => {
    const shape = m.together([x.mirror.shape, y.mirror.shape]);
    if (shape === null || !small(shape)) return null;
    return bounded({ array: x.array[name](y.array).astype("float64"), mirror: m.map([x.mirror, y.mirror], f) });
  };

const reduction =
  (name: "sum" | "min" | "max" | "any" | "argmin" | "countNonzero", f: (values: readonly number[]) => number): Step =>
  (x, _, random) => {
    const axes = someAxes(x, random);
    const keepdims = random() < 0.3;
    const empty = axes.some((axis) => x.mirror.shape[axis] === 0);
    if (empty && (name === "min" || name === "max" || name === "argmin")) return null;
    const array = x.array[name](axes, { keepdims }).astype("float64");
    return bounded({ array, mirror: m.fold(x.mirror, axes, keepdims, f) });
  };

const steps: Readonly<Record<string, Step>> = {
  negative: unary("negative", (v) => -v),
  abs: unary("abs", Math.abs),
  sign: unary("sign", (v) => (v > 0 ? 1 : v < 0 ? -1 : 0)),
  floor: unary("floor", Math.floor),
  add: binary("add", (v, w) => v + w),
  subtract: binary("subtract", (v, w) => v - w),
  multiply: binary("multiply", (v, w) => v * w),
  maximum: binary("maximum", Math.max),
  less: binary("less", (v, w) => Number(v < w)),
  sum: reduction("sum", (values) => values.reduce((sum, value) => sum + value, 0)),
  min: reduction("min", (values) => values.reduce((a, b) => Math.min(a, b), Infinity)),
  max: reduction("max", (values) => values.reduce((a, b) => Math.max(a, b), -Infinity)),
  any: reduction("any", (values) => Number(values.some((value) => value !== 0))),
  argmin: reduction("argmin", (values) => values.indexOf(values.reduce((a, b) => Math.min(a, b), Infinity))),
  countNonzero: reduction("countNonzero", (values) => values.filter((value) => value !== 0).length),

  withValue: ({ array, mirror }, _, random) => {
    const value = below(random, 9) - 4;
    return bounded({ array: array.multiply(value).add(1), mirror: m.map([mirror], (v) => v * value + 1) });
  },
  where: (x, y) => {
    if (m.together([x.mirror.shape, y.mirror.shape])?.length !== x.mirror.shape.length) return null;
    const shape = m.together([x.mirror.shape, y.mirror.shape])!;
    if (!small(shape)) return null;
    return {
      array: where(y.array.greater(0), x.array, y.array),
      mirror: m.map([x.mirror, y.mirror], (v, w) => (w > 0 ? v : w)),
    };
  },
  slice: ({ array, mirror }, _, random) => {
    const spans = mirror.shape.map((length) => {
      const start = below(random, length);
      const step = (1 + below(random, 3)) * (random() < 0.4 ? -1 : 1);
      const room = step > 0 ? length - start : start + 1;
      return { start, step, count: Math.min(below(random, 6), length === 0 ? 0 : Math.ceil(room / Math.abs(step))) };
    });
    const entries = spans.map(({ start, step, count }): [number, number | null, number] => {
      const stop = start + step * count;
      return [start, stop < 0 ? null : stop, step];
    });
    // an empty range down to the very beginning has no stop that Python could name
    const usable = spans.map((span, axis) =>
      entries[axis]![1] === null && span.count === 0 ? { ...span, start: 0, step: 1 } : span,
    );
    return {
      array: array.slice(usable.map((span, axis) => (span === spans[axis] ? entries[axis]! : [0, 0]))),
      mirror: m.pick(mirror, usable),
    };
  },
  index: ({ array, mirror }, _, random) => {
    const axis = below(random, mirror.shape.length);
    const length = mirror.shape[axis] ?? 0;
    if (length === 0) return null;
    const at = below(random, length);
    const picked = m.pick(mirror, mirror.shape.map((count, i) => ({ start: i === axis ? at : 0, step: 1, count: i === axis ? 1 : count }))); // biome-ignore format: one thought
    const entries = mirror.shape.map((_, i) => (i === axis ? at - (random() < 0.5 ? length : 0) : null));
    return {
      array: array.slice(entries),
      mirror: { shape: mirror.shape.filter((_, i) => i !== axis), data: picked.data },
    };
  },
  transpose: (x, _, random) => {
    const axes = shuffled(axesOf(x), random);
    return { array: x.array.transpose(axes), mirror: m.transpose(x.mirror, axes) };
  },
  flip: (x, _, random) => {
    const axes = someAxes(x, random);
    const spans = x.mirror.shape.map((count, axis) =>
      axes.includes(axis) ? { start: count - 1, step: -1, count } : { start: 0, step: 1, count },
    );
    return { array: x.array.flip(axes), mirror: m.pick(x.mirror, spans) };
  },
  expandDims: ({ array, mirror }, _, random) => {
    if (mirror.shape.length > 3) return null;
    const axis = below(random, mirror.shape.length + 1);
    return { array: array.expandDims(axis), mirror: { shape: mirror.shape.toSpliced(axis, 0, 1), data: mirror.data } };
  },
  squeeze: ({ array, mirror }) => ({
    array: array.squeeze(),
    mirror: { shape: mirror.shape.filter((length) => length !== 1), data: mirror.data },
  }),
  reshape: ({ array, mirror }, _, random) => {
    const shape: number[] = [];
    let left = mirror.data.length;
    while (left > 1 && shape.length < 3) {
      const factors = Array.from({ length: left }, (_, i) => i + 1).filter((factor) => left % factor === 0);
      shape.push(factors[below(random, factors.length)]!);
      left /= shape.at(-1)!;
    }
    const target = shuffled([...shape, left], random);
    const asked = mirror.data.length > 0 && random() < 0.5 ? target.with(below(random, target.length), -1) : target;
    return { array: array.reshape(asked), mirror: { shape: target, data: mirror.data } };
  },
  broadcastTo: ({ array, mirror }, _, random) => {
    const shape = [...(random() < 0.5 ? [1 + below(random, 3)] : []), ...mirror.shape.map((length) => (length === 1 ? 1 + below(random, 3) : length))]; // biome-ignore format: one thought
    if (!small(shape) || shape.length > 4) return null;
    return { array: array.broadcastTo(shape), mirror: m.make(shape, (index) => m.at(mirror, index)) };
  },
  rechunk: ({ array, mirror }, _, random) => ({ array: array.rechunk(randomChunks(mirror.shape, random)), mirror }),
  concat: (x, y, random) => {
    const axis = below(random, x.mirror.shape.length);
    const fits = (other: m.Mirror): boolean =>
      other.shape.length === x.mirror.shape.length &&
      other.shape.every((length, i) => i === axis || length === x.mirror.shape[i]);
    const others = [x, y, x].filter(({ mirror }) => fits(mirror));
    const mirrors = others.map(({ mirror }) => mirror);
    if (x.mirror.shape.length === 0 || !small([...x.mirror.shape, others.length])) return null;
    return {
      array: concat(
        others.map(({ array }) => array),
        { axis },
      ),
      mirror: m.concat(mirrors, axis),
    };
  },
  stack: (x, _, random) => {
    if (!small([...x.mirror.shape, 2]) || x.mirror.shape.length > 3) return null;
    const axis = below(random, x.mirror.shape.length + 1);
    const row = { shape: x.mirror.shape.toSpliced(axis, 0, 1), data: x.mirror.data };
    return { array: stack([x.array, x.array], { axis }), mirror: m.concat([row, row], axis) };
  },
  matmul: (x) => {
    const ndim = x.mirror.shape.length;
    if (ndim < 2) return null;
    const axes = axesOf(x)
      .with(-1, ndim - 2)
      .with(-2, ndim - 1);
    const turned = m.transpose(x.mirror, axes);
    return bounded({ array: x.array.matmul(x.array.transpose(axes)), mirror: m.matmul(x.mirror, turned) });
  },
};

const names = Object.keys(steps);

/** A program as fast-check makes it. */
export interface Program {
  readonly leaves: readonly { readonly shape: readonly number[]; readonly seed: number }[];
  readonly steps: readonly { readonly name: string; readonly x: number; readonly y: number; readonly seed: number }[];
}

/** Programs of up to so many steps. */
export function programs(length: number): fc.Arbitrary<Program> {
  return fc.record({
    leaves: fc.array(fc.record({ shape: fc.array(fc.nat(6), { maxLength: 3 }), seed: fc.nat() }), {
      minLength: 1,
      maxLength: 3,
    }),
    steps: fc.array(fc.record({ name: fc.constantFrom(...names), x: fc.nat(99), y: fc.nat(99), seed: fc.nat() }), {
      minLength: 1,
      maxLength: length,
      size: "max",
    }),
  });
}

/** All arrays that a program makes, in order: leaves first. New steps mostly build on the latest arrays. */
export function grow(program: Program): Pair[] {
  const pairs = program.leaves.map(({ shape, seed }): Pair => {
    const random = randomOf(seed);
    const mirror = m.make(shape, () => below(random, 19) - 9);
    return { array: fromArray(Float64Array.from(mirror.data), { shape, chunks: randomChunks(shape, random) }), mirror };
  });
  for (const { name, x, y, seed } of program.steps) {
    const latest = pairs.slice(-4);
    const made = steps[name]!(latest[x % latest.length]!, latest[y % latest.length]!, randomOf(seed));
    if (made !== null) pairs.push(made);
  }
  return pairs;
}
