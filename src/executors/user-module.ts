/**
 * Modules of users inside workers. They are loaded as the program loads its own: before the first of them, a worker
 * loads what the program's flags name, such as `tsx`.
 */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf, systemCodeOf } from "../data/causes.js";
import { ArgumentError } from "../data/errors.js";

/** A module that a flag of the program names. */
export interface Preload {
  readonly name: string;
  /** True where `--require` names it, not `--import`. */
  readonly required: boolean;
}

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>;

/** The address of what a flag names, as Node resolves it: from the working directory. */
function addressOf(name: string): string {
  if (/^(file|data|node):/.test(name)) return name;
  const from = join(process.cwd(), "package.json");
  return /^\.{0,2}[/\\]|^[a-z]:[/\\]/i.test(name)
    ? new URL(name, pathToFileURL(from)).href
    : pathToFileURL(createRequire(from).resolve(name)).href;
}

/** Where tsx is, whose loader does nothing in a worker of Node 20; its API does. */
const tsxLoader = /^(file:.*[/\\]tsx[/\\]dist[/\\])(loader|esm[/\\]index)\.mjs$/;

async function load({ name, required }: Preload): Promise<void> {
  const address = addressOf(name);
  const [, tsx] = tsxLoader.exec(address) ?? [];
  if (tsx !== undefined) {
    for (const kind of ["cjs", "esm"]) {
      const { register }: { register(): unknown } = await import(new URL(`${kind}/api/index.mjs`, tsx).href);
      register();
    }
  } else if (required) createRequire(address)(fileURLToPath(address));
  else await import(address);
}

let preloads: readonly Preload[] = [];
let loading: Promise<void> | undefined;

/** Says what a worker loads before the first module of the user's. */
export function setPreloads(modules: readonly Preload[]): void {
  preloads = modules;
}

async function loadAll(): Promise<void> {
  for (const preload of preloads) await load(preload);
}

/** True where a preloaded module has taught `require` this kind of file, as ts-node does. */
const isRequirable = (module: string): boolean =>
  module.startsWith("file:") && extname(module) in createRequire(module).extensions;

/** Where this module is, from which Node looks for what a worker imports. */
const here = fileURLToPath(import.meta.url);

/**
 * The error for a module that Node does not find; undefined where it is found, and what it imports itself is not.
 * Node's own message speaks of a file of this library, which is where the import stands.
 */
function notFound(module: string, cause: unknown): ArgumentError | undefined {
  if (!(cause instanceof Error) || !systemCodeOf(cause)?.startsWith("ERR_")) return undefined;
  if (module.startsWith("file:")) {
    const path = fileURLToPath(module);
    const kind = statSync(path, { throwIfNoEntry: false });
    if (kind?.isFile() === true) return undefined;
    const problem = kind === undefined ? "does not exist" : "is not a file";
    return new ArgumentError(`the module ${path} ${problem}; give the path of a file that Node can import`, { cause });
  }
  const isForeign = systemCodeOf(cause) === "ERR_UNSUPPORTED_ESM_URL_SCHEME";
  if (!isForeign && !cause.message.includes(here) && !cause.message.includes(module)) return undefined;
  const [problem = ""] = cause.message.split(/,? imported from /);
  if (/^[a-z][a-z\d+.-]*:/i.test(module))
    return new ArgumentError(`the module ${module} cannot be imported: ${problem}; give an absolute path`, { cause });
  return new ArgumentError(
    `the module ${module} is not found from where chunkwise is (${dirname(here)}): ${problem}; give an absolute ` +
      `path, or import.meta.resolve(${JSON.stringify(module)}) of a module that can import it`,
    { cause },
  );
}

/**
 * Imports a module of the user's.
 *
 * Throws an ArgumentError with advice if it does not exist, or is TypeScript and cannot be loaded.
 */
export async function importModule(module: string): Promise<Exports> {
  loading ??= loadAll();
  await loading;
  try {
    return await import(module);
  } catch (cause) {
    const unknown = systemCodeOf(cause) === "ERR_UNKNOWN_FILE_EXTENSION";
    if (unknown && isRequirable(module)) return createRequire(module)(fileURLToPath(module));
    const missing = notFound(module, cause);
    if (missing !== undefined) throw missing;
    const typed = /\.[cm]?tsx?($|\?)/.test(module);
    if (!typed || systemCodeOf(cause) === "ERR_MODULE_NOT_FOUND") throw cause;
    throw new ArgumentError(
      `the module ${module} is TypeScript, which a worker of this program cannot load (${messageOf(cause)}); start ` +
        "the program with a loader, such as node --import tsx, or give the compiled module",
      { cause },
    );
  }
}
