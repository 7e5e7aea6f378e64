/** How many arguments functions take: one too many is refused by name, and never dropped. */
import { types } from "node:util";
import { ArgumentError } from "./errors.js";
import { shown } from "./shown.js";

/** The error for an argument that a function has no parameter for. */
export function surplus(operation: string, names: readonly string[], value: unknown, position: number): ArgumentError {
  const expected = `${operation}(${names.join(", ")})`;
  return new ArgumentError(
    `${operation}: cannot take ${shown(value)} as argument ${position + 1}; expected ${expected}`,
  );
}

/** Refuses arguments beyond the named parameters of a function; undefined is as good as no argument. */
export function refuseRest(operation: string, names: readonly string[], rest: readonly unknown[]): void {
  const extra = rest.findIndex((value) => value !== undefined);
  if (extra >= 0) throw surplus(operation, names, rest[extra], names.length + extra);
}

/**
 * A function that takes parameters of these names, in this order, and no others; undefined is as good as no argument.
 * An asynchronous function rejects, any other throws.
 */
export function takesOnly<F extends (...args: never[]) => unknown>(
  operation: string,
  names: readonly string[],
  f: F,
): F {
  const call: (...args: never[]) => unknown = f;
  const isAsync = types.isAsyncFunction(f);
  function checked(this: unknown, ...args: unknown[]): unknown {
    try {
      refuseRest(operation, names, args.slice(names.length));
    } catch (error) {
      if (isAsync) return Promise.reject(error);
      throw error;
    }
    return call.apply(this, args as never[]);
  }
  Object.defineProperty(checked, "name", { value: f.name, configurable: true });
  return checked as (...args: never[]) => unknown as F; // it only adds the check
}

/** Lets methods of a class take parameters of these names and no others. */
export function takeOnly<P extends object>(
  prototype: P,
  parameters: Readonly<Partial<Record<keyof P & string, readonly string[]>>>,
): void {
  for (const [name, names] of Object.entries<readonly string[] | undefined>(parameters)) {
    const method: unknown = Reflect.get(prototype, name);
    if (typeof method !== "function" || names === undefined) continue;
    const value = takesOnly(name, names, method as (...args: never[]) => unknown);
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
}
