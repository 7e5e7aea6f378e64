/**
 * Where the native library lies: one folder in the user's cache, or the package @tensorflow/tfjs-node.
 *
 *     <cache>/chunkwise/native/tensorflow-2.13.1-tfjs-4.22.0-linux-x64/   made by `chunkwise native install`, before the other
 *         libtensorflow_cc.so.2  libtensorflow_framework.so.2  tfjs_binding.node  manifest.json
 *     <cache>/chunkwise/native/pages-2-linux-x64.node                     the addon of pages.ts
 *     node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node    where the package's own install worked
 *
 * The cache comes first because its version is the one that the tests know. It lies outside node_modules, which `npm ci`
 * deletes. Invariant: the folder in the cache is there completely or not at all.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { addonPackage, pagesVersion, wheel } from "./release.js";

/** An addon that can be loaded. */
export interface Installation {
  /** The path of the addon, which finds TensorFlow's libraries by itself. */
  readonly addon: string;
  readonly folder: string;
  /** `"cache"` for what `chunkwise native install` made, `"package"` for the package's own. */
  readonly source: "cache" | "package";
  /** The version of @tensorflow/tfjs-node. */
  readonly tfjs: string;
}

/** The addon's file name in an installation's folder. */
export const addonFile = "tfjs_binding.node";

/** The file whose presence says that a folder in the cache is complete. */
export const manifestFile = "manifest.json";

/** The folder of this library in the user's cache. */
export function cacheFolder(): string {
  const given = process.env.XDG_CACHE_HOME;
  return join(given ? given : join(homedir(), ".cache"), "chunkwise");
}

/** A file or folder of what `chunkwise native install` makes, for this system. */
function made(name: string, ending: string): string {
  return join(cacheFolder(), "native", `${name}-${process.platform}-${process.arch}${ending}`);
}

/** The folder that `chunkwise native install` makes. */
export function installedFolder(): string {
  return made(`tensorflow-${wheel.version}-tfjs-${addonPackage.version}`, "");
}

/** The addon of pages.ts, where it is installed. */
export function pagesAddon(): string {
  return made(`pages-${pagesVersion}`, ".node");
}

/** The addon of the package's own install, of the newest interface that it was built for. */
function packagedAddon(folder: string): string | undefined {
  const lib = join(folder, "lib");
  if (!existsSync(lib)) return undefined;
  const addons = readdirSync(lib).map((name) => join(lib, name, addonFile));
  return addons
    .filter((addon) => existsSync(addon))
    .sort()
    .at(-1);
}

function packaged(): Installation | undefined {
  try {
    const path = createRequire(import.meta.url).resolve(`${addonPackage.name}/package.json`);
    const folder = dirname(path);
    const addon = packagedAddon(folder);
    if (addon === undefined) return undefined;
    const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
    return { addon, folder, source: "package", tfjs: version };
  } catch {
    return undefined; // the package is not installed
  }
}

/** The installation that is used, if there is one. */
export function installation(): Installation | undefined {
  const folder = installedFolder();
  if (!existsSync(join(folder, manifestFile))) return packaged();
  return { addon: join(folder, addonFile), folder, source: "cache", tfjs: addonPackage.version };
}
