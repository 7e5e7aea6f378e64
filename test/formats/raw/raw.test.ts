import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { detect } from "#src/formats/detect";
import { npyHeader } from "#src/formats/npy/npy";
import { stackFiles } from "#src/formats/npy-stack/npy-stack";
import { type RawOptions, rawFile } from "#src/formats/raw/raw";
import { temporaryFolder, thrownBy } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const place = (name: string) => join(folder, name);

/** A file of this many bytes. */
function file(name: string, bytes: number | Uint8Array | string): string {
  writeFileSync(place(name), typeof bytes === "number" ? new Uint8Array(bytes) : bytes);
  return place(name);
}

describe("a raw binary file", () => {
  test("is read with any shape, order, offset and byte order", () => {
    const path = file("x.bin", 128);
    const { size, mtimeMs: modified } = statSync(path);
    const common = { path, size, modified };
    expect(rawFile(path, { dtype: "float64", shape: [4, 4] })).toEqual({
      ...common,
      offset: 0,
      dtype: "float64",
      encoding: { otherEndian: false, half: false },
      shape: [4, 4],
      strides: [4, 1],
    });
    expect(rawFile(path, { dtype: "float16", shape: [2, -1, 3], offset: 8, order: "F", byteOrder: "big" })).toEqual({
      ...common,
      offset: 8,
      dtype: "float32",
      encoding: { otherEndian: true, half: true },
      shape: [2, 10, 3],
      strides: [1, 2, 20],
    });
    expect(rawFile(path, { dtype: "uint8", shape: [-1], byteOrder: "big" })).toMatchObject({
      shape: [128],
      encoding: { otherEndian: false, half: false },
    });
    expect(rawFile(path, { dtype: "int8", shape: [100] }).shape).toEqual([100]);
    expect(rawFile(path, { dtype: "int8", shape: [], offset: 127 })).toMatchObject({ shape: [], strides: [] });
    expect(rawFile(path, { dtype: "int8", shape: [0, 5], offset: 128 }).shape).toEqual([0, 5]);
    expect(rawFile(path, { dtype: "int8", shape: [-1, 5], offset: 128 }).shape).toEqual([0, 5]);
  });

  test("may have more than 4 GiB", () => {
    const path = file("large.bin", 0);
    truncateSync(path, 2 ** 33);
    expect(rawFile(path, { dtype: "float32", shape: [-1, 1024] }).shape).toEqual([2 ** 21, 1024]);
    truncateSync(path, 0);
  });

  const path = file("y.bin", 100);
  test.each([
    [
      { dtype: "float64", shape: [13] },
      "FormatError",
      /too short: .* takes 104 bytes from byte 0 on; the file has 100/,
    ],
    [{ dtype: "int8", shape: [100], offset: 1 }, "FormatError", /takes 100 bytes from byte 1 on/],
    [{ dtype: "int8", shape: [0], offset: 101 }, "FormatError", /too short/],
    [{ dtype: "float64", shape: [-1] }, "FormatError", /100 bytes from byte 0 on are not a multiple of the 8 of a row/],
    [{ dtype: "int8", shape: [-1, 7] }, "FormatError", /not a multiple of the 7/],
    [{ dtype: "int8", shape: [-1], offset: 200 }, "FormatError", /too short/],
    [{ dtype: "int8", shape: [-1, -1] }, "ShapeError", /-1 more than once/],
    [{ dtype: "int8", shape: [-1, 0] }, "ShapeError", /cannot be inferred next to a length of 0/],
    [{ dtype: "int8", shape: [-2] }, "ShapeError", /has a length of -2/],
    [{ dtype: "int8", shape: [1.5] }, "ShapeError", /has a length of 1.5/],
    [{ dtype: "int8", shape: [2 ** 40, 2 ** 40] }, "ShapeError", /2\^53 - 1 bytes/],
    [{ dtype: "int8", shape: 5 }, "ShapeError", /shape must be a list of lengths; got 5/],
    [{ dtype: "float", shape: [5] }, "DTypeError", /unknown dtype "float"/],
    [
      { dtype: "int8", shape: [5], offset: -1 },
      "ArgumentError",
      /offset must be a whole number of bytes from 0; got -1/,
    ],
    [{ dtype: "int8", shape: [5], order: "K" }, "ArgumentError", /order must be "C" or "F"; got "K"/],
    [{ dtype: "int8", shape: [5], byteOrder: ">" }, "ArgumentError", /byteOrder must be "little" or "big"/],
  ])("is refused with the options %j", (options, name, message) => {
    const error = thrownBy(() => rawFile(path, options as unknown as RawOptions)) as Error;
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });

  test("that does not exist is a StorageError", () => {
    expect(thrownBy(() => rawFile(place("none"), { dtype: "int8", shape: [1] }))).toMatchObject({
      systemCode: "ENOENT",
    });
  });
});

describe("a folder of .npy files", () => {
  const npy = (path: string, shape: readonly number[], dtype: "int8" | "int16" = "int8") =>
    writeFileSync(
      path,
      Buffer.concat([
        npyHeader({ dtype, shape }),
        new Uint8Array(shape.reduce((a, b) => a * b, dtype === "int8" ? 1 : 2)),
      ]),
    );

  test("is read in the order of the numbers in names, without other files", () => {
    const path = place("stack");
    mkdirSync(path);
    mkdirSync(join(path, "folder.npy"));
    for (const [i, name] of ["10", "9", "2", "02", "a10", "a9"].entries()) npy(join(path, `${name}.npy`), [i + 1, 3]);
    for (const name of ["info", ".hidden.npy", "x.npy.bak"]) writeFileSync(join(path, name), "?");
    const names = ["02", "2", "9", "10", "a9", "a10"];
    expect(stackFiles(path).map((found) => found.path)).toEqual(names.map((name) => join(path, `${name}.npy`)));
    expect(stackFiles(path).map(({ shape }) => shape[0])).toEqual([4, 3, 2, 1, 6, 5]);
    expect((thrownBy(() => stackFiles(path, 1)) as Error).message).toMatch(
      /2\.npy: has int8 of shape \[3,3\]; .*only axis 1 may differ/,
    );
    expect((thrownBy(() => stackFiles(path, "new")) as Error).message).toMatch(/all must be the same/);
    expect((thrownBy(() => stackFiles(path, 2)) as Error).message).toMatch(
      /has 2 axes, so the files cannot be stacked along axis 2/,
    );
    npy(join(path, "99.npy"), [1, 3], "int16");
    expect(thrownBy(() => stackFiles(path))).toMatchObject({ name: "FormatError", path: join(path, "99.npy") });
    writeFileSync(join(path, "99.npy"), "damaged");
    expect(thrownBy(() => stackFiles(path))).toMatchObject({
      name: "FormatError",
      path: join(path, "99.npy"),
      offset: 0,
    });
  });

  test("is refused if it does not exist or has no .npy file", () => {
    mkdirSync(place("bare"));
    expect((thrownBy(() => stackFiles(place("bare"))) as Error).message).toMatch(/the folder has no \.npy file/);
    expect(thrownBy(() => stackFiles(place("nowhere")))).toMatchObject({ systemCode: "ENOENT" });
    expect(thrownBy(() => stackFiles(file("plain", 3)))).toMatchObject({ systemCode: "ENOTDIR" });
  });
});

describe("the format of a path", () => {
  test.each<[name: string, bytes: string, format: string, implied?: object]>([
    ["x.csv", "\x93NUMPY\x01\x00", "npy"],
    ["x", "PK\x03\x04", "npz"],
    ["x.npz", "PK\x05\x06", "npz"],
    ["x.nc", "\x89HDF\r\n\x1a\n", "hdf5"],
    ["block.h5", `${"\0".repeat(1024)}\x89HDF\r\n\x1a\n`, "hdf5"],
    ["x.pq", "PAR1", "parquet"],
    ["x.feather", "ARROW1\0\0", "arrow"],
    ["x.CSV", "a,b\n1,2\n", "csv"],
    ["x.txt", "1 2", "csv"],
    ["x.tsv.gz", "\x1f\x8b\x08", "csv", { delimiter: "\t" }],
    ["x.csv.zst", "\x28\xb5\x2f\xfd", "csv"],
    ["empty.csv", "", "csv"],
  ])("is detected for %s with the first bytes %j", (name, bytes, format, implied = {}) => {
    const { row, options } = detect(file(name, Buffer.from(bytes, "latin1")));
    expect([row.name, options]).toEqual([format, implied]);
  });

  test("is detected for the files of Python's libraries", async () => {
    const code = `
import sys, numpy as np, h5py, zarr, pyarrow as pa, pyarrow.parquet as pq
p = sys.argv[1] + "/py-"
x = np.arange(6.0); t = pa.table({"x": x})
np.save(p + "npy.npy", x); np.savez(p + "npz", x=x)
h5py.File(p + "hdf5", "w", userblock_size=512).create_dataset("x", data=x)
zarr.create_array(p + "zarr", data=x, zarr_format=3); zarr.create_array(p + "zarr2", data=x, zarr_format=2)
zarr.create_group(p + "zarr3")
pq.write_table(t, p + "parquet")
with pa.ipc.new_file(p + "arrow", t.schema) as w: w.write_table(t)
with pa.ipc.new_stream(p + "arrow2", t.schema) as w: w.write_table(t)
`;
    await runPython(code, folder);
    const written = { "npy.npy": "npy", "npz.npz": "npz", hdf5: "hdf5", zarr: "zarr", zarr2: "zarr", zarr3: "zarr" };
    for (const [name, format] of Object.entries({ ...written, parquet: "parquet", arrow: "arrow", arrow2: "arrow" })) {
      expect(detect(place(`py-${name}`)).row.name, name).toBe(format);
    }
    expect(readFileSync(place("py-arrow2")).subarray(0, 4)).toEqual(Buffer.alloc(4, 255));
  });

  test("is detected for folders, and unknown for other files", () => {
    mkdirSync(place("npys"));
    file("npys/x.npy", 0);
    expect(detect(place("npys")).row.name).toBe("npy-stack");
    mkdirSync(place("other"));
    for (const [path, message] of [
      [place("other"), /the folder has no zarr\.json/],
      [
        file("image.csv", Buffer.from("\x89PNG\r\n", "latin1")),
        /it looks like a PNG image; known formats are \.npy, \.npz/,
      ],
      [
        file("x.bin", 4),
        /its first bytes and its ending belong to none; known formats are .*raw binary must be described/,
      ],
      [file("nothing", 0), /the file is empty; known formats are/],
    ] as const) {
      const error = thrownBy(() => detect(path)) as Error;
      expect(error).toMatchObject({ name: "FormatError", path });
      expect(error.message).toMatch(message);
    }
    expect(thrownBy(() => detect(place("missing")))).toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
  });
});
