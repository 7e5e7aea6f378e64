/** Choosing and converting, element by element: where, clip, astype. */
import { type DType, dtypeOfValue, factsOf, type Kind, promote, toDType } from "../data/dtype.js";
import { ArgumentError, DTypeError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { ValueKeeping } from "../data/typed.js";
import { binary, cast, type Scalar, select } from "../program/scalar.js";
import type { Defined } from "./definition.js";
import { accepts, mustBe } from "./dtypes.js";
import { type Argument, commonType, elementwise } from "./elementwise.js";
import type { Handle, Operand } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { defined } from "./parameters.js";
import type { AnyOperand, MadeArray, SameOperand, TypedHandle, WithDType } from "./typed-handle.js";

const anything = {
  family: "elementwise",
  arity: 1,
  accepts: () => true,
  ulps: 0,
  domain: [-5, 5],
  examples: [],
} as const;

const choose = elementwise<readonly [Scalar, Scalar, Scalar], null>({
  name: "where",
  types([condition, ...sides]) {
    const common = commonType(sides);
    return [typeof condition === "string" ? condition : "bool", common, common];
  },
  value: ([condition, a, b]) => select(cast(condition, "bool"), a, b),
});

/** The type of {@link where}. */
export interface Where extends Defined<"unknown", "where"> {
  <A extends TypedHandle, D extends DType>(
    condition: A,
    x: TypedHandle<D>,
    y: TypedHandle<D> | ValueKeeping<D>,
  ): WithDType<A, D>;
  <A extends TypedHandle, D extends DType>(condition: A, x: ValueKeeping<D>, y: TypedHandle<D>): WithDType<A, D>;
  <A extends TypedHandle>(condition: A, x: AnyOperand, y: AnyOperand): WithDType<A, DType>;
  (condition: ArrayInput, x: Operand<Handle>, y: Operand<Handle>): MadeArray;
  <A extends Handle>(condition: A | ArrayInput, x: Operand<Handle>, y: Operand<Handle>): A;
}

/**
 * Elements of `x` where the condition is not zero, of `y` elsewhere; all three broadcast. Of two values, whole numbers
 * give int64.
 * @example x.greater(0).where(x, 0)
 */
export const where: Where = defined(
  { condition: "operand", x: "operand", y: "operand" },
  <A extends Handle>(condition: A, x: Operand<Handle>, y: Operand<Handle>): A => choose<A>([condition, x, y], null),
  {
    ...anything,
    name: "where",
    arity: 3,
    numpy: "np.where(x, y, z)",
    examples: [
      { shapes: [[3, 4], [4]], args: [{ array: 1 }, 0], numpy: "np.where(x, y, 0)" },
      { shapes: [[3, 4]], args: [1.5, 0], numpy: "np.where(x, 1.5, 0.0)" },
    ],
  },
);

const clippedKinds: readonly Kind[] = ["int", "uint", "float"];

function clipType(args: readonly Argument[]): DType {
  const common = commonType(args);
  mustBe(clippedKinds, common, "clip");
  return common;
}

const clipBoth = elementwise<readonly [Scalar, Scalar, Scalar], null>({
  name: "clip",
  types(args) {
    const dtype = clipType(args);
    return [dtype, dtype, dtype];
  },
  value: ([x, low, high]) => binary("min", binary("max", x, low), high),
});

/** The type of {@link clip}. */
export interface Clip extends Defined<"unknown", "clip"> {
  <A extends TypedHandle>(x: A, low?: SameOperand<A> | null, high?: SameOperand<A> | null): A;
  <A extends TypedHandle>(x: A, low?: AnyOperand | null, high?: AnyOperand | null): WithDType<A, DType>;
  (x: ArrayInput, low?: Operand<Handle> | null, high?: Operand<Handle> | null): MadeArray;
  <A extends Handle>(x: A | ArrayInput, low?: Operand<Handle> | null, high?: Operand<Handle> | null): A;
}

const clipOneSide = (op: "min" | "max") =>
  elementwise<readonly [Scalar, Scalar], null>({
    name: "clip",
    types(args) {
      const dtype = clipType(args);
      return [dtype, dtype];
    },
    value: ([x, bound]) => binary(op, x, bound),
  });

const [clipLow, clipHigh] = [clipOneSide("max"), clipOneSide("min")];

/**
 * Elements limited to a range between two bounds, which broadcast; null, or nothing, leaves a side open. NaN is kept.
 * @example x.clip(0, 255)
 */
export const clip: Clip = defined(
  { x: "array", low: "operand", high: "operand" },
  <A extends Handle>(x: A, low: Operand<Handle> | null = null, high: Operand<Handle> | null = null): A => {
    if (low === null && high === null) {
      mustBe(clippedKinds, x.expr.meta.dtype, "clip");
      return x;
    }
    if (high === null) return clipLow<A>([x, low], null);
    return low === null ? clipHigh<A>([x, high], null) : clipBoth<A>([x, low, high], null);
  },
  {
    ...anything,
    name: "clip",
    arity: 3,
    accepts: accepts(clippedKinds),
    numpy: "np.clip(x, y, z)",
    examples: [
      { shapes: [[3, 4]], args: [-1, 2.5], numpy: "np.clip(x, -1, 2.5)" },
      { shapes: [[3, 4]], args: [null, 1], numpy: "np.clip(x, None, 1)" },
      { shapes: [[3, 4], [4]], args: [{ array: 1 }, null], numpy: "np.clip(x, y, None)" },
    ],
  },
);

const convert = elementwise<readonly [Scalar], DType>({
  name: "astype",
  types: ([x]) => [typeof x === "string" ? x : dtypeOfValue(x.value)],
  value: ([x], dtype) => cast(x, dtype),
});

/** The type of {@link astype}. */
export interface AsType extends Defined<"unknown", "astype"> {
  <A extends TypedHandle, D extends DType>(x: A, dtype: D, options?: AsTypeOptions): WithDType<A, D>;
  (x: ArrayInput, dtype: DType, options?: AsTypeOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, dtype: DType, options?: AsTypeOptions): A;
}

/** The options of {@link astype}. */
export interface AsTypeOptions {
  /**
   * What may be lost: `"unsafe"` (default) anything, `"same_kind"` digits and range (of integers and floats, but not
   * a sign, a fraction or an imaginary part), `"safe"` nothing, by the dtypes alone. NumPy's words.
   */
  readonly casting?: "unsafe" | "same_kind" | "safe";
}

const castings = ["unsafe", "same_kind", "safe"] as const;

/** Refuses a conversion that may lose what a casting keeps. */
function checkCasting(from: DType, to: DType, options: AsTypeOptions): void {
  checkOptions(options, ["casting"], "astype");
  const { casting = "unsafe" } = options;
  if (!castings.includes(casting))
    throw new ArgumentError(`astype: casting must be ${castings.map(shown).join(", ")}; got ${shown(casting)}`);
  const ranks: readonly Kind[] = ["bool", "uint", "int", "float", "complex"];
  const rank = (dtype: DType): number => ranks.indexOf(factsOf(dtype).kind);
  const allowed = casting === "same_kind" ? rank(from) <= rank(to) : promote(from, to) === to;
  if (casting !== "unsafe" && !allowed)
    throw new DTypeError(
      `astype: ${from} to ${to} is not ${casting}; expected a casting of "unsafe", or a wider dtype`,
    );
}

/**
 * The same elements in another dtype. Integers wrap around, and complex numbers lose their imaginary part. From a float
 * to an integer a number is rounded towards zero; NaN becomes 0, and a number out of range the nearest end of it, on
 * every machine. With a `casting` of `"same_kind"` or `"safe"`, what may lose more than that is a DTypeError.
 * @example x.astype("float32")
 */
export const astype: AsType = defined(
  { x: "array", dtype: "value", options: "value" },
  <A extends Handle>(x: A, dtype: DType, options: AsTypeOptions = {}): A => {
    const to = toDType(dtype, "astype");
    checkCasting(x.expr.meta.dtype, to, options);
    return convert<A>([x], to);
  },
  {
    ...anything,
    name: "astype",
    numpy: "x.astype(np.float32)",
    arity: 0, // tested by its examples: it needs a dtype
    examples: [
      { shapes: [[3, 4]], args: ["int32"], numpy: "x.astype(np.int32)" },
      { shapes: [[3, 4]], args: ["float64"], numpy: "x.astype(np.float64)", dtype: "int64" },
      { shapes: [[3, 4]], args: ["bool"], numpy: "x.astype(bool)" },
      { shapes: [[3, 4]], args: ["complex64"], numpy: "x.astype(np.complex64)", dtype: "float32" },
      { shapes: [[3, 4]], args: ["uint8"], numpy: "x.astype(np.uint8)", dtype: "int32" },
    ],
  },
);
