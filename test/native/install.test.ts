/** Detects installations that fail without saying why, leave half a folder behind, or get in each other's way. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NativeError } from "chunkwise";
import { afterEach, describe, expect, test, vi } from "vitest";
import { installedFolder, pagesAddon } from "#src/native/location";
import { locked } from "#src/native/lock";
import { fileFailure, unsupported } from "#src/native/platform";
import { addonPackage, wheel } from "#src/native/release";
import { finished, folder, type Outcome, start } from "../cli/program.js";
import { native } from "../support/native.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
const python = process.env.CHUNKWISE_PYTHON;
const linux = process.platform === "linux" && process.arch === "x64";

afterEach(() => vi.unstubAllEnvs());

/** Runs `chunkwise native …` with a cache of its own. */
function command(words: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return finished(start("dist/cli/main.js", ["native", ...words], { XDG_CACHE_HOME: folder(), ...env }));
}

/** A folder with links to some programs, to be the whole PATH. */
function only(programs: Record<string, string>): string {
  const path = folder();
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(path, name));
  return path;
}

describe.runIf(linux)("what is missing is said with what to do", () => {
  test("Python", async () => {
    const { code, stderr } = await command(["install"], { PATH: only({}), CHUNKWISE_PYTHON: "" });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^chunkwise: no Python with pip was found.*apt install python3-pip.*\n$/),
    });
  });

  test.runIf(python !== undefined)("a compiler", async () => {
    const { code, stderr } = await command(["install"], { PATH: only({}), CXX: "" });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^chunkwise: no C\+\+ compiler was found.*apt install g\+\+.*\n$/),
    });
  });

  test.runIf(python !== undefined)("the network; what had arrived is kept", async () => {
    const cache = folder();
    const downloads = join(cache, "chunkwise/downloads");
    mkdirSync(downloads, { recursive: true });
    writeFileSync(join(downloads, `${wheel.file}.part`), "some bytes");
    const env = {
      PIP_INDEX_URL: "http://127.0.0.1:9/simple",
      PIP_FIND_LINKS: "",
      PIP_RETRIES: "0",
      XDG_CACHE_HOME: cache,
    };
    const { code, stderr } = await command(["install"], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/could not be downloaded.*check the network and pip's settings/);
    expect(readdirSync(downloads)).toContain(`${wheel.file}.part`);
    expect(readdirSync(join(cache, "chunkwise/native"))).toEqual([]);
  });

  test.runIf(python !== undefined)("a wheel with another content", async () => {
    const cache = folder();
    const downloads = join(cache, "chunkwise/downloads");
    mkdirSync(downloads, { recursive: true });
    writeFileSync(join(downloads, wheel.file), "another content");
    const { code, stderr } = await command(["install"], { XDG_CACHE_HOME: cache });
    expect(code).toBe(1);
    expect(stderr).toMatch(/is not what it must be: its sha256 is [0-9a-f]{64} instead of bfedeee2/);
    expect(existsSync(join(downloads, wheel.file))).toBe(false);
  });

  test("a cache that cannot be written", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await command(["install"], { XDG_CACHE_HOME: file });
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be written \(ENOTDIR\); set XDG_CACHE_HOME/);
  });
});

test("a full disk is a typed error that says how to go on", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const failure = fileFailure(full, "/cache");
  expect(failure).toBeInstanceOf(NativeError);
  expect(failure).toMatchObject({
    reason: "disk",
    message: expect.stringMatching(/\/cache; make room.*goes on where/),
  });
});

test("another platform is told what it can use instead", () => {
  const { platform } = process;
  try {
    Object.defineProperty(process, "platform", { value: "darwin" });
    expect(unsupported()).toMatch(
      /on Linux x64 only, this is darwin .*npm install @tensorflow\/tfjs-node.*embedded kernels/,
    );
  } finally {
    Object.defineProperty(process, "platform", { value: platform });
  }
});

describe("status", () => {
  test("without an installation: what would be needed, where it would lie", async () => {
    const cache = folder();
    const { code, stdout } = await command(["status", "--json"], { XDG_CACHE_HOME: cache, OMP_NUM_THREADS: "3" });
    const told = JSON.parse(stdout);
    expect([code, told.threads, told.threadsFrom]).toEqual([0, 3, "OMP_NUM_THREADS"]);
    if (told.source === "package") return; // the package's own install works here
    expect(told).toMatchObject({ installed: false, problem: expect.any(String) });
    expect(told.folder.startsWith(cache)).toBe(true);
  });

  test("an installation that does not load", async () => {
    const cache = folder();
    vi.stubEnv("XDG_CACHE_HOME", cache);
    const broken = installedFolder();
    mkdirSync(broken, { recursive: true });
    for (const name of ["manifest.json", "tfjs_binding.node"]) writeFileSync(join(broken, name), "{}");
    const { code, stdout } = await command(["status"], { XDG_CACHE_HOME: cache });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^native +none/);
    expect(stdout).toMatch(/why not +the addon does not load[\s\S]*npx chunkwise native install --force/);
  });

  test.runIf(native)("of the installation that the tests use", async () => {
    const { stdout } = await finished(start("dist/cli/main.js", ["native", "status", "--json"]));
    expect(JSON.parse(stdout)).toMatchObject({
      installed: true,
      source: "cache",
      tensorflow: wheel.version,
      tfjs: addonPackage.version,
    });
  });

  test.runIf(native)("of the package's own install, where that worked and nothing lies in the cache", async () => {
    const root = folder();
    const addons = join(root, "package/node_modules/@tensorflow/tfjs-node/lib");
    for (const version of ["napi-v3", "napi-v8"]) mkdirSync(join(addons, version), { recursive: true });
    writeFileSync(join(addons, "../package.json"), '{ "version": "4.21.0" }');
    symlinkSync(join(installedFolder(), "tfjs_binding.node"), join(addons, "napi-v8/tfjs_binding.node"));
    cpSync(join(project, "dist"), join(root, "package/dist"), { recursive: true });
    cpSync(join(project, "package.json"), join(root, "package/package.json"));
    symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
    const env = { ...process.env, XDG_CACHE_HOME: join(root, "empty") };
    const node = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
    expect(JSON.parse(node("package/dist/cli/main.js", "native", "status", "--json"))).toMatchObject({
      installed: true,
      source: "package",
      tfjs: "4.21.0",
      folder: realpathSync(join(addons, "..")),
    });
    const product = `
      import { ones } from "./package/dist/index.js";
      console.log((await ones([3, 3]).matmul(ones([3, 3])).compute({ backend: "tensorflow" })).data[0]);
    `;
    expect(node("--input-type=module", "-e", product)).toBe("3\n");
  });

  test.runIf(native)("installing again does nothing", async () => {
    const before = statSync(installedFolder()).ino;
    const { code, stderr } = await finished(start("dist/cli/main.js", ["native", "install"]));
    expect([code, stderr, statSync(installedFolder()).ino]).toEqual([0, "", before]);
  });

  test.runIf(native)("what an older installation lacks is added, alone", async () => {
    const cache = folder();
    mkdirSync(join(cache, "chunkwise/native"), { recursive: true });
    symlinkSync(installedFolder(), join(cache, "chunkwise/native", basename(installedFolder())));
    expect((await command(["status"], { XDG_CACHE_HOME: cache })).stdout).toMatch(/results +copied/);
    const { code, stdout, stderr } = await command(["install"], { XDG_CACHE_HOME: cache });
    expect([code, stderr]).toEqual([0, "chunkwise: compiling the addon of pages\n"]);
    expect(stdout).toMatch(/results +large ones in huge pages/);
    const names = [pagesAddon(), installedFolder()].map((path) => basename(path));
    expect(readdirSync(join(cache, "chunkwise/native"))).toEqual(names);
  });

  test("words that mean nothing", async () => {
    const { code, stderr } = await command(["remove"]);
    expect([code, stderr]).toEqual([
      1,
      'chunkwise: native: needs install or status; got "remove" (chunkwise native --help tells more)\n',
    ]);
  });
});

describe("the lock", () => {
  const quiet = { say: () => undefined };

  test("one after the other", async () => {
    const lock = join(folder(), "lock");
    const order: string[] = [];
    const job = (name: string) =>
      locked(
        lock,
        async () => {
          order.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push(`${name} ends`);
        },
        quiet,
      );
    await Promise.all([job("a"), job("b")]);
    expect(order.map((text) => text.slice(2))).toEqual(["begins", "ends", "begins", "ends"]);
    expect(existsSync(lock)).toBe(false);
  });

  test("a lock that a killed process left is taken", async () => {
    const lock = join(folder(), "lock");
    mkdirSync(lock);
    const old = new Date(Date.now() - 60_000);
    utimesSync(lock, old, old);
    expect(await locked(lock, async () => "done", quiet)).toBe("done");
  });
});
