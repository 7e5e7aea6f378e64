/**
 * Files of this package that are started as threads. They lie beside the code that starts them, unless a bundler has
 * moved that code: then the copy of the package that is installed where the program runs has them.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { WorkerError } from "../data/errors.js";
import { version } from "../data/version.js";

const packageName = "chunkwise";

/** The file in an installed copy of this very version; null where there is none. */
function installedFile(name: string, from: string): URL | null {
  try {
    const description = createRequire(from).resolve(`${packageName}/package.json`);
    const found: { readonly version?: unknown } = JSON.parse(readFileSync(description, "utf8"));
    const file = join(dirname(description), "dist", "chunks", name);
    return found.version === version && existsSync(file) ? pathToFileURL(file) : null;
  } catch {
    return null; // not installed there, or its package.json cannot be read
  }
}

/**
 * Where the file of a thread is, if not beside the code that starts it: null if it is there. `here` is the address of
 * that code, which CommonJS bundles do not have.
 *
 * Throws a WorkerError that says how to bundle, if the file is nowhere.
 */
export function movedFile(name: string, here: string | undefined): URL | null {
  if (here?.startsWith("file:") && existsSync(new URL(name, here))) return null;
  const [, program = ""] = process.argv;
  const found = [program, join(process.cwd(), "package.json")].map((from) => installedFile(name, from));
  const file = found.find((candidate) => candidate !== null);
  if (file !== undefined) return file;
  throw new WorkerError(
    `a thread needs the file ${name} of ${packageName} ${version}, which is not in this bundle; leave ${packageName} ` +
      `out of the bundle (esbuild: --external:${packageName}; rollup, rolldown, vite, webpack: ` +
      `external: ["${packageName}"]) and install it beside the program, or compute with workers: 0`,
  );
}
