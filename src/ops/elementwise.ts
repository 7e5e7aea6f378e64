/**
 * The elementwise family: each element of the result from the elements at the same place. The definition is a scalar
 * expression; dtypes are promoted, shapes broadcast, and JavaScript values become constants of the expression.
 */
import {
  type DType,
  dtypeOfValue,
  type Element,
  factsOf,
  isElement,
  type Kind,
  promoteAll,
  promoteWithValue,
} from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { at, isNonEmpty } from "../data/lists.js";
import { shown } from "../data/shown.js";
import type { DTypeOfData, MixedResultOf, ResultOf, ResultRule } from "../data/typed.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Each, Op } from "../expr/op.js";
import { formatParams } from "../expr/print.js";
import { checkedElement } from "../program/element.js";
import { cast, constant, input, type Scalar } from "../program/scalar.js";
import { broadcastChunks, broadcastShapes, broadcastView } from "./broadcast.js";
import type { Defined, Definition } from "./definition.js";
import { mustBe } from "./dtypes.js";
import { type Handle, handleAmong, isHandle, type Operand } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { defined } from "./parameters.js";
import type { AnyOperand, Given, Made, MadeArray, SameOperand, TypedHandle, WithDType } from "./typed-handle.js";

/** An argument: an input of the expression (null), or a value. */
type Slot = Element | null;

/** The parameters of an elementwise operation: what its arguments are, and further plain parameters such as a dtype. */
export interface ElementwiseParams<More> {
  readonly slots: readonly Slot[];
  readonly more: More;
}

/** What is known of an argument before it has a dtype: that of the array, or the value. */
export type Argument = DType | { readonly value: Element };

/** What defines an elementwise operation of as many arguments as the tuple `Args` has. */
export interface ElementwiseRule<Args extends readonly Scalar[] = readonly Scalar[], More = null> {
  readonly name: string;
  /** The dtype in which each argument is taken. */
  types(args: Each<Args, Argument>, more: More): Each<Args, DType>;
  /** The element of the result, from arguments of those dtypes. */
  value(args: Args, more: More): Scalar;
}

/** A value as a constant of a dtype that can hold it. */
const constantOf = (value: Element, dtype: DType, operation: string): Scalar =>
  constant(checkedElement(value, dtype, operation, "; convert the array with astype() first"), dtype);

/** The values among arguments, with a dot for each array, and the further parameters: `·, 2`. */
function shownArguments(slots: readonly Slot[], more: unknown): string {
  const values = slots.map((slot) => (slot === null ? "·" : formatParams([slot]).slice(1, -1)));
  return [...(slots.every((slot) => slot === null) ? [] : values), ...shownParams(more)].join(", ");
}

const shownParams = (more: unknown): string[] => [formatParams(more)].filter((text) => text !== "");

/** An operation from a rule. Each open slot is an input, so the type does not say how many inputs it has. */
export function elementwiseOp<Args extends readonly Scalar[], More>(
  definition: ElementwiseRule<Args, More>,
): Op<ElementwiseParams<More>> {
  const rule: ElementwiseRule<readonly Scalar[], More> = definition;
  const value = (elements: readonly Scalar[], metas: readonly Meta[], params: ElementwiseParams<More>): Scalar => {
    const { slots, more } = params;
    let known = 0;
    const types = rule.types(
      slots.map((slot) => (slot === null ? at(metas, known++).dtype : { value: slot })),
      more,
    );
    let used = 0;
    const args = slots.map((slot, i) => {
      const dtype = at(types, i);
      return slot === null ? cast(at(elements, used++), dtype) : constantOf(slot, dtype, rule.name);
    });
    return rule.value(args, more);
  };
  return {
    name: rule.name,
    shown: ({ slots, more }) => ({ params: shownArguments(slots, more) }),
    infer(metas, params) {
      const shape = broadcastShapes(
        metas.map((meta) => meta.shape),
        rule.name,
      );
      const { dtype } = value(
        metas.map((meta, i) => input(i, meta.dtype)),
        metas,
        params,
      );
      return { dtype, shape, chunks: broadcastChunks(metas, shape) };
    },
    work: {
      kind: "map",
      reads: (metas, _params, view, box, output) => [
        { box, views: metas.map((meta) => broadcastView(view, meta.shape, output.shape)) },
      ],
      value: (args, metas, params) => [
        value(
          args.map(([element]) => element),
          metas,
          params,
        ),
      ],
    },
  };
}

/** A function of arrays and values, as many as its rule takes, and of the rule's further parameters. */
export function elementwise<Args extends readonly Scalar[], More>(
  rule: ElementwiseRule<Args, More>,
): <A extends Handle>(args: Each<Args, unknown>, more: More) => A {
  const op = elementwiseOp(rule);
  return <A extends Handle>(args: readonly unknown[], more: More): A => {
    const first = handleAmong<A>(args, op.name);
    const slots = args.map((arg): Slot => {
      if (isHandle(arg)) return null;
      if (isElement(arg)) return arg;
      throw new ArgumentError(
        `${op.name}: cannot take ${shown(arg)}; ` +
          "expected a chunked array, a number, a bigint, a boolean or { re, im }",
      );
    });
    const inputs = args.filter(isHandle).map((handle) => handle.expr);
    return first.wrap(makeExpr(op, inputs, { slots, more }));
  };
}

/** The dtype of a value among values alone: a whole number is an integer, as it is in NumPy. */
function dtypeAlone(value: Element): DType {
  return typeof value === "number" && Number.isSafeInteger(value) ? "int64" : dtypeOfValue(value);
}

/**
 * The common dtype of all arguments: arrays by promotion, then values where the arrays leave it open. Values alone are
 * promoted among themselves.
 */
export function commonType(args: readonly Argument[]): DType {
  const ofArrays = args.filter((arg) => typeof arg === "string");
  const values = args.filter((arg) => typeof arg === "object").map(({ value }) => value);
  if (isNonEmpty(ofArrays)) return values.reduce<DType>(promoteWithValue, promoteAll(ofArrays));
  const alone = values.map(dtypeAlone);
  return isNonEmpty(alone) ? promoteAll(alone) : "float64";
}

/** The options of {@link unary} and {@link binary}. */
export interface ElementwiseOptions {
  /** The kinds of dtype that it takes. */
  readonly kinds: readonly Kind[];
  /** The dtype in which it is computed, from the common dtype of the arguments; default: that dtype. */
  readonly computes?: (dtype: DType) => DType;
  /** The dtypes in which two arguments are taken, where they may differ. */
  readonly types?: (args: readonly Argument[]) => readonly [DType, DType];
  /** What is taken for an argument beside the other one; default: the argument. */
  readonly adapt?: (arg: unknown, other: unknown) => unknown;
  /** NumPy's expression; default: `np.` and the name. */
  readonly numpy?: string;
  readonly ulps?: number;
  readonly domain?: readonly [number, number];
}

function definitionOf(name: string, arity: number, options: ElementwiseOptions): Definition {
  const letters = ["x", "y", "z"].slice(0, arity).join(", ");
  return {
    family: "elementwise",
    name,
    arity,
    accepts: (dtype) => options.kinds.includes(factsOf(dtype).kind),
    numpy: options.numpy ?? `np.${name}(${letters})`,
    ulps: options.ulps ?? 0,
    domain: options.domain ?? [-5, 5],
    examples: [],
  };
}

/** The dtype in which arguments of these options are computed. */
function computedType(
  name: string,
  { kinds, computes = (dtype) => dtype }: ElementwiseOptions,
  args: readonly Argument[],
): DType {
  const common = commonType(args);
  mustBe(kinds, common, name);
  return computes(common);
}

/** A function of one array; `R` is the rule for the dtype of its result. */
export interface Unary<R extends ResultRule = "floating"> extends Defined<R, "plain"> {
  <A extends TypedHandle>(x: A): Given<A, R>;
  <const T extends ArrayInput>(x: T): Made<ResultOf<DTypeOfData<T>, R>>;
  <A extends Handle>(x: A | ArrayInput): A;
}

/**
 * A function of two arrays, or of an array and a value; `R` is the rule for the dtype of its result where both have one
 * dtype.
 */
export interface Binary<R extends ResultRule = "same"> extends Defined<R, "binary"> {
  <A extends TypedHandle>(x: A, y: SameOperand<A>): Given<A, R>;
  <A extends TypedHandle>(x: A, y: AnyOperand): WithDType<A, MixedResultOf<R>>;
  <A extends TypedHandle>(x: Element | ArrayInput, y: A): WithDType<A, MixedResultOf<R>>;
  <A extends Handle>(x: Element | ArrayInput, y: A): A;
  (x: ArrayInput, y: Element | ArrayInput): MadeArray;
  <A extends Handle>(x: A | ArrayInput, y: Operand<A>): A;
}

/** Defines an elementwise function of one array by a scalar expression. */
export function unary<R extends ResultRule>(
  name: string,
  options: ElementwiseOptions,
  value: (x: Scalar) => Scalar,
): Unary<R> {
  const call = elementwise<readonly [Scalar], null>({
    name,
    types: (args) => [computedType(name, options, args)],
    value: ([x]) => value(x),
  });
  return defined({ x: "array" }, <A extends Handle>(x: A): A => call<A>([x], null), definitionOf(name, 1, options));
}

/** Defines an elementwise function of two arrays by a scalar expression. */
export function binary<R extends ResultRule>(
  name: string,
  options: ElementwiseOptions,
  value: (x: Scalar, y: Scalar) => Scalar,
): Binary<R> {
  const call = elementwise<readonly [Scalar, Scalar], null>({
    name,
    types(args) {
      const dtype = computedType(name, options, args);
      return options.types?.(args) ?? [dtype, dtype];
    },
    value: ([x, y]) => value(x, y),
  });
  const { adapt = (arg) => arg } = options;
  return defined(
    { x: "operand", y: "operand" },
    <A extends Handle>(x: unknown, y: unknown): A => call<A>([adapt(x, y), adapt(y, x)], null),
    definitionOf(name, 2, options),
  );
}
