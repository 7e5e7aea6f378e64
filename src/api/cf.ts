/**
 * The CF conventions for elements, as xarray decodes them: attributes say how stored numbers become the numbers that
 * are meant. All of it is elementwise arithmetic on the stored array, so it is fused with what follows.
 *
 *     stored ─ _Unsigned ─▶ integers ─ _FillValue, missing_value: NaN ─▶ floats ─ × scale_factor ─ + add_offset ─▶
 */
import { type DType, factsOf, promote } from "../data/dtype.js";
import { FormatError } from "../data/errors.js";
import { isList } from "../data/lists.js";
import type { Variable } from "../formats/variable.js";
import type { Handle } from "../ops/handle.js";
import { add, astype, equal, logicalOr, multiply, where } from "../ops/index.js";

/** The attributes that decoding uses up: they say nothing of the decoded array. */
const used = ["_Unsigned", "_FillValue", "missing_value", "scale_factor", "add_offset"] as const;

/** A number of an attribute, and its dtype. */
interface Typed {
  readonly value: number;
  readonly dtype: DType;
}

/**
 * Decodes a variable.
 *
 * @param path the path that messages name
 * @throws FormatError if a scale or an offset is not a number
 */
export function decodeCf<A extends Handle>(stored: A, variable: Variable, path: string): A {
  const { kind } = factsOf(stored.expr.meta.dtype);
  if (kind === "bool" || kind === "complex") return stored;
  const numbers = signed(stored, variable.attributes._Unsigned);
  const { dtype } = numbers.expr.meta;
  const { values, isMarked } = missingOf(variable, dtype);
  const factor = (name: (typeof used)[number]): Typed | undefined => factorOf(variable, name, path);
  const [scale, offset] = [factor("scale_factor"), factor("add_offset")];
  const isPacked = scale !== undefined || offset !== undefined;
  if (values.length === 0 && !isPacked) return numbers;
  const packed = isPacked ? dtypeOfPacked(dtype, scale, offset) : dtypeWithNaN(dtype);
  // xarray: floats that are marked by NaN only keep their dtype
  const target = values.length === 0 && isMarked ? dtype : packed;
  const [first, ...others] = values.map((value) => equal<A>(numbers, value));
  const floats = astype(numbers, target);
  const masked =
    first === undefined
      ? floats
      : where<A>(
          others.reduce((a, b) => logicalOr<A>(a, b), first),
          Number.NaN,
          floats,
        );
  const scaled = scale === undefined ? masked : inPlace(masked, scale, (x, value) => multiply<A>(x, value));
  return offset === undefined ? scaled : inPlace(scaled, offset, (x, value) => add<A>(x, value));
}

/** The attributes of a variable once it is decoded. */
export function decodedVariable({ attributes, ...rest }: Variable): Variable {
  const kept = Object.entries(attributes).filter(([name]) => !used.some((other) => other === name));
  return { ...rest, attributes: Object.fromEntries(kept) };
}

/** Integers as the sign that `_Unsigned` gives them; formats without unsigned integers need it. */
function signed<A extends Handle>(x: A, unsigned: unknown): A {
  const { kind, bytes } = factsOf(x.expr.meta.dtype);
  if (kind === "int" && unsigned === "true") return astype(x, `uint${8 * bytes}` as DType);
  if (kind === "uint" && unsigned === "false") return astype(x, `int${8 * bytes}` as DType);
  return x;
}

/** The elements that stand for missing ones: those that the dtype can hold and that are not NaN already. */
function missingOf(
  { attributes }: Variable,
  dtype: DType,
): { readonly values: readonly (number | bigint)[]; readonly isMarked: boolean } {
  const { kind, bytes, big } = factsOf(dtype);
  const isFloat = kind === "float";
  const given = [attributes.missing_value, attributes._FillValue]
    .flatMap((value) => (isList(value) ? value.flat(Number.POSITIVE_INFINITY) : [value]))
    .filter((value): value is number | bigint => typeof value === "number" || typeof value === "bigint");
  const values = given.flatMap((value): (number | bigint)[] => {
    if (isFloat) return Number.isNaN(Number(value)) ? [] : [Number(value)];
    if (typeof value === "number" && !Number.isInteger(value)) return [];
    // the attribute has the sign of what is stored: -1 and 255 are the same byte
    const whole = BigInt(value);
    const wrapped = kind === "int" ? BigInt.asIntN(8 * bytes, whole) : BigInt.asUintN(8 * bytes, whole);
    const fits = whole >= -(1n << BigInt(8 * bytes - 1)) && whole < 1n << BigInt(8 * bytes);
    return fits ? [big ? wrapped : Number(wrapped)] : [];
  });
  return { values: [...new Set(values)], isMarked: isFloat && given.length > 0 };
}

function factorOf({ attributes, types = {} }: Variable, name: string, path: string): Typed | undefined {
  const found = attributes[name];
  const [value, ...others] = isList(found) ? found : [found];
  if (found === undefined) return undefined;
  if ((typeof value === "number" || typeof value === "bigint") && others.length === 0) {
    return { value: Number(value), dtype: types[name] ?? "float64" };
  }
  throw new FormatError(`${path}: to decode by the attribute ${name}, it must be one number`, { path });
}

/** The dtype of elements with NaN among them. */
function dtypeWithNaN(dtype: DType): DType {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "float") return dtype;
  return bytes <= 2 ? "float32" : "float64";
}

/** The dtype of packed elements, by the dtypes of scale and offset. */
function dtypeOfPacked(dtype: DType, scale: Typed | undefined, offset: Typed | undefined): DType {
  const { kind, bytes } = factsOf(dtype);
  const factor = scale !== undefined && factsOf(scale.dtype).kind === "float" ? scale.dtype : "float64";
  if (offset === undefined) return factor;
  const agree = scale?.dtype === offset.dtype && factor === scale.dtype;
  return agree && !(kind !== "float" && bytes === 4) ? factor : "float64";
}

/** A step in the dtype of both operands, whose result has the array's: what `x *= value` is in NumPy. */
function inPlace<A extends Handle>(x: A, { value, dtype }: Typed, step: (x: A, value: number) => A): A {
  const own = x.expr.meta.dtype;
  const both = promote(own, dtype);
  return both === own ? step(x, value) : astype(step(astype(x, both), value), own);
}
