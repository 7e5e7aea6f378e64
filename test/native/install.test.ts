/** Detects installations that fail without a reason, leave half a folder behind, or disturb each other. */
import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
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
import { native, python } from "../support/platform.js";
import { runProgram } from "../support/program.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
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

describe.runIf(linux)("chunkwise native install says what is missing and what to do", () => {
  test("if there is no Python", async () => {
    const { code, stderr } = await command(["install"], { PATH: only({}), CHUNKWISE_PYTHON: "" });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^chunkwise: no Python with pip was found.*apt install python3-pip.*\n$/),
    });
  });

  test.runIf(python !== undefined)("if there is no compiler", async () => {
    const { code, stderr } = await command(["install"], { PATH: only({}), CXX: "" });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^chunkwise: no C\+\+ compiler was found.*apt install g\+\+.*\n$/),
    });
  });

  test("if there is no compiler for the addon alone, which needs no Python", async () => {
    const env = { PATH: only({}), CXX: "", CHUNKWISE_PYTHON: "" };
    const { code, stderr } = await command(["install", "--kernels"], env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^chunkwise: no C\+\+ compiler was found.*apt install g\+\+.*\n$/),
    });
  });

  test.runIf(python !== undefined)("if there is no network, and keeps the bytes that have arrived", async () => {
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

  test.runIf(python !== undefined)("if a wheel has the wrong content", async () => {
    const cache = folder();
    const downloads = join(cache, "chunkwise/downloads");
    mkdirSync(downloads, { recursive: true });
    writeFileSync(join(downloads, wheel.file), "another content");
    const { code, stderr } = await command(["install"], { XDG_CACHE_HOME: cache });
    expect(code).toBe(1);
    expect(stderr).toMatch(/has the wrong content: its sha256 is [0-9a-f]{64}; expected bfedeee2/);
    expect(existsSync(join(downloads, wheel.file))).toBe(false);
  });

  test("if the cache cannot be written", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await command(["install"], { XDG_CACHE_HOME: file });
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be written \(ENOTDIR\); set XDG_CACHE_HOME/);
  });
});

test("a full disk is a typed error that says how to continue", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const failure = fileFailure(full, "/cache");
  expect(failure).toBeInstanceOf(NativeError);
  expect(failure).toMatchObject({
    reason: "disk",
    message: expect.stringMatching(/\/cache; free some space.*continues where/),
  });
});

test("on another platform the message says what can be used instead", () => {
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

describe("chunkwise native status", () => {
  test("says what is needed and where it would be if nothing is installed", async () => {
    const cache = folder();
    const { code, stdout } = await command(["status", "--json"], { XDG_CACHE_HOME: cache, OMP_NUM_THREADS: "3" });
    const found = JSON.parse(stdout);
    expect([code, found.threads, found.threadsFrom]).toEqual([0, 3, "OMP_NUM_THREADS"]);
    if (found.source === "package") return; // the package's own install works here
    expect(found).toMatchObject({ installed: false, problem: expect.any(String) });
    expect(found.folder.startsWith(cache)).toBe(true);
  });

  test("reports an installation that does not load", async () => {
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

  test.runIf(native)("describes the installation that the tests use", async () => {
    const { stdout } = await finished(start("dist/cli/main.js", ["native", "status", "--json"]));
    expect(JSON.parse(stdout)).toMatchObject({
      installed: true,
      source: "cache",
      tensorflow: wheel.version,
      tfjs: addonPackage.version,
    });
  });

  test.runIf(native).each([
    ["the package resolves", "package"],
    ["the working directory resolves", "."],
  ])("describes the copy of tfjs-node that %s if nothing is in the cache", async (_, place) => {
    const root = folder();
    const [program, work] = [join(root, "elsewhere/package"), join(root, "work")];
    mkdirSync(work);
    const addons = join(place === "package" ? program : work, "node_modules/@tensorflow/tfjs-node/lib");
    for (const version of ["napi-v3", "napi-v8"]) mkdirSync(join(addons, version), { recursive: true });
    writeFileSync(join(addons, "../package.json"), '{ "version": "4.21.0" }');
    symlinkSync(join(installedFolder(), "tfjs_binding.node"), join(addons, "napi-v8/tfjs_binding.node"));
    cpSync(join(project, "dist"), join(program, "dist"), { recursive: true });
    cpSync(join(project, "package.json"), join(program, "package.json"));
    symlinkSync(join(project, "node_modules"), join(root, "elsewhere/node_modules"));
    const env = { ...process.env, XDG_CACHE_HOME: join(root, "empty") };
    const node = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: work, env, encoding: "utf8" });
    expect(JSON.parse(node(join(program, "dist/cli/main.js"), "native", "status", "--json"))).toMatchObject({
      installed: true,
      source: "package",
      tfjs: "4.21.0",
      folder: realpathSync(join(addons, "..")),
    });
    const product = `
      import { ones } from ${JSON.stringify(join(program, "dist/index.js"))};
      console.log((await ones([3, 3]).matmul(ones([3, 3])).compute({ backend: "tensorflow" })).data[0]);
    `;
    expect(node("--input-type=module", "-e", product)).toBe("3\n");
  });

  test.runIf(native)("says what is used of our own addon, and where it is", async () => {
    const { stdout } = await finished(start("dist/cli/main.js", ["native", "status"]));
    expect(stdout).toMatch(/addon +\/.*\.node/);
    expect(stdout).toMatch(/files +large local ones are mapped/);
    const without = await finished(start("dist/cli/main.js", ["native", "status"], { NODE_OPTIONS: "--jitless" }));
    expect(without.stdout).toMatch(/files +read tile by tile, because this Node runs without WebAssembly/);
  });

  test.runIf(native)("says that our own addon is turned off, by what, and whether it is there", async () => {
    const here = await finished(start("dist/cli/main.js", ["native", "status"], { CHUNKWISE_ADDON: "off" }));
    expect(here.stdout).toMatch(/addon +turned off by CHUNKWISE_ADDON=off; it loads; it is at .*\.node/);
    expect(here.stdout).toMatch(/files +read tile by tile, because the addon is turned off by CHUNKWISE_ADDON=off/);
    const { stdout } = await command(["status", "--json"], { CHUNKWISE_ADDON: "off" });
    expect(JSON.parse(stdout)).toMatchObject({
      pages: false,
      pagesInstalled: false,
      pagesOff: "CHUNKWISE_ADDON=off",
      pagesProblem: expect.stringMatching(/^not installed; run .*--kernels/),
    });
  });

  test.runIf(native)("installing the addon succeeds while it is turned off, and says so", async () => {
    const { code, stdout } = await command(["install", "--kernels"], { CHUNKWISE_ADDON: "off" });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/addon +turned off by CHUNKWISE_ADDON=off; it loads/)]);
  });

  test("says that other values of the variable have no effect", async () => {
    const { stdout } = await command(["status"], { CHUNKWISE_ADDON: "/opt/addon.node" });
    expect(stdout).toMatch(
      /but +CHUNKWISE_ADDON is "\/opt\/addon.node", which has no effect; "off" turns the addon off/,
    );
    const program = `
      process.on("warning", ({ name, message }) => console.log(name, message));
      const { hasAddresses } = await import("#src/native/pages");
      hasAddresses(), hasAddresses();
    `;
    expect(await runProgram(program, { CHUNKWISE_ADDON: "no" })).toBe(
      'ChunkwiseWarning CHUNKWISE_ADDON is "no", which has no effect; "off" turns the addon off\n',
    );
  });

  test.runIf(native)("shows that installing again does nothing", async () => {
    const before = statSync(installedFolder()).ino;
    const { code, stderr } = await finished(start("dist/cli/main.js", ["native", "install"]));
    expect([code, stderr, statSync(installedFolder()).ino]).toEqual([0, "", before]);
  });

  test.runIf(native)("shows that only the missing parts of an older installation are added", async () => {
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

  test("refuses other words", async () => {
    const { code, stderr } = await command(["remove"]);
    expect([code, stderr]).toEqual([
      1,
      'chunkwise: native: needs install or status; got "remove" (see chunkwise native --help)\n',
    ]);
  });
});

describe.runIf(native)("chunkwise native install --kernels", () => {
  test("compiles our own addon and nothing else, without Python, and once", async () => {
    const cache = folder();
    const env = { XDG_CACHE_HOME: cache, CHUNKWISE_PYTHON: "/nowhere/python" };
    expect((await command(["status"], env)).stdout).toMatch(
      /addon +not installed; run .*--kernels[\s\S]*files +read tile/,
    );
    const first = await command(["install", "--kernels"], env);
    expect([first.code, first.stderr]).toEqual([0, "chunkwise: compiling the addon of pages\n"]);
    expect(first.stdout).toMatch(/files +large local ones are mapped/);
    expect(readdirSync(join(cache, "chunkwise/native"))).toEqual([basename(pagesAddon())]);
    const second = await command(["install", "--kernels"], env);
    expect([second.code, second.stderr]).toEqual([0, ""]);
  });

  test("an addon that does not load is reported with the way to replace it", async () => {
    const cache = folder();
    vi.stubEnv("XDG_CACHE_HOME", cache);
    mkdirSync(join(cache, "chunkwise/native"), { recursive: true });
    writeFileSync(pagesAddon(), "not an addon");
    const { code, stdout } = await command(["status"], { XDG_CACHE_HOME: cache });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/addon +the addon does not load[\s\S]*--kernels --force/),
    ]);
  });
});

describe("the lock", () => {
  const quiet = { say: () => undefined };

  test("lets a second job begin only when the first has ended", async () => {
    const lock = join(folder(), "lock");
    const order: string[] = [];
    const second = new EventEmitter();
    const secondWaits = once(second, "waits");
    const first = locked(
      lock,
      async () => {
        order.push("the first begins");
        await secondWaits;
        order.push("the first ends");
      },
      quiet,
    );
    const other = locked(lock, async () => void order.push("the second begins"), {
      say(line) {
        order.push(line);
        second.emit("waits");
      },
    });
    await Promise.all([first, other]);
    expect(order).toEqual([
      "the first begins",
      "waiting for another installation to end",
      "the first ends",
      "the second begins",
    ]);
    expect(existsSync(lock)).toBe(false);
  });

  test("can be taken if the process that left it was killed", async () => {
    const lock = join(folder(), "lock");
    mkdirSync(lock);
    const old = new Date(Date.now() - 60_000);
    utimesSync(lock, old, old);
    expect(await locked(lock, async () => "done", quiet)).toBe("done");
  });
});
