/** Steps that compute: element by element, over axes, products. Numbers stay whole and small, so that all are exact. */
import { where } from "chunkwise";
import * as m from "./mirror.js";
import { axesOf, below, type Pair, type Step, small, someAxes } from "./step.js";

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

/** Steps that compute, by name. */
export const computing: Readonly<Record<string, Step>> = {
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
