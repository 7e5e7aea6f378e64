/** The kinds of dtypes that operations take, and the error for all others. */
import { type DType, factsOf, type Kind } from "../data/dtype.js";
import { DTypeError } from "../data/errors.js";

/** All kinds of dtypes. */
export const allKinds: readonly Kind[] = ["bool", "int", "uint", "float", "complex"];
/** The kinds that are numbers. */
export const numberKinds: readonly Kind[] = ["int", "uint", "float", "complex"];
/** The kinds that have an order. */
export const realKinds: readonly Kind[] = ["bool", "int", "uint", "float"];
/** The kinds that have bits of their own. */
export const wholeKinds: readonly Kind[] = ["bool", "int", "uint"];

/** A test for dtypes of these kinds. */
export const accepts =
  (kinds: readonly Kind[]) =>
  (dtype: DType): boolean =>
    kinds.includes(factsOf(dtype).kind);

/** Throws the error for a dtype that an operation does not take. */
export function refuseDType(operation: string, dtype: DType, expected: string): never {
  throw new DTypeError(`${operation}: not defined for ${dtype}; expected ${expected}`);
}

/** Refuses dtypes of other kinds than these. */
export function mustBe(kinds: readonly Kind[], dtype: DType, operation: string): void {
  if (!kinds.includes(factsOf(dtype).kind)) refuseDType(operation, dtype, `dtypes of kind ${kinds.join(", ")}`);
}
