/**
 * Functions on their way to a worker. They travel as source, so they may use nothing from outside themselves but
 * globals. Parsing finds what they capture before anything runs, and the error names it.
 */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type AnyNode,
  type ArrowFunctionExpression,
  type Expression,
  type FunctionExpression,
  type Node,
  parse,
} from "acorn";
import { analyze } from "periscopic";
import { ArgumentError, CaptureError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import type { UserFunction } from "../program/user-function.js";

/** The name of a function that a module exports. */
export interface ModuleFunction {
  /** An absolute path, the name of a package, or a URL such as `new URL("./blocks.js", import.meta.url)`. */
  readonly module: string | URL;
  /** The name of the export. */
  readonly name: string;
}

/** A function that captures nothing, or the name of a function that a module exports. */
export type Shippable = ((...args: never[]) => unknown) | ModuleFunction;

/**
 * What tools write into functions, and what stands in for it in a worker: esbuild's `__name` (also under tsx) keeps the
 * names of functions, and Istanbul's `cov_…` counts what has run. The counts of a worker are dropped.
 */
const toolNames: readonly (readonly [name: RegExp, standIn: string])[] = [
  [/^__name$/, "(f) => f"],
  [/^cov_[0-9a-z]+$/i, "new Proxy(() => NAME, { get: () => new Proxy({}, { get: () => [], set: () => true }) })"],
];

/** The stand-ins for the names among these that tools have written. */
function standInsFor(names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const [, text] = toolNames.find(([pattern]) => pattern.test(name)) ?? [];
    if (text !== undefined) found.set(name, text.replace("NAME", name));
  }
  return found;
}

/**
 * Helpers by which TypeScript and esbuild (`__awaiter`, `tslib_1`), and Babel and SWC (`_asyncToGenerator`,
 * `_object_spread`), express syntax that their target does not have.
 */
const helpers = [
  /^__(assign|rest|awaiter|generator|async\w*|await|spread\w*|read|values|extends|makeTemplateObject|classPrivate\w+)$/,
  /^__(objRest|pow|private\w*|publicField|yieldStar|forAwait|using|callDispose|template|superGet|toCommonJS|toESM)$/,
  /^tslib(_\d+)?$/,
  /^_(async|object|to|sliced|array|class|define|call|create|instanceof|type|ts|wrap|non|unsupported)[A-Z_]\w+$/,
];
const isHelper = (name: string): boolean => helpers.some((pattern) => pattern.test(name));

function adviceFor(captured: readonly string[]): string {
  const found = captured.filter(isHelper);
  const others = found.length < captured.length ? ["write the values into the function"] : [];
  const compiled =
    `compile without ${found.join(", ")}, for the Node that runs this ` +
    '("target": "es2022" in tsconfig.json; the target of esbuild, SWC or Babel)';
  return [...(found.length > 0 ? [compiled] : []), ...others].join(", ");
}

type FunctionNode = ArrowFunctionExpression | FunctionExpression;

/**
 * The globals that a worker also has: those of the runtime, without those that a program has added since. A library
 * loaded before this one may have added helpers (tslib, and Apache Arrow by it, makes every one of its own a global).
 */
const globalNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis).filter((n) => !isHelper(n)));

/** A function as plain data; throws a CaptureError that names what it captures. */
export function shipFunction(f: Shippable, operation: string): UserFunction {
  if (typeof f === "function") return shipSource(Function.prototype.toString.call(f), operation);
  const { module: given, name }: { module?: unknown; name?: unknown } = f ?? {};
  const module = isUrl(given) ? given.href : given;
  if (typeof module !== "string" || typeof name !== "string" || module === "" || name === "") {
    throw new ArgumentError(
      `${operation}: takes a function or { module, name }, where module is an absolute path, the name of a package ` +
        `or a URL, and name that of an export; got ${shown(f)}`,
    );
  }
  return { kind: "module", module: modulePlace(module, operation), name };
}

/** True for a URL, also of another realm. */
const isUrl = (value: unknown): value is URL => Object.prototype.toString.call(value) === "[object URL]";

/** A module that a worker can import. The worker's own path is inside this library, so nothing may be relative. */
function modulePlace(module: string, operation: string): string {
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (!/^[.#]/.test(module)) return module;
  throw new ArgumentError(
    `${operation}: the module ${shown(module)} is relative, and a worker cannot resolve it; give an ` +
      `absolute path, the name of a package, or new URL(${shown(module)}, import.meta.url)`,
  );
}

function shipSource(text: string, operation: string): UserFunction {
  const { source, tree, root } = parseFunction(text, operation);
  if (root.generator) throw new ArgumentError(`${operation}: the function is a generator; return all elements at once`);
  // the same syntax tree by the types of two packages
  const { globals } = analyze(tree as Parameters<typeof analyze>[0]);
  // "new" is the analysis' word for new.target
  const free = [...globals.keys()].filter((name) => !globalNames.has(name) && !["arguments", "new"].includes(name));
  const standIns = standInsFor(free);
  const captured = [...free.filter((name) => !standIns.has(name)), ...wordsFromOutside(root)].sort();
  if (captured.length > 0) {
    throw new CaptureError(
      `${operation}: the function uses ${captured.join(", ")} from outside itself, which a worker does not have; ` +
        `${adviceFor(captured)}, or put it into a module and give { module, name }`,
      captured,
    );
  }
  if (standIns.size === 0) return { kind: "source", source };
  return {
    kind: "source",
    source,
    before: Array.from(standIns, ([name, text]) => `const ${name} = ${text};`).join(" "),
  };
}

/** Parses a function's text, which is an expression, or a method as in `{ double(block) { … } }`. */
function parseFunction(text: string, operation: string): { source: string; tree: Node; root: FunctionNode } {
  const forms = [
    { parsed: `(${text})`, source: text },
    { parsed: `({ ${text} })`, source: `Object.values({ ${text} })[0]` },
  ];
  for (const { parsed, source } of forms) {
    try {
      const tree = parse(parsed, { ecmaVersion: "latest", sourceType: "script" });
      const [statement] = tree.body;
      const root = statement?.type === "ExpressionStatement" ? functionIn(statement.expression) : undefined;
      if (root !== undefined) return { source, tree, root };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  const kind = /^class\b/.test(text)
    ? "is a class"
    : "has no source that a worker understands (is it native or bound, or does it use import.meta?)";
  throw new ArgumentError(`${operation}: the function ${kind}; write a plain function, or give { module, name }`);
}

function functionIn(expression: Expression): FunctionNode | undefined {
  if (expression.type === "ArrowFunctionExpression" || expression.type === "FunctionExpression") return expression;
  const [property] = expression.type === "ObjectExpression" ? expression.properties : [];
  const isMethod = property?.type === "Property" && property.method && !property.computed;
  return isMethod ? functionIn(property.value) : undefined;
}

/** True for a node among the fields of another. */
const isNode = (value: unknown): value is AnyNode =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/**
 * `this`, `super` and `arguments` where they refer to something outside the function, which is never called as a
 * method.
 */
function wordsFromOutside(root: FunctionNode): string[] {
  const found = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (node.type === "ThisExpression") found.add("this");
    if (node.type === "Super") found.add("super");
    if (node.type === "Identifier" && node.name === "arguments" && root.type === "ArrowFunctionExpression") {
      found.add("arguments");
    }
    const own =
      node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type === "StaticBlock";
    if (own && node !== root) return;
    const field = node.type === "PropertyDefinition";
    const named =
      field || node.type === "Property" || node.type === "MethodDefinition" || node.type === "MemberExpression";
    for (const [key, child] of Object.entries(node)) {
      if (field && key === "value") continue;
      if (named && !node.computed && (key === "key" || key === "property")) continue;
      for (const item of Array.isArray(child) ? child : [child]) {
        if (isNode(item)) visit(item);
      }
    }
  };
  visit(root);
  return [...found];
}
