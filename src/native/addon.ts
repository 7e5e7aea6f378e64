/**
 * The addon, compiled from the source that @tensorflow/tfjs-node brings, beside the libraries that it is linked to, so that
 * the folder can be moved. One addon serves every version of Node: it uses Node's stable interface only.
 */
import { join } from "node:path";
import { NativeError } from "../data/errors.js";
import { addonFile } from "./location.js";
import { packageFolder } from "./npm-package.js";
import type { Tools } from "./platform.js";
import { runProgram } from "./program.js";
import { addonPackage, headersPackage, wheel } from "./release.js";
import type { StepOptions } from "./wheel.js";

/** The shared libraries of TensorFlow that the addon is linked to. */
export const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/** Compiles the addon into the folder of the libraries; `work` holds TensorFlow's headers in `include`. */
export async function buildAddon(folder: string, work: string, tools: Tools, options: StepOptions): Promise<void> {
  const source = await packageFolder(addonPackage, work, options);
  const headers = tools.headers ?? join(await packageFolder(headersPackage, work, options), "include");
  options.say("compiling the addon");
  const includes = [join(work, "include"), headers].map((path) => `-I${path}`);
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(source, "binding", name));
  const flags = ["-O2", "-fPIC", "-shared", "-std=c++17", "-w", "-DNAPI_VERSION=8"];
  const links = [`-L${folder}`, ...libraries.map((name) => `-l:${name}`), "-Wl,-rpath,$ORIGIN"];
  const failure = {
    reason: "compiler",
    missing: `${tools.compiler} was not found`,
    failed: `${tools.compiler} could not compile the addon of ${addonPackage.name}`,
  } as const;
  const args = [...flags, ...includes, ...sources, "-o", join(folder, addonFile), ...links];
  await runProgram(tools.compiler, args, failure, { signal: options.signal });
}

/**
 * The version of TensorFlow that an addon loads, asked in a process of its own: an addon that is broken may end its process.
 */
export function loadedVersion(addon: string, signal?: AbortSignal): Promise<string> {
  const program = `process.stdout.write(require(${JSON.stringify(addon)}).TF_Version)`;
  const failure = { reason: "load", missing: "node was not found", failed: "the addon does not load" } as const;
  const env = { TF_CPP_MIN_LOG_LEVEL: "2", NODE_OPTIONS: "" };
  return runProgram(process.execPath, ["-e", program], failure, { env, signal });
}

/** Loads the addon and compares what it says about itself. */
export async function checkAddon(folder: string, { signal }: StepOptions): Promise<void> {
  const version = await loadedVersion(join(folder, addonFile), signal);
  if (version === wheel.version) return;
  throw new NativeError(`the addon loads TensorFlow ${version} instead of ${wheel.version}`, { reason: "load" });
}
