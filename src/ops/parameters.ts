/**
 * What functions take. A function of users' words names its parameters here, in their order, and every call is checked
 * before the function sees it: an argument that it has no parameter for is refused by name, and whatever can stand for
 * an array becomes one.
 */
import { surplus } from "../data/arguments.js";
import { isElement } from "../data/dtype.js";
import { ArgumentError, ChunkwiseError } from "../data/errors.js";
import { isList } from "../data/lists.js";
import { shown } from "../data/shown.js";
import { asOneCall } from "../expr/call-trace.js";
import type { Defined, Definition } from "./definition.js";
import { type Handle, handleOf, isHandle } from "./handle.js";
import { type ArrayInput, arrayData, isArrayInput, literalExpr } from "./literal.js";

/**
 * What a parameter takes: an array; an array or an element, which becomes an array of no axes; an operand, which is an
 * array or a value that the function checks; a list of arrays; all further arguments, each an array; a value that the
 * function checks.
 */
export type ParameterKind = "array" | "number or array" | "operand" | "arrays" | "rest" | "value";

/** The parameters of a function by their names, in their order. */
export type ParameterKinds = Readonly<Record<string, ParameterKind>>;

type AnyFunction = (...args: never[]) => unknown;

/** The type of an argument when the function sees it: without what has become an array. */
type Taken<P> = [Handle] extends [P]
  ? Exclude<P, ArrayInput>
  : P extends readonly (infer E)[]
    ? [Handle] extends [E]
      ? readonly Exclude<E, ArrayInput>[]
      : P
    : P;

type TakenAll<Args extends readonly unknown[]> = { [Position in keyof Args]: Taken<Args[Position]> };

/** A function as it is written: its arguments are those of `F` after they are checked. */
type Checked<F extends AnyFunction> = (...args: TakenAll<Parameters<F>>) => ReturnType<F>;

/** The accepted array inputs, as error messages list them. */
export const arrayWords = "a chunked array, an NDArray, a typed array or nested lists";

/** Converts an array input into a chunked array. */
function arrayFrom(value: unknown, operation: string): Handle {
  return isHandle(value) ? value : handleOf(literalExpr(arrayData(value, operation), operation));
}

/** An array from anything that stands for one; values as they are. */
export function operandFrom(value: unknown, operation: string): unknown {
  return isArrayInput(value) ? arrayFrom(value, operation) : value;
}

function converted(value: unknown, name: string, kind: ParameterKind, operation: string): unknown {
  if (kind === "value") return value;
  if (kind === "arrays")
    return isList(value) ? value.map((entry, i) => converted(entry, `${name}[${i}]`, "array", operation)) : value;
  if (isHandle(value) || isArrayInput(value)) return arrayFrom(value, operation);
  if (kind === "operand") return value;
  if (kind === "number or array" && isElement(value)) return arrayFrom(value, operation);
  const given = value === undefined ? "is missing" : `cannot be ${shown(value)}`;
  throw new ArgumentError(`${operation}: ${name} ${given}; expected ${arrayWords}`);
}

type NamedKinds = readonly (readonly [name: string, kind: ParameterKind])[];

/** The arguments of a call, checked, and arrays made of what stands for them. Every call of an operation comes here. */
function checkedArguments(operation: string, kinds: NamedKinds, args: readonly unknown[]): unknown[] {
  const last = kinds.at(-1);
  const rest = last?.[1] === "rest" ? last[0] : undefined;
  const known = rest === undefined ? kinds.length : kinds.length - 1;
  for (let position = known; position < args.length && rest === undefined; position++)
    if (args[position] !== undefined)
      throw surplus(
        operation,
        kinds.map(([name]) => name),
        args[position],
        position,
      );
  const checked: unknown[] = [];
  for (const [name, kind] of kinds) {
    const position = checked.length;
    if (position === known) break;
    if (position >= args.length && kind !== "array" && kind !== "number or array") break;
    checked.push(converted(args[position], name, kind, operation));
  }
  if (rest !== undefined)
    for (let position = known; position < args.length; position++)
      checked.push(converted(args[position], rest, "array", operation));
  return checked;
}

/** The operation that an error names, for errors that have left one. */
const named = new WeakMap<ChunkwiseError, string>();

/** Names the operation that an error leaves instead of an inner one that the error names. */
function namedAs(operation: string, error: ChunkwiseError): ChunkwiseError {
  const { message, stack } = error;
  const inner = named.get(error);
  named.set(error, operation);
  if (inner === undefined || !message.startsWith(`${inner}: `)) return error;
  error.message = operation + message.slice(inner.length);
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}

/**
 * A function whose calls are checked: it takes these parameters and no others, and gets arrays where they are of that
 * kind. The types of `f` and of the result agree up to that.
 */
export function takes<F extends AnyFunction>(operation: string, parameters: ParameterKinds, f: Checked<F>): F {
  const kinds = Object.entries(parameters);
  const call = f as (...args: unknown[]) => unknown;
  const checked = (...args: unknown[]): unknown => {
    try {
      return asOneCall(() => call(...checkedArguments(operation, kinds, args)));
    } catch (error) {
      throw error instanceof ChunkwiseError ? namedAs(operation, error) : error;
    }
  };
  Object.defineProperty(checked, "name", { value: operation, configurable: true });
  // the names and kinds of the parameters are the types' second half
  return checked as AnyFunction as F;
}

/** A function whose calls are checked, with its definition. */
export function defined<F extends AnyFunction & Defined>(
  parameters: ParameterKinds,
  f: Checked<F>,
  definition: Definition,
): F {
  return Object.assign(takes<F>(definition.name, parameters, f), { definition });
}
