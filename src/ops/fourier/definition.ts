/** What the tests know about a transform: examples in NumPy, and how large the rounding errors may be. */
import { normalizeAxis } from "../../data/axes.js";
import { abs } from "../arithmetic.js";
import { broadcastTo } from "../broadcast.js";
import type { Definition, Example } from "../definition.js";
import type { Handle } from "../handle.js";
import { slice } from "../slice.js";
import { axesOf, type FourierAxesOptions, type FourierOptions } from "./options.js";

/** The permitted distance from NumPy's result, in units in the last place of the largest possible sum of such terms. */
const ULPS = 8;

const optionText = (option: unknown): string =>
  Array.isArray(option) ? `(${option.join(", ")},)` : JSON.stringify(option);

/** A call and the same call in NumPy. */
export function example(
  name: string,
  shape: readonly number[],
  options: FourierOptions & FourierAxesOptions = {},
  dtype: Example["dtype"] = "complex128",
): Example {
  const given = Object.entries(options).map(([key, value]) => `, ${key}=${optionText(value)}`);
  return { shapes: [shape], args: [options], numpy: `np.fft.${name}(x${given.join("")})`, dtype };
}

/**
 * What the tests know about a transform. `sizes` is the largest that the sums behind an element may be: that of
 * frequency 0.
 */
export function definitionOf(
  name: string,
  transform: (x: Handle, options: FourierOptions & FourierAxesOptions) => Handle,
  accepts: Definition["accepts"],
  examples: readonly Example[],
): Definition {
  return {
    family: "routine",
    name: `fft.${name}`,
    arity: 1,
    accepts,
    numpy: `np.fft.${name}(x)`,
    ulps: ULPS,
    domain: [-5, 5],
    examples,
    sizes(x: Handle, options: FourierOptions & FourierAxesOptions) {
      const result = transform(abs(x), options);
      const { shape } = result.expr.meta;
      const several = /[2n]$/.test(name) ? axesOf(shape.length, options, `fft.${name}`, name.endsWith("2")) : null;
      const axes = several ?? [normalizeAxis(options.axis ?? -1, shape.length, name)];
      const first = slice(
        result,
        shape.map((_, axis) => (axes.includes(axis) ? ([0, 1] as const) : null)),
      );
      return broadcastTo(abs(first), shape);
    },
  };
}

export const isReal: Definition["accepts"] = (dtype) => !dtype.startsWith("complex");

export const all: Definition["accepts"] = () => true;
