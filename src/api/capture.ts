/**
 * Functions on their way to a worker. They travel as source, so they may use nothing from outside themselves but globals;
 * what they capture is found by parsing them, before anything runs, and named in the error.
 */
import { type Node, parse } from "acorn";
import { analyze } from "periscopic";
import { ArgumentError, CaptureError } from "../data/errors.js";
import type { UserFunction } from "../graph/task.js";

/** A function that captures nothing, or the name of a function that a module exports. */
export type Shippable = ((...args: never[]) => unknown) | { readonly module: string; readonly name: string };

/** Sources of the forms that a function's text can have: a function or arrow, or a method. */
function parseFunction(text: string, operation: string): { source: string; tree: Node } {
  const forms = [`(${text})`, `({ ${text} })[${JSON.stringify(/^(?:async\s+)?\*?\s*([\w$]+)/.exec(text)?.[1] ?? "")}]`];
  for (const source of forms) {
    try {
      return { source, tree: parse(source, { ecmaVersion: "latest", sourceType: "script" }) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw new ArgumentError(
    `${operation}: the function's source cannot be sent to a worker (is it native or bound?); give { module, name } instead`,
  );
}

/** A function as plain data; throws a CaptureError that names what it captures. */
export function shipFunction(f: unknown, operation: string): UserFunction {
  if (typeof f === "object" && f !== null) {
    const { module, name } = f as { module?: unknown; name?: unknown };
    if (typeof module === "string" && typeof name === "string") return { kind: "module", module, name };
  }
  if (typeof f !== "function") {
    throw new ArgumentError(
      `${operation}: takes a function or { module, name }, not ${JSON.stringify(f) ?? String(f)}`,
    );
  }
  const { source, tree } = parseFunction(Function.prototype.toString.call(f), operation);
  const { globals } = analyze(tree as Parameters<typeof analyze>[0]);
  const captured = [...globals.keys()].filter(
    (name) => !(name in globalThis) && name !== "arguments" && name !== "undefined",
  );
  if (captured.length > 0) {
    const names = captured.join(", ");
    throw new CaptureError(
      `${operation}: the function uses ${names} from outside itself, which a worker does not have; ` +
        "write the values into the function, or put it into a module and give { module, name }",
      captured,
    );
  }
  return { kind: "source", source };
}
