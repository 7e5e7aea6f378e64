/** Choosing and converting, element by element: where, clip, astype. */
import { type DType, factsOf, toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { binary, cast, select } from "../program/scalar.js";
import type { Defined, Definition } from "./definition.js";
import { refuseDType } from "./dtypes.js";
import { applyElementwise, commonType, elementwiseOp } from "./elementwise.js";
import type { Handle, Operand } from "./handle.js";

const anything = {
  family: "elementwise",
  arity: 1,
  accepts: () => true,
  ulps: 0,
  domain: [-5, 5],
  examples: [],
} as const;

const whereOp = elementwiseOp({
  name: "where",
  types([condition, ...sides]) {
    const common = commonType(sides);
    return [typeof condition === "string" ? condition : "bool", common, common];
  },
  value: ([condition, a, b]) => select(cast(condition!, "bool"), a!, b!),
});

/** The type of {@link where}. */
export interface Where extends Defined {
  <A extends Handle>(condition: A, x: Operand<Handle>, y: Operand<Handle>): A;
}

/**
 * Elements of `x` where the condition is not zero, of `y` elsewhere; all three broadcast.
 * @example x.greater(0).where(x, 0)
 */
export const where: Where = Object.assign(
  <A extends Handle>(condition: A, x: Operand<Handle>, y: Operand<Handle>): A =>
    applyElementwise<A>(whereOp, [condition, x, y]),
  {
    definition: {
      ...anything,
      name: "where",
      arity: 3,
      numpy: "np.where(x, y, z)",
      examples: [
        { shapes: [[3, 4], [4]], args: [{ array: 1 }, 0], numpy: "np.where(x, y, 0)" },
        { shapes: [[3, 4]], args: [1.5, 0], numpy: "np.where(x, 1.5, 0.0)" },
      ],
    } satisfies Definition,
  },
);

const clippable = (dtype: DType): boolean => ["int", "uint", "float"].includes(factsOf(dtype).kind);

function clipTypes(args: Parameters<typeof commonType>[0]): DType[] {
  const common = commonType(args);
  if (!clippable(common)) refuseDType("clip", common, "dtypes of kind int, uint, float");
  return args.map(() => common);
}

const clipOp = elementwiseOp({
  name: "clip",
  types: clipTypes,
  value([x, low, high]) {
    const raised = binary("max", x!, low!);
    return binary("min", raised, high!);
  },
});

/** The type of {@link clip}. */
export interface Clip extends Defined {
  <A extends Handle>(x: A, low: Operand<Handle> | null, high: Operand<Handle> | null): A;
}

const oneSided = (op: "min" | "max"): ReturnType<typeof elementwiseOp> =>
  elementwiseOp({ name: "clip", types: clipTypes, value: ([x, bound]) => binary(op, x!, bound!) });

const bounds = { min: oneSided("max"), max: oneSided("min") };

/**
 * Elements brought between two bounds, which broadcast; null leaves a side open. NaN stays.
 * @example x.clip(0, 255)
 */
export const clip: Clip = Object.assign(
  <A extends Handle>(x: A, low: Operand<Handle> | null, high: Operand<Handle> | null): A => {
    if (low === null && high === null) throw new ArgumentError("clip: both bounds are null; give at least one");
    if (high === null) return applyElementwise<A>(bounds.min, [x, low]);
    return low === null ? applyElementwise<A>(bounds.max, [x, high]) : applyElementwise<A>(clipOp, [x, low, high]);
  },
  {
    definition: {
      ...anything,
      name: "clip",
      arity: 3,
      accepts: clippable,
      numpy: "np.clip(x, y, z)",
      examples: [
        { shapes: [[3, 4]], args: [-1, 2.5], numpy: "np.clip(x, -1, 2.5)" },
        { shapes: [[3, 4]], args: [null, 1], numpy: "np.clip(x, None, 1)" },
        { shapes: [[3, 4], [4]], args: [{ array: 1 }, null], numpy: "np.clip(x, y, None)" },
      ],
    } satisfies Definition,
  },
);

const astypeOp = elementwiseOp({
  name: "astype",
  types: ([x]) => [x as DType],
  value: ([x], dtype) => cast(x!, dtype as DType),
});

/** The type of {@link astype}. */
export interface AsType extends Defined {
  <A extends Handle>(x: A, dtype: DType): A;
}

/**
 * The same numbers in another dtype: fractions are cut off towards zero, whole numbers wrap around, complex numbers lose
 * their imaginary part.
 * @example x.astype("float32")
 */
export const astype: AsType = Object.assign(
  <A extends Handle>(x: A, dtype: DType): A => applyElementwise<A>(astypeOp, [x], toDType(dtype, "astype")),
  {
    definition: {
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
    } satisfies Definition,
  },
);
