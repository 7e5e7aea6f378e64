/** The keys of stores: parts separated by `/`. None can name anything outside of its store. */
import { ArgumentError } from "../../data/errors.js";

/**
 * Checks a key.
 *
 * @throws ArgumentError when a part of it is empty, `.` or `..`, or holds a character that some store cannot name
 */
export function checkKey(key: string, action: string): void {
  const bad = key.split("/").some((part) => part === "" || part === "." || part === "..");
  if (!bad && !/[\0\\]/.test(key)) return;
  const right = "parts separated by /, none of them empty, . or .., without null characters and backslashes";
  throw new ArgumentError(`cannot ${action} the key ${JSON.stringify(key)}: right are ${right}`);
}

/** A key below a prefix; `""` is the root. */
export function below(prefix: string, key: string): string {
  if (prefix === "") return key;
  return key === "" ? prefix : `${prefix}/${key}`;
}
