/**
 * The options and paths that users pass, checked by name before anything happens. The values of options are checked by
 * the code that uses them.
 */
import { ArgumentError } from "./errors.js";
import { shown } from "./shown.js";

/** Checks the names in an options object; undefined counts as no options. */
export function checkOptions(options: unknown, known: readonly string[], operation: string): void {
  if (options === undefined) return;
  // lists and maps are objects too, but hold no options
  if (typeof options !== "object" || options === null || Symbol.iterator in options) {
    throw new ArgumentError(`${operation}: options are an object such as { ${known[0] ?? ""} }, not ${shown(options)}`);
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new ArgumentError(`${operation}: unknown option ${shown(unknown)}; expected ${known.join(", ")}`);
}

/** The beginning of an address, such as `s3://` or `simplecache::https://`. A single letter is a drive of Windows. */
const scheme = /^([a-z][\w+.-]*::)*[a-z][a-z\d+.-]+:\/\//i;

/** Checks the path of a local file or folder. */
export function checkPath(path: unknown, operation: string): string {
  const text = path instanceof URL ? path.href : path;
  const [address] = typeof text === "string" ? (scheme.exec(text) ?? []) : [];
  if (address !== undefined) {
    const advice =
      address.toLowerCase() === "file://"
        ? "fileURLToPath() of node:url makes a path of it"
        : `${address} and other addresses are not read or written yet; copy the data to a local disk`;
    throw new ArgumentError(`${operation}: takes the path of a local file or folder, not ${shown(text)}; ${advice}`);
  }
  if (typeof path === "string" && path !== "") return path;
  throw new ArgumentError(`${operation}: takes a path, not ${shown(path)}`);
}
