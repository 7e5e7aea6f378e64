/**
 * The options and paths that users pass, checked by name before anything happens. The values of options are checked by
 * the code that uses them.
 */
import { ArgumentError } from "./errors.js";

/** Checks the names in an options object; undefined counts as no options. */
export function checkOptions(options: unknown, known: readonly string[], operation: string): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ArgumentError(
      `${operation}: options are an object such as { ${known[0] ?? ""} }, not ${JSON.stringify(options)}`,
    );
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new ArgumentError(`${operation}: unknown option ${JSON.stringify(unknown)}; expected ${known.join(", ")}`);
}

/** Checks a path. */
export function checkPath(path: unknown, operation: string): string {
  if (typeof path === "string" && path !== "") return path;
  throw new ArgumentError(`${operation}: takes a path, not ${JSON.stringify(path)}`);
}
