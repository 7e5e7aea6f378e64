/** Builders of transforms: along one axis, and along several, one after the other. */
import { ArgumentError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { shown } from "../../data/shown.js";
import type { ResultRule } from "../../data/typed.js";
import type { Defined } from "../definition.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { conj } from "../mathematical.js";
import { defined } from "../parameters.js";
import type { Given, MadeArray, TypedHandle } from "../typed-handle.js";
import { all, definitionOf, example, isReal } from "./definition.js";
import { type FourierKind, fourier } from "./operation.js";
import { axesOf, type FourierAxesOptions, type FourierOptions } from "./options.js";

/** The type of transforms along one axis. */
export interface Fourier<R extends ResultRule = "complex"> extends Defined<R, "plain"> {
  <A extends TypedHandle>(x: A, options?: FourierOptions): Given<A, R>;
  (x: ArrayInput, options?: FourierOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: FourierOptions): A;
}

/** The type of transforms along several axes. */
export interface FourierAlongAxes<R extends ResultRule = "complex"> extends Defined<R, "plain"> {
  <A extends TypedHandle>(x: A, options?: FourierAxesOptions): Given<A, R>;
  (x: ArrayInput, options?: FourierAxesOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: FourierAxesOptions): A;
}

/** A transform along one axis as a function with its definition. */
export function alongOne<R extends ResultRule>(
  kind: FourierKind & { readonly conjugates?: "before" | "after" },
): Fourier<R> {
  const { name, form, conjugates } = kind;
  const bare = name.slice("fft.".length);
  const transform = <A extends Handle>(x: A, options: FourierOptions = {}): A => {
    checkOptions(options, ["n", "axis", "norm"], name);
    const result = fourier(conjugates === "before" ? conj(x) : x, kind, options);
    return conjugates === "after" ? conj(result) : result;
  };
  const dtypes =
    form === "toHalf" ? (["float64", "int16", "float32"] as const) : (["complex128", "float64", "complex64"] as const);
  const examples = [
    example(bare, [3, 16], {}, dtypes[0]),
    example(bare, [12, 5], { axis: 0 }, dtypes[0]),
    example(bare, [2, 9, 3], { axis: 1, norm: "ortho" }, dtypes[0]),
    example(bare, [2, 7], { n: 11, norm: "forward" }, dtypes[0]),
    example(bare, [2, 30], { n: 8 }, dtypes[0]),
    example(bare, [4, 15], {}, dtypes[1]),
    example(bare, [6, 4], { axis: -2, n: 13 }, dtypes[1]),
    example(bare, [3, 20], {}, dtypes[2]),
    example(bare, [2, 134], {}, dtypes[0]),
    example(bare, [2, 1], { n: 1 }, dtypes[0]),
  ];
  return defined(
    { x: "array", options: "value" },
    transform,
    definitionOf(bare, transform, form === "toHalf" ? isReal : all, examples),
  );
}

/** A transform along several axes: the last of them by `kinds.last`, the others by `kinds.other`. */
export function alongAxes<R extends ResultRule>(
  name: string,
  kinds: { readonly last: FourierKind; readonly other: FourierKind; readonly lastAtEnd: boolean },
): FourierAlongAxes<R> {
  const bare = name.slice("fft.".length);
  const two = name.endsWith("2");
  const transform = <A extends Handle>(x: A, options: FourierAxesOptions = {}): A => {
    checkOptions(options, ["s", "axes", "norm"], name);
    const { s, norm } = options;
    if (s !== undefined && !Array.isArray(s)) {
      throw new ArgumentError(`${name}: s must be a list of lengths such as [64, 64]; got ${shown(s)}`);
    }
    const axes = axesOf(x.expr.meta.shape.length, options, name, two);
    if (s !== undefined && s.length !== axes.length) {
      throw new ArgumentError(`${name}: s has ${s.length} lengths for ${axes.length} axes; expected one for each axis`);
    }
    const steps = axes.map((axis, i) => ({
      axis,
      n: s === undefined || s[i] === -1 ? undefined : s[i],
      kind: { ...(i === axes.length - 1 ? kinds.last : kinds.other), name },
    }));
    if (!kinds.lastAtEnd) steps.reverse();
    return steps.reduce((result, { axis, n, kind }) => fourier(result, kind, { axis, n, norm }), x);
  };
  const real = kinds.last.form === "toHalf";
  const [first, second] = real ? (["float64", "float32"] as const) : (["complex128", "float64"] as const);
  const examples = [
    example(bare, [6, 9], {}, first),
    example(bare, [4, 5, 6], { axes: [0, 2], norm: "ortho" }, first),
    example(bare, [4, 5, 6], { s: [7, 4], axes: [2, 1] }, first),
    example(bare, [3, 4, 4], { norm: "forward" }, second),
  ];
  return defined(
    { x: "array", options: "value" },
    transform,
    definitionOf(bare, transform, real ? isReal : all, examples),
  );
}
