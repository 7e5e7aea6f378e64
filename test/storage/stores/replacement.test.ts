import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClosedError, StorageError } from "#src/data/errors";
import { LocalFile } from "#src/storage/stores/file";
import { Replacement } from "#src/storage/stores/replacement";
import { asNobody, makeTinyDisk, newFolder, temporaryFolder, thrownBy } from "../../support/folder.js";
import { linux } from "../../support/platform.js";
import { runProgram } from "../../support/program.js";

const root = temporaryFolder();

/** A folder that the user nobody can reach, and write to when `mode` allows it. */
function newFolderForNobody(mode: number): string {
  chmodSync(root, 0o755);
  const folder = newFolder(root);
  chmodSync(folder, mode);
  return folder;
}

function write(path: string, text: string): void {
  const file = LocalFile.open(path, "update");
  file.write(Buffer.from(text), 0);
  file.close();
}

describe("a file that replaces another", () => {
  test("a replacement appears with all its bytes when it is committed", () => {
    const folder = newFolder(root);
    const target = join(folder, "out");
    const replacement = Replacement.create(target, 10);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(statSync(replacement.path).size).toBe(10);
    expect(existsSync(target)).toBe(false);
    write(replacement.path, "abc");
    replacement.commit();
    expect(readdirSync(folder)).toEqual(["out"]);
    expect(readFileSync(target, "latin1")).toBe("abc\0\0\0\0\0\0\0");
  });

  test("the former file stays in place until the commit, and its mode is taken over", () => {
    const folder = newFolder(root);
    const target = join(folder, "out");
    writeFileSync(target, "former", { mode: 0o640 });
    const replacement = Replacement.create(target, 3);
    write(replacement.path, "new");
    expect(readFileSync(target, "latin1")).toBe("former");
    replacement.commit();
    expect(readFileSync(target, "latin1")).toBe("new");
    if (linux) expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  test("a discarded replacement leaves nothing, however often it is discarded", () => {
    const folder = newFolder(root);
    const replacement = Replacement.create(join(folder, "out"), 3);
    replacement.discard();
    replacement.discard();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => replacement.commit()).toThrow(ClosedError);
  });

  test("a committed replacement is neither discarded nor committed again", () => {
    const folder = newFolder(root);
    const replacement = Replacement.create(join(folder, "out"), 3);
    replacement.commit();
    replacement.discard();
    expect(() => replacement.commit()).toThrow(ClosedError);
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  test.runIf(linux)("follows a symbolic link and leaves it a link", () => {
    const folder = newFolder(root);
    const elsewhere = newFolder(root);
    writeFileSync(join(elsewhere, "real"), "former");
    symlinkSync(join(elsewhere, "real"), join(folder, "link"));
    const replacement = Replacement.create(join(folder, "link"), 3);
    write(replacement.path, "new");
    replacement.commit();
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(elsewhere, "real"), "latin1")).toBe("new");
    expect(readdirSync(elsewhere)).toEqual(["real"]);
  });
});

describe("a file that may replace nothing", () => {
  test("of several replacements of one name that may replace nothing, one is committed", () => {
    const folder = newFolder(root);
    const target = join(folder, "out");
    const [first, second] = [Replacement.create(target, 3), Replacement.create(target, 3)];
    write(first.path, "1st");
    write(second.path, "2nd");
    second.commit(true);
    const error = thrownBy(() => first.commit(true));
    expect(error).toMatchObject({ name: "ConflictError", code: "CONFLICT", path: target });
    expect((error as Error).message).toBe(
      `cannot write ${target}: it was made by someone else in the meantime; nothing was written`,
    );
    expect(readFileSync(target, "latin1")).toBe("2nd");
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  test("where the file system has no links, a file that may replace nothing replaces nothing either", async () => {
    const folder = newFolder(root);
    const text = await runProgram(`
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      fs.linkSync = () => { throw Object.assign(new Error("no links"), { code: "EPERM", errno: -1 }); };
      syncBuiltinESMExports();
      const { Replacement } = await import("#src/storage/stores/replacement");
      const target = ${JSON.stringify(join(folder, "out"))};
      const files = ["1", "2"].map((letter) => {
        const file = Replacement.create(target, 1);
        file.write(Buffer.from(letter), 0);
        return file;
      });
      files[0].commit(true);
      try { files[1].commit(true); } catch (error) { console.log(error.name); }`);
    expect(text).toBe("ConflictError\n");
    expect(readFileSync(join(folder, "out"), "latin1")).toBe("1");
    expect(readdirSync(folder)).toEqual(["out"]);
  });
});

describe("whatever prevents a replacement is found when it is created, and nothing is left", () => {
  const cases: [what: string, target: (folder: string) => string, code: string | undefined, message: RegExp][] = [
    [
      "a missing folder",
      (folder) => join(folder, "no", "out"),
      "ENOENT",
      /write .*out: cannot make a temporary file in its folder: there is no such/,
    ],
    ["a folder as target", (folder) => folder, "EISDIR", /it is a folder; a file can replace only a file/],
    ["a name that ends with /", (folder) => `${folder}/out/`, undefined, /must end with the name of a file/],
    ["no name", () => "", undefined, /must end with the name of a file/],
    ["a name that is too long", (folder) => join(folder, "x".repeat(300)), "ENAMETOOLONG", /name is too long/],
    ["a null character", (folder) => join(folder, "a\0b"), "ERR_INVALID_ARG_VALUE", /null character/],
  ];
  test.each(cases)("%s prevents a replacement, which leaves nothing", (_, target, systemCode, message) => {
    const folder = newFolder(root);
    const path = target(folder);
    const error = thrownBy(() => Replacement.create(path, 10));
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ path });
    expect((error as StorageError).systemCode).toBe(systemCode);
    expect((error as Error).message).toMatch(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a path through a file is refused", () => {
    const folder = newFolder(root);
    writeFileSync(join(folder, "plain"), "x");
    const target = join(folder, "plain", "out");
    expect(thrownBy(() => Replacement.create(target, 1))).toMatchObject({ path: target, systemCode: "ENOTDIR" });
    expect(readdirSync(folder)).toEqual(["plain"]);
  });

  test.runIf(linux)("a device is not replaced", () => {
    const path = "/dev/full";
    expect(thrownBy(() => Replacement.create(path, 1))).toMatchObject({ name: "StorageError", path });
    expect(lstatSync(path).isCharacterDevice()).toBe(true);
  });

  test("a size that no file can have is refused", () => {
    const folder = newFolder(root);
    const error = thrownBy(() => Replacement.create(join(folder, "out"), Number.MAX_SAFE_INTEGER));
    expect(error).toBeInstanceOf(StorageError);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.runIf(linux)("a folder without permission prevents a replacement, which leaves nothing", () => {
    const folder = newFolderForNobody(0o555);
    const target = join(folder, "out");
    const error = asNobody(() => thrownBy(() => Replacement.create(target, 10)));
    expect(error).toMatchObject({ name: "StorageError", path: target, systemCode: "EACCES" });
    expect(readdirSync(folder)).toEqual([]);
    chmodSync(folder, 0o755);
  });

  test.runIf(linux)("a file that was made read-only prevents its replacement, and stays", () => {
    const folder = newFolderForNobody(0o777);
    const target = join(folder, "out");
    writeFileSync(target, "keep");
    chmodSync(target, 0o444);
    const error = asNobody(() => thrownBy(() => Replacement.create(target, 10)));
    expect(error).toMatchObject({ name: "StorageError", path: target, systemCode: "EACCES" });
    expect(readdirSync(folder)).toEqual(["out"]);
  });
});

describe("a replacement that fails after it was created", () => {
  test("a folder that has vanished is a StorageError of the commit", () => {
    const folder = newFolder(root);
    const target = join(folder, "out");
    const replacement = Replacement.create(target, 10);
    rmSync(folder, { recursive: true });
    const error = thrownBy(() => replacement.commit());
    expect(error).toMatchObject({ name: "StorageError", path: target, systemCode: "ENOENT" });
    replacement.discard();
    expect(existsSync(folder)).toBe(false);
  });

  test("a target that has become a folder is a StorageError of the commit", () => {
    const folder = newFolder(root);
    const target = join(folder, "out");
    const replacement = Replacement.create(target, 10);
    mkdirSync(target);
    expect(thrownBy(() => replacement.commit())).toMatchObject({ name: "StorageError", path: target });
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  test("a temporary file that someone else removed is a StorageError of the commit, but not of the discard", () => {
    const folder = newFolder(root);
    const replacement = Replacement.create(join(folder, "out"), 10);
    unlinkSync(replacement.path);
    expect(thrownBy(() => replacement.commit())).toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.runIf(linux)("a folder that has lost its permission keeps the temporary file, which the error names", () => {
    const folder = newFolderForNobody(0o777);
    const target = join(folder, "out");
    const replacement = asNobody(() => Replacement.create(target, 10));
    chmodSync(folder, 0o555);
    const error = asNobody(() => thrownBy(() => replacement.commit()));
    expect(error).toMatchObject({ name: "StorageError", path: target, systemCode: "EACCES" });
    expect((error as Error).message).toContain(`cannot remove the temporary file ${replacement.path}`);
    chmodSync(folder, 0o755);
  });

  test("a full disk is a StorageError, and the former file stays", ({ skip }) => {
    const disk = join(root, "tiny");
    if (!makeTinyDisk(disk)) skip("no file system can be mounted here; file.test.ts uses /dev/full");
    const replacement = Replacement.create(join(disk, "out"), 2 ** 16);
    const file = LocalFile.open(replacement.path, "update");
    const error = thrownBy(() => file.write(new Uint8Array(2 ** 20), 0));
    expect(error).toMatchObject({ name: "StorageError", path: replacement.path, systemCode: "ENOSPC" });
    file.close();
    replacement.discard();
    expect(readdirSync(disk)).toEqual([]);
  });

  test("a file that the disk has no room for is refused before it is made, and the former file stays", () => {
    const folder = newFolder(root);
    const target = join(folder, "out");
    writeFileSync(target, "former");
    const error = thrownBy(() => Replacement.create(target, 2 ** 52));
    expect(error).toMatchObject({ name: "StorageError", path: target, systemCode: "ENOSPC" });
    expect((error as Error).message).toMatch(/^cannot write .*: it takes 4\.50 PB, and the disk has room for /);
    expect(readFileSync(target, "utf8")).toBe("former");
    expect(readdirSync(folder)).toEqual(["out"]);
  });
});
