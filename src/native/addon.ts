/**
 * The addons: TensorFlow's, compiled from the source in @tensorflow/tfjs-node into the folder of the libraries that it
 * is linked to, so that the folder can be moved; and our own of pages.cc and windows.cc. Both use Node's stable
 * interface only, so one build serves every version of Node.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NativeError } from "../data/errors.js";
import { addonFile } from "./location.js";
import { packageFolder } from "./npm-package.js";
import type { Compiler } from "./platform.js";
import { runProgram } from "./program.js";
import { addonPackage, headersPackage, pagesSource, wheel } from "./release.js";
import type { StepOptions } from "./wheel.js";

/** The shared libraries of TensorFlow that the addon is linked to. */
export const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/** The parts of an addon. */
interface Parts {
  readonly name: string;
  readonly includes?: readonly string[];
  readonly sources: readonly string[];
  readonly links?: readonly string[];
}

async function compile(
  parts: Parts,
  target: string,
  work: string,
  tools: Compiler,
  options: StepOptions,
): Promise<void> {
  const { name, includes = [], sources, links = [] } = parts;
  const headers = tools.headers ?? join(await packageFolder(headersPackage, work, options), "include");
  options.say(`compiling the addon of ${name}`);
  const flags = ["-O2", "-fPIC", "-shared", "-std=c++17", "-w", "-DNAPI_VERSION=8"];
  const failure = {
    reason: "compiler",
    missing: `${tools.compiler} was not found`,
    failed: `${tools.compiler} could not compile the addon of ${name}`,
  } as const;
  const paths = [...includes, headers].map((path) => `-I${path}`);
  const args = [...flags, ...paths, ...sources, "-o", target, ...links];
  await runProgram(tools.compiler, args, failure, { signal: options.signal });
}

/** Compiles TensorFlow's addon into the folder of the libraries; `work` holds TensorFlow's headers in `include`. */
export async function buildAddon(folder: string, work: string, tools: Compiler, options: StepOptions): Promise<void> {
  const { name } = addonPackage;
  const source = await packageFolder(addonPackage, work, options);
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(source, "binding", file));
  const links = [`-L${folder}`, ...libraries.map((library) => `-l:${library}`), "-Wl,-rpath,$ORIGIN"];
  const parts = { name, includes: [join(work, "include")], sources, links };
  await compile(parts, join(folder, addonFile), work, tools, options);
}

/** Compiles our own addon. */
export async function buildPages(target: string, work: string, tools: Compiler, options: StepOptions): Promise<void> {
  // the build copies the sources, so they are at the same place relative to this module and to its chunk
  const paths = pagesSource.files.map((file) => fileURLToPath(new URL(`../native/${file}`, import.meta.url)));
  const sources = paths.filter((path) => path.endsWith(".cc"));
  // a handler of signals stays when the last thread that uses the addon ends
  await compile({ name: "pages", sources, links: ["-Wl,-z,nodelete"] }, target, work, tools, options);
}

/** Evaluates a member of an addon in a process of its own, because a broken addon may end its process. */
function askAddon(addon: string, member: string, signal?: AbortSignal): Promise<string> {
  const program = `process.stdout.write(String(require(${JSON.stringify(addon)}).${member}))`;
  const failure = { reason: "load", missing: "node was not found", failed: "the addon does not load" } as const;
  const env = { TF_CPP_MIN_LOG_LEVEL: "2", NODE_OPTIONS: "" };
  return runProgram(process.execPath, ["-e", program], failure, { env, signal });
}

/** The version of TensorFlow that its addon loads. */
export function loadedVersion(addon: string, signal?: AbortSignal): Promise<string> {
  return askAddon(addon, "TF_Version", signal);
}

/** Loads our own addon and asks it for huge pages. */
export async function checkPages(addon: string, signal?: AbortSignal): Promise<void> {
  await askAddon(addon, "advise(new Uint8Array(2 ** 22))", signal);
}

/** Loads TensorFlow's addon and compares the version that it reports. */
export async function checkAddon(folder: string, { signal }: StepOptions): Promise<void> {
  const version = await loadedVersion(join(folder, addonFile), signal);
  if (version === wheel.version) return;
  throw new NativeError(`the addon loads TensorFlow ${version} instead of ${wheel.version}`, { reason: "load" });
}
