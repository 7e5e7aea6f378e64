/**
 * The elementwise family: each element of the result from the elements at the same place. The definition is a scalar
 * expression; dtypes are promoted, shapes broadcast, and JavaScript values become constants of the expression.
 */
import {
  type DType,
  dtypeOfValue,
  type Element,
  factsOf,
  isComplexNumber,
  type Kind,
  promote,
  promoteWithValue,
} from "../data/dtype.js";
import { ArgumentError, DTypeError } from "../data/errors.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";
import { cast, constant, input, type Scalar } from "../program/scalar.js";
import { broadcastChunks, broadcastShapes, broadcastView } from "./broadcast.js";
import type { Defined, Definition } from "./definition.js";
import { refuseDType } from "./dtypes.js";
import { type Handle, handleAmong, isHandle, type Operand } from "./handle.js";

/** An argument: an input of the expression (null), or a value. */
type Slot = Element | null;

/** The parameters of an elementwise operation: its arguments, an input of the expression (null) or a value each. */
export interface ElementwiseParams {
  readonly slots: readonly Slot[];
  /** Further plain parameters, such as a dtype. */
  readonly more: unknown;
}

/** What defines an elementwise operation. */
export interface ElementwiseRule {
  readonly name: string;
  /** The dtype in which each argument is taken, from the arguments' dtypes (values have none yet). */
  types(args: readonly (DType | { readonly value: Element })[], more: unknown): readonly DType[];
  /** The element of the result, from arguments of those dtypes. */
  value(args: readonly Scalar[], more: unknown): Scalar;
}

function typesOf(rule: ElementwiseRule, metas: readonly Meta[], { slots, more }: ElementwiseParams): readonly DType[] {
  let next = 0;
  return rule.types(
    slots.map((slot) => (slot === null ? metas[next++]!.dtype : { value: slot })),
    more,
  );
}

/** A value as a constant; integer dtypes take only what they can hold. */
function constantOf(value: Element, dtype: DType, operation: string): Scalar {
  const scalar = constant(value, dtype);
  const { kind, bytes } = factsOf(dtype);
  const whole = kind === "int" || kind === "uint";
  if (whole && typeof value !== "object" && BigInt(value) !== BigInt(scalar.value as number | bigint)) {
    const bits = BigInt(8 * bytes);
    const range = kind === "int" ? `-${2n ** (bits - 1n)} to ${2n ** (bits - 1n) - 1n}` : `0 to ${2n ** bits - 1n}`;
    throw new DTypeError(
      `${operation}: ${value} does not fit into ${dtype} (${range}); convert the array with astype() first`,
    );
  }
  return scalar;
}

/** An operation from a rule. */
export function elementwiseOp(rule: ElementwiseRule): Op<ElementwiseParams> {
  const value = (elements: readonly Scalar[], metas: readonly Meta[], params: ElementwiseParams): Scalar => {
    const types = typesOf(rule, metas, params);
    let next = 0;
    const args = params.slots.map((slot, i) =>
      slot === null ? cast(elements[next++]!, types[i]!) : constantOf(slot, types[i]!, rule.name),
    );
    return rule.value(args, params.more);
  };
  return {
    name: rule.name,
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
          args.map((fields) => fields![0]!),
          metas,
          params,
        ),
      ],
    },
  };
}

/** Applies an elementwise operation to arrays and values. */
export function applyElementwise<A extends Handle>(
  op: Op<ElementwiseParams>,
  args: readonly unknown[],
  more: unknown = null,
): A {
  const first = handleAmong<A>(args, op.name);
  const slots = args.map((arg): Slot => {
    if (isHandle(arg)) return null;
    if (["number", "bigint", "boolean"].includes(typeof arg) || isComplexNumber(arg)) return arg as Element;
    const given = arg === undefined ? "undefined" : (JSON.stringify(arg) ?? String(arg));
    throw new ArgumentError(
      `${op.name}: cannot take ${given.slice(0, 60)}; right are a chunked array, a number, a bigint, a boolean or { re, im }`,
    );
  });
  const inputs = args.filter(isHandle).map((handle) => handle.expr);
  return first.wrap(makeExpr(op, inputs, { slots, more }));
}

/** The common dtype of all arguments: arrays by promotion, then values where the arrays leave it open. */
export function commonType(args: readonly (DType | { readonly value: Element })[]): DType {
  let common: DType | null = null;
  for (const arg of args) if (typeof arg === "string") common = common === null ? arg : promote(common, arg);
  for (const arg of args) {
    if (typeof arg === "string") continue;
    common = common === null ? dtypeOfValue(arg.value) : promoteWithValue(common, arg.value);
  }
  return common ?? "float64";
}

/** The options of {@link unary} and {@link binary}. */
export interface ElementwiseOptions {
  /** The kinds of dtype that it takes. */
  readonly kinds: readonly Kind[];
  /** The dtype in which it is computed, from the common dtype of the arguments; default: that dtype. */
  readonly computes?: (dtype: DType) => DType;
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

function commonRule(
  name: string,
  options: ElementwiseOptions,
  value: (args: readonly Scalar[]) => Scalar,
): ElementwiseRule {
  const { kinds, computes = (dtype) => dtype } = options;
  return {
    name,
    types(args) {
      const common = commonType(args);
      if (!kinds.includes(factsOf(common).kind)) refuseDType(name, common, `dtypes of kind ${kinds.join(", ")}`);
      return args.map(() => computes(common));
    },
    value,
  };
}

/** A function of one array. */
export interface Unary extends Defined {
  <A extends Handle>(x: A): A;
}

/** A function of two arrays, or of an array and a value. */
export interface Binary extends Defined {
  <A extends Handle>(x: Element, y: A): A;
  <A extends Handle>(x: A, y: Operand<A>): A;
}

/** Defines an elementwise function of one array by a scalar expression. */
export function unary(name: string, options: ElementwiseOptions, value: (x: Scalar) => Scalar): Unary {
  const op = elementwiseOp(commonRule(name, options, ([x]) => value(x!)));
  return Object.assign(<A extends Handle>(x: A): A => applyElementwise<A>(op, [x]), {
    definition: definitionOf(name, 1, options),
  });
}

/** Defines an elementwise function of two arrays by a scalar expression. */
export function binary(name: string, options: ElementwiseOptions, value: (x: Scalar, y: Scalar) => Scalar): Binary {
  const op = elementwiseOp(commonRule(name, options, ([x, y]) => value(x!, y!)));
  const apply = <A extends Handle>(x: unknown, y: unknown): A => applyElementwise<A>(op, [x, y]);
  return Object.assign(apply, { definition: definitionOf(name, 2, options) }) as Binary;
}
