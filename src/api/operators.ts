/** JavaScript's operators on arrays: they cannot be defined, so they say what to write instead. */
import { ArgumentError } from "../data/errors.js";

/** The text of an array, where JavaScript asks for text; for an operator an error with advice. */
export function textOrAdvice(array: { toString(): string }, hint: string, advice: string): string {
  if (hint === "string") return array.toString();
  throw new ArgumentError(
    `operators such as + and < do not work on arrays in JavaScript; use methods such as ${advice}, ` +
      "item() for the only element of an NDArray, or String() for text",
  );
}
