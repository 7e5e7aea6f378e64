/** Locks between processes: one holds it, and what a dead one has left is taken over by one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sweep } from "#src/storage/stores/left-behind";
import { lock } from "#src/storage/stores/lock";
import { markOfProcess } from "#src/storage/stores/processes";
import { newFolder, temporaryFolder } from "../../support/folder.js";
import { linux } from "../../support/platform.js";
import { runProgram } from "../../support/program.js";

const root = temporaryFolder();
const lockName = ".chunkwise-x-lock.tmp";
const placeIn = (folder: string) => ({ folder, name: "x", of: "the array" });

/** The mark of a process of this system that is gone: no process has so large a number. */
const markOfDead = () => markOfProcess().replace(/-\d+-(?=\d+-)/, `-${2 ** 22 + 1}-`);

/** Leaves a lock as a process would that has another mark. */
function leaveLock(folder: string, mark: string, facts: object = { process: 12345, host: "elsewhere" }): string {
  const path = join(folder, lockName);
  mkdirSync(path);
  writeFileSync(join(path, mark), JSON.stringify(facts));
  return path;
}

/** Counts up in a file, in steps that lose counts where two processes take them at once. */
const counting = (folder: string, times: number, after: string): string => `
  import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
  import { setImmediate } from "node:timers/promises";
  import { lock } from "#src/storage/stores/lock";
  const folder = ${JSON.stringify(folder)};
  for (let i = 0; i < ${times}; i++) {
    const release = await lock({ folder, name: "x", of: "the array" });
    const count = Number(readFileSync(folder + "/count", "utf8"));
    await setImmediate();
    writeFileSync(folder + "/count", String(count + 1));
    ${after}
  }
`;

describe("a lock", () => {
  test("one of many that want a lock holds it at a time, and all get it", async () => {
    const folder = newFolder(root);
    let [holders, turns] = [0, 0];
    const turn = async (): Promise<void> => {
      const release = await lock(placeIn(folder));
      expect(++holders).toBe(1);
      await setImmediate();
      holders--;
      turns++;
      release();
    };
    await Promise.all(Array.from({ length: 20 }, turn));
    expect(turns).toBe(20);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a lock that is kept too long is a ConflictError that says who has it and what to remove", async () => {
    const folder = newFolder(root);
    const release = await lock(placeIn(folder));
    const waiting = lock(placeIn(folder), 20);
    await expect(waiting).rejects.toMatchObject({ name: "ConflictError", code: "CONFLICT", path: "the array" });
    await expect(lock(placeIn(folder), 20)).rejects.toThrow(
      `cannot change the array: process ${process.pid} on ${hostname()} has kept it locked for more than 0.02 s; ` +
        `nothing was written; if that process is gone, remove ${join(folder, lockName)}`,
    );
    expect(readdirSync(folder)).toEqual([lockName]);
    release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a lock in a folder that is not there is a StorageError", async () => {
    const folder = join(root, "missing");
    await expect(lock(placeIn(folder))).rejects.toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
  });

  test("an empty folder in the place of a lock is a lock that nobody holds", async () => {
    const folder = newFolder(root);
    mkdirSync(join(folder, lockName));
    (await lock(placeIn(folder), 0))();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.runIf(linux)("a lock that a process has left", () => {
  test("a lock of a dead process is taken over, and one of a process elsewhere is not", async () => {
    const folder = newFolder(root);
    leaveLock(folder, markOfDead());
    (await lock(placeIn(folder), 0))();
    expect(readdirSync(folder)).toEqual([]);
    leaveLock(folder, markOfDead().replace(/^\w+/, "0123456789ab"));
    await expect(lock(placeIn(folder), 20)).rejects.toThrow(/process 12345 on elsewhere has kept it locked/);
    expect(readdirSync(folder)).toEqual([lockName]);
  });

  test("a lock of a process whose number another one has now is taken over", async () => {
    const folder = newFolder(root);
    leaveLock(folder, markOfProcess().replace(/-\d+-(?=\w+$)/, "-1-"));
    (await lock(placeIn(folder), 0))();
    leaveLock(folder, markOfProcess());
    await expect(lock(placeIn(folder), 20)).rejects.toMatchObject({ name: "ConflictError" });
  });

  test("processes that find dead ones again and again take over one at a time", { timeout: 120_000 }, async () => {
    const folder = newFolder(root);
    writeFileSync(join(folder, "count"), "0");
    // in the place of releasing: now the lock is held by a process that is gone
    const die = `
      const path = folder + "/${lockName}/";
      const [mark] = readdirSync(path);
      if (i % 4 === 3) release();
      else renameSync(path + mark, path + mark.replace(/-\\d+-(?=\\d+-)/, "-${2 ** 22 + 1}-"));`;
    await Promise.all(Array.from({ length: 3 }, () => runProgram(counting(folder, 100, die))));
    expect(readFileSync(join(folder, "count"), "utf8")).toBe("300");
    (await lock(placeIn(folder), 0))();
    expect(readdirSync(folder)).toEqual(["count"]);
  });

  test("processes that are killed while they hold a lock leave it to the others", { timeout: 120_000 }, async () => {
    const folder = newFolder(root);
    writeFileSync(join(folder, "count"), "0");
    const [die, live] = ['process.kill(process.pid, "SIGKILL");', "release();"];
    const ends = await Promise.allSettled([
      runProgram(counting(folder, 1, die)),
      runProgram(counting(folder, 20, live)),
      runProgram(counting(folder, 1, die)),
      runProgram(counting(folder, 20, live)),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"]);
    expect(readFileSync(join(folder, "count"), "utf8")).toBe("42");
  });

  test("a lock of a dead process is removed when something is saved into its folder", () => {
    const folder = newFolder(root);
    leaveLock(folder, markOfDead());
    sweep(folder);
    expect(readdirSync(folder)).toEqual([]);
    const other = newFolder(root);
    const path = leaveLock(other, markOfProcess());
    sweep(other);
    expect(existsSync(path)).toBe(true);
  });

  test("without /proc, the name of the machine and the number of a process say whether it is gone", async () => {
    const folders = [newFolder(root), newFolder(root), newFolder(root)] as const;
    const mark = "1f0c1f0c-0000-4000-8000-000000000000";
    leaveLock(folders[0], mark, { process: 2 ** 22 + 1, host: hostname() });
    leaveLock(folders[1], mark, { process: process.pid, host: hostname() });
    leaveLock(folders[2], mark, { process: 2 ** 22 + 1, host: "elsewhere" });
    const found = await runProgram(`
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      const { readFileSync } = fs;
      fs.readFileSync = (path, ...rest) => readFileSync(String(path).replace("/proc/", "/none/"), ...rest);
      fs.readlinkSync = () => { throw new Error("no /proc"); };
      syncBuiltinESMExports();
      const { lock } = await import("#src/storage/stores/lock");
      const names = [];
      for (const folder of ${JSON.stringify(folders)}) {
        names.push(await lock({ folder, name: "x", of: "x" }, 20).then(() => "taken", ({ name }) => name));
      }
      console.log(names.join());`);
    expect(found).toBe("taken,ConflictError,ConflictError\n");
  });
});

test.skipIf(process.platform === "win32").each([
  ["its own exit", "process.exit(0);"],
  ["Ctrl-C", 'process.kill(process.pid, "SIGINT"); await new Promise((resolve) => setTimeout(resolve, 5000));'],
])("a process that is ended by %s removes its lock", async (_, end) => {
  const folder = newFolder(root);
  writeFileSync(join(folder, "count"), "0");
  const [found] = await Promise.allSettled([runProgram(counting(folder, 1, end))]);
  expect(readFileSync(join(folder, "count"), "utf8")).toBe("1");
  expect(found).toMatchObject(end.includes("exit") ? { status: "fulfilled" } : { reason: { signal: "SIGINT" } });
  expect(readdirSync(folder)).toEqual(["count"]);
});
