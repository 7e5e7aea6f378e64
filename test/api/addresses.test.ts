/** Detects an address that is taken for the path of a file or a folder, which then seems to be missing. */
import {
  listArrays,
  ones,
  open,
  openArrow,
  openCsv,
  openHdf5,
  openNamed,
  openNpy,
  openNpyStack,
  openNpz,
  openParquet,
  openRaw,
  openZarr,
  readAttributes,
  readParquetStatistics,
  saveNpz,
  toArrow,
  toCsv,
  toNpy,
  toParquet,
  toZarr,
} from "chunkwise";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "#src/data/errors";
import { chunkwise } from "../cli/program.js";
import { rejectionOf } from "./helpers.js";

const x = ones([2, 2]);
const functions: Record<string, (path: string) => unknown> = {
  open,
  openNpy,
  openRaw: (path) => openRaw(path, { dtype: "int8", shape: [1] }),
  openNpyStack,
  openNpz,
  openZarr,
  openHdf5,
  openArrow,
  openParquet,
  openCsv,
  openNamed: (path) => openNamed(path, "x"),
  listArrays,
  readAttributes,
  readParquetStatistics,
  toNpy,
  toZarr,
  toArrow,
  toParquet,
  toCsv,
  saveNpy: (path) => x.saveNpy(path),
  saveZarr: (path) => x.saveZarr(path),
  saveArrow: (path) => x.saveArrow(path),
  saveParquet: (path) => x.saveParquet(path),
  saveCsv: (path) => x.saveCsv(path),
  saveNpz: (path) => saveNpz(path, { x }),
};

describe("an address is not a path", () => {
  test.each(Object.entries(functions))("%s says that it is not read yet", async (name, run) => {
    for (const address of ["s3://bucket/x.zarr", "https://host/x.npy", "GS://b/x", "simplecache::s3://b/x"]) {
      const error = (await rejectionOf((async () => run(address))())) as Error;
      expect(error).toBeInstanceOf(ArgumentError);
      const scheme = address.slice(0, address.indexOf("//") + 2);
      expect(error.message).toBe(
        `${name}: takes the path of a local file or folder, not "${address}"; ` +
          `${scheme} and other addresses are not read or written yet; copy the data to a local disk`,
      );
    }
  });

  test.each([["file:///data/x.npy"], [new URL("file:///data/x.npy")]])(
    "of the address of a local file, %s, the advice is to make a path",
    (address) => {
      const message = 'not "file:///data/x.npy"; fileURLToPath() of node:url makes a path of it';
      expect(() => openNpy(address as string)).toThrow(message);
    },
  );

  test.each(["C://x.npy", "a/s3://x.npy", "s3:/x.npy", "x::y.npy"])("%s is a path", (path) => {
    expect(() => openNpy(path)).toThrow(/there is no such file or folder/);
  });

  test.each([
    ["mean", "s3://bucket/x.npy"],
    ["info", "s3://bucket/x.npy"],
    ["generate", "s3://bucket/x.npy", "--shape", "3"],
    ["convert", "s3://bucket/x.npy", "y.npy"],
    ["convert", "x.npy", "s3://bucket/x.zarr"],
  ])("the command %s says in one line that %s is not read yet", async (command, ...words) => {
    const { code, stderr } = await chunkwise(command, ...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^chunkwise: ${command}: takes the path .*, not "s3://bucket/.*\n$`));
  });
});
