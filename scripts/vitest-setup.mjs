// @ts-check
/** Vitest's global setup, so that a bare `npx vitest` tests what src says and finds the Python of `.venv`. */
import { build, canBuildNative, preparedNative, preparedNode, preparedPython, say } from "./setup.mjs";

export function setup() {
  const inCI = process.env.CI === "true";
  try {
    build();
  } catch (error) {
    // While one file has a type error, the tests of the others can still run: `npm run check` judges types.
    if (inCI) throw error;
    say(error instanceof Error ? error.message : String(error));
  }
  const python = process.env.CHUNKWISE_PYTHON ?? preparedPython();
  if (python) process.env.CHUNKWISE_PYTHON = python;
  else if (inCI) throw new Error("no Python with NumPy in .venv: run npm test");
  const newer = preparedNode();
  if (newer) process.env.CHUNKWISE_NEWER_NODE = newer;
  else if (inCI && process.platform === "linux" && process.arch === "x64")
    throw new Error("no newer Node in node_modules/.runtimes: run npm test");
  process.env.CHUNKWISE_NATIVE = preparedNative() ? "installed" : "missing";
  if (process.env.CHUNKWISE_NATIVE === "installed") return;
  if (inCI && canBuildNative) throw new Error("no native library: run npm test");
  say("without the native library the backend tensorflow is not tested");
}
