/**
 * Detects windows that show another part of a file, hide that a page was missing, leak, or disturb the signals of the
 * program.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Scratch } from "#src/executors/scratch";
import { PagesLost, Windows } from "#src/executors/windows";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { LocalFile } from "#src/storage/stores/file";
import { fillDisk, makeTinyDisk, temporaryFolder, thrownBy } from "../support/folder.js";
import { native } from "../support/platform.js";
import { runProgram } from "../support/program.js";

const MiB = 2 ** 20;
const folder = temporaryFolder();
const content = new Uint8Array(40 * MiB);

beforeAll(() => {
  const numbers = new Uint32Array(content.buffer);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.imul(i, 2_654_435_761);
});

function make(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Windows in a memory of their own, and what they show. */
function windowsOf() {
  const scratch = new Scratch(new WasmBackend());
  const windows = new Windows(scratch);
  const shown = (file: LocalFile, start: number, bytes: number, operand = 0): Uint8Array => {
    const address = windows.addressOf(operand, file, start, bytes);
    if (address === null) throw new Error("nothing was mapped");
    return new Uint8Array(scratch.memory, address, bytes);
  };
  return { windows, scratch, shown };
}

/** Whether bytes are those of the file from some place on. */
const areAt = (start: number, bytes: Uint8Array): boolean =>
  Buffer.compare(bytes, content.subarray(start, start + bytes.length)) === 0;

describe.runIf(native)("windows", () => {
  test("windows show any part of a file, forwards and backwards, several at a time", () => {
    const file = LocalFile.open(make("any"), "read");
    const { windows, shown } = windowsOf();
    expect(windows.serves(0, file)).toBe(true);
    for (let start = 7; start + 3 * MiB < content.length; start += 3 * MiB) {
      expect(areAt(start, shown(file, start, 3 * MiB))).toBe(true);
    }
    for (let start = content.length - MiB; start >= 0; start -= MiB) {
      expect(areAt(start, shown(file, start, MiB, 1))).toBe(true);
    }
    // going backwards moves a window as seldom as going forwards
    expect(windows.moving.moves).toBeLessThan(8);
    expect(areAt(39 * MiB, shown(file, 39 * MiB, MiB, 2))).toBe(true);
    windows.verify();
    windows.close();
    file.close();
  });

  test("memory is as it was after its windows are closed", () => {
    const file = LocalFile.open(make("back"), "read");
    const { windows, shown } = windowsOf();
    const bytes = shown(file, 5, MiB);
    expect(bytes.some((byte) => byte !== 0)).toBe(true);
    bytes[0] = 99; // a mistake of a loop: it must not reach the file
    windows.close();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    bytes.fill(3);
    expect(bytes.every((byte) => byte === 3)).toBe(true);
    file.close();
    expect(Buffer.compare(readFileSync(join(folder, "back")), content)).toBe(0);
  });

  test.each([
    ["in the middle", 5 * MiB],
    ["in the middle of a page", 5 * MiB + 100],
    ["to nothing", 0],
  ])("a file that is cut %s under a window reads as zeros, which is noticed", (_, size) => {
    const path = make("cut");
    const file = LocalFile.open(path, "read");
    const { windows, shown } = windowsOf();
    const bytes = shown(file, 0, 8 * MiB);
    truncateSync(path, size);
    expect(areAt(0, bytes.subarray(0, size))).toBe(true);
    expect(bytes.subarray(size).every((byte) => byte === 0)).toBe(true);
    expect(thrownBy(() => windows.verify())).toBeInstanceOf(PagesLost);
    expect(thrownBy(() => windows.close())).toBeInstanceOf(PagesLost);
    windows.close();
    file.close();
  });

  test("a file that is cut within its last page is noticed although no page is missing", () => {
    const path = make("last");
    const file = LocalFile.open(path, "read");
    const { windows, shown } = windowsOf();
    const bytes = shown(file, 39 * MiB, MiB);
    truncateSync(path, content.length - 10);
    expect(bytes.at(-1)).toBe(0);
    expect(thrownBy(() => windows.verify())).toBeInstanceOf(PagesLost);
    expect(thrownBy(() => shown(file, 0, MiB))).toBeInstanceOf(PagesLost);
    windows.close();
    file.close();
  });

  test("a file that is replaced or deleted keeps its bytes", () => {
    const path = make("gone");
    const file = LocalFile.open(path, "read");
    const { windows, shown } = windowsOf();
    expect(areAt(0, shown(file, 0, MiB))).toBe(true);
    writeFileSync(join(folder, "other"), new Uint8Array(40 * MiB));
    renameSync(join(folder, "other"), path);
    expect(areAt(MiB, shown(file, MiB, MiB))).toBe(true);
    rmSync(path);
    expect(areAt(20 * MiB, shown(file, 20 * MiB, MiB))).toBe(true);
    windows.verify();
    windows.close();
    file.close();
  });

  test("a page that the system cannot provide is noticed", () => {
    const disk = join(folder, "disk");
    const path = join(disk, "sparse");
    // where no disk can be mounted, a file without the page does as well
    const isFull = makeTinyDisk(disk);
    writeFileSync(path, "");
    truncateSync(path, 20 * MiB);
    if (isFull) fillDisk(disk);
    const file = LocalFile.open(path, "read");
    const { windows, shown } = windowsOf();
    const bytes = shown(file, 0, 4 * MiB);
    if (!isFull) truncateSync(path, 0);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(thrownBy(() => windows.verify())).toBeInstanceOf(PagesLost);
    expect(thrownBy(() => windows.close())).toBeInstanceOf(PagesLost);
    file.close();
  });

  test("ten thousand windows leave nothing behind", () => {
    const file = LocalFile.open(make("many"), "read");
    const { windows, shown } = windowsOf();
    const mappings = (): number => readFileSync("/proc/self/maps", "utf8").split("\n").length;
    const files = (): number => readdirSync("/proc/self/fd").length;
    const before = [mappings(), files()] as const;
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      sum += shown(file, i % 2 === 0 ? 0 : 38 * MiB, 1)[0] ?? 0;
      if (i % 100 === 99) windows.close();
    }
    expect(sum).toBe(5000 * ((content[0] ?? 0) + (content[38 * MiB] ?? 0)));
    expect(windows.moving.moves).toBe(10_000);
    windows.close();
    expect(files()).toBe(before[1]);
    expect(mappings()).toBeLessThan(before[0] + 20);
    file.close();
  });

  test("small files, files that grow and scattered operands have no window", () => {
    const small = join(folder, "small");
    writeFileSync(small, new Uint8Array(MiB));
    const [file, large] = [LocalFile.open(small, "read"), LocalFile.open(make("grows"), "read")];
    const { windows } = windowsOf();
    expect([windows.serves(0, file), windows.serves(3, large), windows.serves(4, large)]).toEqual([false, true, false]);
    expect(windows.addressOf(0, large, content.length - 5, 6)).toBeNull();
    windows.stop();
    expect(windows.addressOf(0, large, 0, 1)).toBeNull();
    for (const open of [file, large]) open.close();
  });
});

/** A program that lays a file over memory: `shown(i)` reads byte i of it. */
const mapping = (path: string): string => `
  import { openSync, truncateSync } from "node:fs";
  import { mapWindow, unmapWindow } from "#src/native/windows";
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
  const bytes = new Uint8Array(memory.buffer, 0, ${16 * MiB});
  const path = ${JSON.stringify(path)};
  const window = mapWindow(bytes, openSync(path, "r"), 0, bytes.length);
  const cut = () => { truncateSync(path, 0); return bytes[${MiB}]; };
  const listened = () => new Promise((resolve) => setTimeout(resolve, 50));
`;

describe.runIf(native)("the signals of a program", () => {
  test("a listener that the program has set before hears what is sent, and windows work", async () => {
    const program = `
      let heard = 0;
      process.on("SIGBUS", () => heard++);
      ${mapping(make("signal"))}
      const value = cut();
      process.kill(process.pid, "SIGBUS");
      await listened();
      console.log(JSON.stringify([typeof window, value, unmapWindow(window), heard]));
    `;
    expect(JSON.parse(await runProgram(program))).toEqual(["number", 0, false, 1]);
  });

  test("nothing is mapped once the program has set a listener of its own", async () => {
    const program = `
      ${mapping(make("later"))}
      process.on("SIGBUS", () => undefined);
      const other = new Uint8Array(memory.buffer, ${32 * MiB}, ${16 * MiB});
      console.log(JSON.stringify([typeof window, mapWindow(other, openSync(path, "r"), 0, 1)]));
    `;
    expect(JSON.parse(await runProgram(program))).toEqual(["number", "refused"]);
  });

  test.each([
    ["sent to it", 'process.kill(process.pid, "SIGBUS"); await listened();'],
    ["of a fault elsewhere", "fault();"],
  ])("a signal %s ends the process as it would without windows", (_, last) => {
    const program = `
      ${mapping(make("fault"))}
      import { createRequire } from "node:module";
      const fault = () => createRequire("/")(${JSON.stringify(faultingAddon())}).fault(path);
      console.log(cut(), unmapWindow(window) === false);
      ${last}
    `;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
    expect([child.stdout, child.signal]).toEqual(["0 true\n", "SIGBUS"]);
  });

  test("the windows of a thread that ends are free for others", async () => {
    const program = `
      import { Worker } from "node:worker_threads";
      const text = ${JSON.stringify(`
        import { openSync } from "node:fs";
        import { parentPort } from "node:worker_threads";
        import { mapWindow } from ${JSON.stringify(new URL("../../dist/native/windows.js", import.meta.url).href)};
        const memory = new WebAssembly.Memory({ initial: 400, maximum: 400, shared: true });
        const fd = openSync(${JSON.stringify(make("threads"))}, "r");
        let mapped = 0;
        const page = (i) => new Uint8Array(memory.buffer, i * 65536, 65536);
        for (let i = 0; i < 400; i++) mapped += mapWindow(page(i), fd, 0, 1) >= 0;
        parentPort.postMessage(mapped);
      `)};
      const counts = [];
      for (let i = 0; i < 4; i++) {
        const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(text)));
        worker.on("message", (count) => counts.push(count));
        await new Promise((resolve) => worker.on("exit", resolve));
      }
      console.log(JSON.stringify(counts));
    `;
    expect(JSON.parse(await runProgram(program))).toEqual([400, 400, 400, 400]);
  });
});

/** An addon whose function reads a page that a file does not have. */
function faultingAddon(): string {
  const [source, addon] = [join(folder, "fault.cc"), join(folder, "fault.node")];
  writeFileSync(
    source,
    `#include <node_api.h>
    #include <fcntl.h>
    #include <sys/mman.h>
    static napi_value fault(napi_env env, napi_callback_info info) {
      size_t count = 1, length;
      napi_value path, result;
      char name[4096];
      napi_get_cb_info(env, info, &count, &path, nullptr, nullptr);
      napi_get_value_string_utf8(env, path, name, sizeof name, &length);
      volatile char* page = (char*)mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, open(name, O_RDONLY), 0);
      napi_create_int32(env, page[0], &result);
      return result;
    }
    NAPI_MODULE_INIT() {
      napi_value made;
      napi_create_function(env, "fault", NAPI_AUTO_LENGTH, fault, nullptr, &made);
      napi_set_named_property(env, exports, "fault", made);
      return exports;
    }`,
  );
  const headers = join(process.execPath, "../../include/node");
  const args = ["-shared", "-fPIC", "-w", `-I${headers}`, source, "-o", addon];
  const { status, stderr } = spawnSync(process.env.CXX ?? "g++", args, { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return addon;
}
