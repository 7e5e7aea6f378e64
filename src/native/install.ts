/**
 * Installing the native library: TensorFlow's shared libraries from the Python package index, the addon of
 * @tensorflow/tfjs-node compiled against them, and our own addon, which takes seconds and can be installed alone.
 *
 *     tools there? ─▶ wheel (resumable, sha256) ─▶ libraries and headers ─▶ strip ─▶ g++ ─▶ loads? ─▶ rename
 *                                                  └──────── a temporary folder beside the final one ────────┘
 *
 * Invariant: the final folder appears by one rename, so it is complete or absent. An interrupted installation leaves
 * nothing but the part of the wheel that has arrived, from which the next one continues.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatBytes } from "../data/bytes.js";
import { NativeError } from "../data/errors.js";
import { buildAddon, buildPages, checkAddon, checkPages, libraries } from "./addon.js";
import { extract } from "./archive.js";
import { cacheFolder, installedFolder, manifestFile, pagesAddon } from "./location.js";
import { locked } from "./lock.js";
import { type Compiler, checkDiskSpace, fileFailure, findCompiler, findTools, type Tools } from "./platform.js";
import { runProgram } from "./program.js";
import { addonPackage, wheel } from "./release.js";
import { fetchWheel, type StepOptions } from "./wheel.js";

/** The headers that the addon's source includes, of more than 3000. */
const wantedHeaders = /^tensorflow\/include\/(tensorflow\/(?:c|core\/platform|tsl\/c|tsl\/platform)\/.*\.h)$/;

/** Options of an installation. */
export interface InstallOptions extends StepOptions {
  /** Replaces an existing installation. */
  readonly force?: boolean;
  /** Installs our own addon only. */
  readonly kernels?: boolean;
}

async function unpack(
  archive: string,
  folder: string,
  work: string,
  { strip }: Tools,
  options: StepOptions,
): Promise<void> {
  options.say("extracting TensorFlow's libraries");
  const count = await extract(archive, work, (name) => {
    const header = wantedHeaders.exec(name)?.[1];
    if (header !== undefined) return join("include", header);
    const file = basename(name);
    return dirname(name) === "tensorflow" && libraries.some((known) => known === file) ? file : undefined;
  });
  if (libraries.some((name) => !existsSync(join(work, name))) || count < 100) {
    throw new NativeError(`${archive} lacks files of TensorFlow ${wheel.version}`, { reason: "hash" });
  }
  const failure = { reason: "system", missing: "strip was not found", failed: "strip failed" } as const;
  for (const name of libraries) {
    const [from, to] = [join(work, name), join(folder, name)];
    // symbols are for debuggers; without them the libraries are a quarter smaller
    if (strip === undefined) renameSync(from, to);
    else await runProgram(strip, ["-s", "-o", to, from], failure, { signal: options.signal });
  }
}

/** Makes something in a temporary folder beside `target`, and removes that folder whatever happens. */
async function inTemporaryFolder(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = mkdtempSync(join(dirname(target), ".making-"));
  try {
    await make(temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function makeLibrary(target: string, tools: Tools, options: StepOptions): Promise<void> {
  checkDiskSpace(dirname(target));
  const downloads = join(cacheFolder(), "downloads");
  mkdirSync(downloads, { recursive: true });
  const archive = await fetchWheel(downloads, tools.python, options);
  await inTemporaryFolder(target, async (temporary) => {
    const [folder, work] = [join(temporary, "folder"), join(temporary, "work")];
    mkdirSync(folder);
    mkdirSync(work);
    await unpack(archive, folder, work, tools, options);
    await buildAddon(folder, work, tools, options);
    await checkAddon(folder, options);
    const manifest = { tensorflow: wheel.version, tfjs: addonPackage.version, wheel: wheel.sha256 };
    writeFileSync(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  });
  rmSync(archive, { force: true });
  options.say(`installed TensorFlow ${wheel.version} (${formatBytes(folderBytes(target))}) in ${target}`);
}

async function makePages(target: string, tools: Compiler, options: StepOptions): Promise<void> {
  await inTemporaryFolder(target, async (temporary) => {
    const addon = join(temporary, basename(target));
    await buildPages(addon, temporary, tools, options);
    await checkPages(addon, options.signal);
    renameSync(addon, target);
  });
}

/** The bytes that the files of a folder take. */
export function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Removes the temporary folders of installations that were killed. The caller holds the lock. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (name.startsWith(".making-")) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Installs the missing parts of the native library into the user's cache; throws a {@link NativeError}. */
export async function install({ force = false, kernels = false, ...options }: InstallOptions): Promise<void> {
  const [library, pages] = [installedFolder(), pagesAddon()];
  const parent = dirname(library);
  const manifest = join(library, manifestFile);
  const wanted = (file: string): boolean => force || !existsSync(file);
  try {
    const tools = !kernels && wanted(manifest) ? await findTools() : undefined;
    const compiler = tools ?? (wanted(pages) ? await findCompiler() : undefined);
    if (compiler !== undefined) {
      mkdirSync(parent, { recursive: true });
      const work = async (): Promise<void> => {
        removeLeftovers(parent);
        // another process may have made them in the meantime
        if (tools !== undefined && wanted(manifest)) await makeLibrary(library, tools, options);
        if (wanted(pages)) await makePages(pages, compiler, options);
      };
      await locked(`${library}.lock`, work, options);
    }
  } catch (error) {
    throw fileFailure(error, cacheFolder());
  }
}
