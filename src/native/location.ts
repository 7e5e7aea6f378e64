/**
 * Where the native library is: in a folder of the user's cache, or in the package @tensorflow/tfjs-node.
 *
 *     <cache>/chunkwise/native/tensorflow-2.13.1-tfjs-4.22.0-linux-x64/   made by `chunkwise native install`, preferred
 *         libtensorflow_cc.so.2  libtensorflow_framework.so.2  tfjs_binding.node  manifest.json
 *     <cache>/chunkwise/native/pages-<hash of its source>-linux-x64.node  the addon of pages.ts
 *     node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node    made by the package's own install script
 *
 * The cache comes first because its version is the one that the tests cover. It is outside node_modules, which `npm ci`
 * deletes. The package is an optional peer: a copy counts if this package or the working directory resolves it.
 * Invariant: the folder in the cache is complete or absent.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { addonPackage, pagesSource, wheel } from "./release.js";

/** An addon that can be loaded. */
export interface Installation {
  /** The path of the addon, which finds TensorFlow's libraries by itself. */
  readonly addon: string;
  readonly folder: string;
  /** `"cache"` if `chunkwise native install` made it, `"package"` if the package's own install script did. */
  readonly source: "cache" | "package";
  /** The version of @tensorflow/tfjs-node. */
  readonly tfjs: string;
}

/** A copy of a package in some node_modules. */
export interface PackageCopy {
  readonly folder: string;
  readonly version: string;
}

/** The addon's file name in an installation's folder. */
export const addonFile = "tfjs_binding.node";

/** The file whose presence marks a folder in the cache as complete. */
export const manifestFile = "manifest.json";

/** How many digits of the hash of our addon's source its file name has. */
const NAME_DIGITS = 12;

/** The folder of this library in the user's cache. */
export function cacheFolder(): string {
  const given = process.env.XDG_CACHE_HOME;
  return join(given ? given : join(homedir(), ".cache"), "chunkwise");
}

/** The path of something that `chunkwise native install` makes for this system. */
function cached(name: string, ending: string): string {
  return join(cacheFolder(), "native", `${name}-${process.platform}-${process.arch}${ending}`);
}

/** The folder that `chunkwise native install` makes. */
export function installedFolder(): string {
  return cached(`tensorflow-${wheel.version}-tfjs-${addonPackage.version}`, "");
}

/** The path of the addon of pages.ts in the cache. */
export function pagesAddon(): string {
  return cached(`pages-${pagesSource.sha256.slice(0, NAME_DIGITS)}`, ".node");
}

/** The copies of a package that can be used: the one that this package resolves, then that of the working directory. */
export function packageCopies(name: string): PackageCopy[] {
  const resolvers = [() => import.meta.url, () => join(process.cwd(), "package.json")];
  return resolvers.flatMap((from) => {
    try {
      const path = createRequire(from()).resolve(`${name}/package.json`);
      const { version }: { version?: unknown } = JSON.parse(readFileSync(path, "utf8"));
      return [{ folder: dirname(path), version: String(version) }];
    } catch {
      return []; // not installed there, or its package.json cannot be read
    }
  });
}

/** The addon that a package's own install script built, for the newest interface that it supports. */
function builtAddon(folder: string): string | undefined {
  const lib = join(folder, "lib");
  if (!existsSync(lib)) return undefined;
  const addons = readdirSync(lib).map((name) => join(lib, name, addonFile));
  return addons
    .filter((addon) => existsSync(addon))
    .sort()
    .at(-1);
}

/** The installation that is used; undefined if there is none. */
export function installation(): Installation | undefined {
  const folder = installedFolder();
  if (existsSync(join(folder, manifestFile))) {
    return { addon: join(folder, addonFile), folder, source: "cache", tfjs: addonPackage.version };
  }
  for (const copy of packageCopies(addonPackage.name)) {
    const addon = builtAddon(copy.folder);
    if (addon !== undefined) return { addon, folder: copy.folder, source: "package", tfjs: copy.version };
  }
  return undefined;
}
