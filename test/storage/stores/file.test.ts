import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ArgumentError, ClosedError, FormatError, StorageError } from "#src/data/errors";
import { LocalFile } from "#src/storage/stores/file";
import { asNobody, makeTinyDisk, temporaryFolder, thrownBy } from "../../support/folder.js";
import { linux } from "../../support/platform.js";

const folder = temporaryFolder();

function fileOf(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("a local file that is read", () => {
  test("reading fills private and shared memory, and counts the bytes", () => {
    const file = LocalFile.open(fileOf("digits", "0123456789"), "read");
    const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 4);
    file.readInto(shared, 3);
    expect([...shared]).toEqual([..."3456"].map((digit) => digit.charCodeAt(0)));
    const own = new Uint8Array(3);
    file.readInto(own, 7);
    expect(Buffer.from(own).toString()).toBe("789");
    file.readInto(new Uint8Array(0), 10);
    expect([file.size, file.bytesRead, file.bytesWritten]).toEqual([10, 7, 0]);
    file.close();
  });

  test("reading beyond the end is a FormatError at the first missing byte", () => {
    const path = fileOf("short", "0123456789");
    const file = LocalFile.open(path, "read");
    const error = thrownBy(() => file.readInto(new Uint8Array(8), 6));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ path, offset: 10 });
    expect((error as Error).message).toMatch(/truncated.*ends at byte 10.*bytes 6 to 14/);
    file.close();
  });

  test("reading a file that has shrunk since it was opened is a FormatError too", () => {
    const path = fileOf("shrinking", new Uint8Array(100));
    const file = LocalFile.open(path, "read");
    truncateSync(path, 30);
    expect(thrownBy(() => file.readInto(new Uint8Array(50), 0))).toMatchObject({ name: "FormatError", offset: 30 });
    file.close();
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])("an offset of %s is refused", (offset) => {
    const file = LocalFile.open(fileOf("offsets", "abc"), "update");
    expect(() => file.readInto(new Uint8Array(1), offset)).toThrow(ArgumentError);
    expect(() => file.write(new Uint8Array(1), offset)).toThrow(ArgumentError);
    file.close();
  });

  test("a closed file refuses to read and write, and may be closed again", () => {
    const file = LocalFile.open(fileOf("closed", "abc"), "update");
    file.close();
    file.close();
    expect(() => file.readInto(new Uint8Array(1), 0)).toThrow(ClosedError);
    expect(() => file.write(new Uint8Array(1), 0)).toThrow(ClosedError);
  });
});

describe("a path that cannot be opened is a StorageError with the reason", () => {
  const cases: [what: string, path: () => string, code: string, message: RegExp][] = [
    ["a missing file", () => join(folder, "missing"), "ENOENT", /no such file or folder/],
    ["a missing folder", () => join(folder, "no", "file"), "ENOENT", /no such file or folder/],
    ["a folder", () => folder, "EISDIR", /it is a folder; a file is needed/],
    ["a path through a file", () => join(fileOf("plain", ""), "x"), "ENOTDIR", /a file where a folder is needed/],
    ["a long name", () => join(folder, "x".repeat(300)), "ENAMETOOLONG", /name is too long/],
    ["a path with a null character", () => join(folder, "a\0b"), "ERR_INVALID_ARG_VALUE", /null character/],
  ];
  for (const mode of ["read", "update"] as const) {
    test.each(cases)(`%s cannot be opened to ${mode}`, (_, makePath, systemCode, message) => {
      const path = makePath();
      const error = thrownBy(() => LocalFile.open(path, mode));
      expect(error).toBeInstanceOf(StorageError);
      expect(error).not.toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ path, systemCode });
      expect((error as Error).message).toMatch(message);
    });
  }

  test.runIf(linux)("a file without permission cannot be opened", () => {
    const path = fileOf("secret", "abc");
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    const error = asNobody(() => thrownBy(() => LocalFile.open(path, "read")));
    expect(error).toMatchObject({ name: "StorageError", path, systemCode: "EACCES" });
    expect((error as Error).message).toMatch(/no permission/);
  });

  test.runIf(linux)("a pipe is refused at once, not waited for", () => {
    const path = join(folder, "pipe");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    expect(thrownBy(() => LocalFile.open(path, "read"))).toMatchObject({ name: "StorageError", path });
    const file = LocalFile.open(path, "update");
    const error = thrownBy(() => file.write(new Uint8Array(1), 0));
    expect(error).toMatchObject({ name: "StorageError", systemCode: "ESPIPE" });
    file.close();
  });
});

describe("a local file that is written", () => {
  test("writing puts bytes at their offset, and lets the file grow", () => {
    const path = fileOf("update", "0123456789");
    const file = LocalFile.open(path, "update");
    file.write(Buffer.from("ab"), 4);
    file.write(new Uint8Array(new SharedArrayBuffer(2)), 12);
    file.close();
    expect(file.bytesWritten).toBe(4);
    expect(readFileSync(path, "latin1")).toBe("0123ab6789\0\0\0\0");
  });

  test("a file that is open for reading cannot be written", () => {
    const path = fileOf("read-only", "abc");
    const file = LocalFile.open(path, "read");
    expect(thrownBy(() => file.write(new Uint8Array(1), 0))).toMatchObject({ name: "StorageError", path, offset: 0 });
    file.close();
  });

  test.runIf(linux)("a write to /dev/full fails with the StorageError of a full disk", () => {
    const file = LocalFile.open("/dev/full", "update");
    const error = thrownBy(() => file.write(new Uint8Array(10), 1000));
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ path: "/dev/full", offset: 1000, systemCode: "ENOSPC" });
    expect((error as Error).message).toMatch(/cannot write 10 bytes at offset 1000 of \/dev\/full: the disk is full/);
    expect(file.bytesWritten).toBe(0);
    file.close();
  });

  test("a full disk is a StorageError at the first byte that was not written", ({ skip }) => {
    const disk = join(folder, "tiny");
    if (!makeTinyDisk(disk)) skip("no file system can be mounted here; /dev/full stands for it");
    const path = join(disk, "x");
    writeFileSync(path, "");
    const file = LocalFile.open(path, "update");
    const error = thrownBy(() => file.write(new Uint8Array(2 ** 20), 0)) as StorageError;
    expect(error).toMatchObject({ name: "StorageError", path, systemCode: "ENOSPC", offset: file.bytesWritten });
    expect(error.offset).toBeGreaterThan(0);
    expect(error.offset).toBe(statSync(path).size);
    file.close();
  });
});

test("bytes beyond offsets of 2^31 and 2^32 are written and read", () => {
  const path = fileOf("sparse", "");
  truncateSync(path, 2 ** 33);
  const file = LocalFile.open(path, "update");
  expect(file.size).toBe(2 ** 33);
  const places = [2 ** 31 - 4, 2 ** 31, 2 ** 32 - 4, 2 ** 32 + 8, 2 ** 33 - 8];
  for (const [i, place] of places.entries()) file.write(Uint8Array.of(i + 1, 99), place);
  for (const [i, place] of places.entries()) {
    const bytes = new Uint8Array(3);
    file.readInto(bytes, place);
    expect([...bytes]).toEqual([i + 1, 99, 0]);
  }
  file.close();
  unlinkSync(path);
});
