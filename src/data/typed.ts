/** What TypeScript knows of an array by its dtype. A dtype that is not known is the union of all, {@link DType}. */
import type { Complex, DType, Element } from "./dtype.js";

/** The typed array of each dtype. */
interface TypedArrays {
  readonly bool: Uint8Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly complex64: Float32Array;
  readonly complex128: Float64Array;
}

/** The typed array that holds the elements of a dtype. */
export type TypedArrayOf<D extends DType> = TypedArrays[D];

type RealFloat = "float32" | "float64";
type ComplexFloat = "complex64" | "complex128";
type Unsigned = "uint8" | "uint16" | "uint32" | "uint64";

/** An element of a dtype as a JavaScript value. */
export type ElementOf<D extends DType> = D extends "bool"
  ? boolean
  : D extends "int64" | "uint64"
    ? bigint
    : D extends ComplexFloat
      ? Complex
      : number;

/** The dtype of a lone JavaScript value. */
export type DTypeOfValue<V> = [V] extends [never]
  ? "float64"
  : V extends boolean
    ? "bool"
    : V extends bigint
      ? "int64"
      : V extends number
        ? "float64"
        : V extends Complex
          ? "complex128"
          : DType;

type Single<D extends DType> = [DType] extends [D] ? DType : D;

/** The elements of nested lists, of up to eight axes. */
type LeafOf<T, Depth extends readonly unknown[] = []> = T extends readonly (infer Entry)[]
  ? Depth["length"] extends 8
    ? Element
    : LeafOf<Entry, readonly [...Depth, unknown]>
  : T;

type LeafDType<V> = [V] extends [number] | [bigint] | [boolean] | [Complex] ? DTypeOfValue<V> : DType;

/** The dtype of what a typed array holds, by the name of its class. */
interface NamedTypedArrays {
  readonly Int8Array: "int8";
  readonly Int16Array: "int16";
  readonly Int32Array: "int32";
  readonly BigInt64Array: "int64";
  readonly Uint8Array: "uint8";
  readonly Uint8ClampedArray: "uint8";
  readonly Uint16Array: "uint16";
  readonly Uint32Array: "uint32";
  readonly BigUint64Array: "uint64";
  readonly Float32Array: "float32";
  readonly Float64Array: "float64";
}

/** The dtype of what an array is made of: something with a dtype, a typed array, or nested lists. */
export type DTypeOfData<T> = T extends { readonly dtype: infer D extends DType }
  ? D
  : T extends { readonly [Symbol.toStringTag]: infer Name extends keyof NamedTypedArrays }
    ? NamedTypedArrays[Name]
    : T extends ArrayBufferView
      ? DType
      : Single<LeafDType<LeafOf<T>>>;

/** The dtype in which a real function is computed. */
export type FloatingOf<D extends DType> = D extends RealFloat | ComplexFloat ? D : "float64";

/** The dtype of real parts and absolute values. */
export type RealOf<D extends DType> = D extends "complex64" ? "float32" : D extends "complex128" ? "float64" : D;

/** The dtype of sums and products. */
export type SumOf<D extends DType> = D extends RealFloat | ComplexFloat ? D : D extends Unsigned ? "uint64" : "int64";

/** The dtype of a complex function. */
export type ComplexOf<D extends DType> = D extends "float32" | "complex64" ? "complex64" : "complex128";

/** The JavaScript values with which an array keeps its dtype. */
export type ValueKeeping<D extends DType> = D extends RealFloat
  ? number | bigint | boolean
  : D extends ComplexFloat
    ? Element
    : D extends "bool"
      ? boolean
      : bigint | boolean;

/** How the dtype of a result follows from that of the first array, by the name of a rule. */
export interface ResultRules<D extends DType> {
  readonly same: D;
  readonly bool: "bool";
  readonly int64: "int64";
  readonly floating: FloatingOf<D>;
  readonly real: RealOf<D>;
  readonly realFloating: RealOf<FloatingOf<D>>;
  readonly complex: ComplexOf<D>;
  readonly sum: SumOf<D>;
  readonly unknown: DType;
}

/** The name of a rule. */
export type ResultRule = keyof ResultRules<DType>;

/** The dtype of a result by a rule. */
export type ResultOf<D extends DType, Rule> = Rule extends ResultRule ? ResultRules<D>[Rule] : DType;

/** The dtype of a result of operands that may differ in dtype. */
export type MixedResultOf<Rule> = Rule extends "bool" | "int64" ? Rule : DType;
