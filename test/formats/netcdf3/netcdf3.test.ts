/**
 * Detects netCDF-3 files that are read differently from the netCDF library: all three variants, all types, variables
 * with and without records, and records whose lengths do not divide into elements.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ChunkedArray,
  listArrays,
  open,
  openNetcdf3,
  openNpy,
  readAttributes,
  readDimensionNames,
} from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { readHeader } from "#src/formats/netcdf3/header";
import { openNetcdf3 as openFile } from "#src/formats/netcdf3/open";
import { withLocalFile } from "#src/storage/stores/file";
import { assertSame } from "../../support/arrays.js";
import { temporaryFolder, thrownBy } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const written = fileURLToPath(new URL("xarray.nc", import.meta.url));
const variants = ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"];
/** The variables of each file, by variant. */
let names: Record<string, string[]>;

beforeAll(async () => {
  names = JSON.parse(
    await runPython(
      `
import json, sys, numpy as np, netCDF4
folder, found = sys.argv[1], {}
random = np.random.default_rng(1)
for variant in json.loads(sys.argv[2]):
    types = ["i1", "i2", "i4", "f4", "f8"] + (["u1", "u2", "u4", "i8", "u8"] if variant == "NETCDF3_64BIT_DATA" else [])
    with netCDF4.Dataset(f"{folder}/{variant}.nc", "w", format=variant) as f:
        f.set_auto_mask(False)
        f.title = "größe"; f.list = np.array([1, 2, 3], "i2"); f.one = np.float32(0.5)
        f.createDimension("time", None); f.createDimension("y", 3); f.createDimension("x", 5)
        f.createDimension("c", 4); f.createDimension("none", 1)
        def make(name, dtype, axes, shape):
            bytes = random.integers(0, 256, int(np.prod(shape)) * np.dtype(dtype).itemsize, "u1")
            data = bytes.view(dtype).reshape(shape)
            if dtype[0] == "f": data = random.normal(size=shape).astype(dtype)
            v = f.createVariable(name, dtype, axes)
            v[...] = data
            np.save(f"{folder}/{variant}-{name}.npy", np.asarray(data))
            found.setdefault(variant, []).append(name)
            return v
        for t in types:
            make(f"scalar_{t}", t, (), ())
            make(f"plain_{t}", t, ("y", "x"), (3, 5))
            make(f"line_{t}", t, ("time",), (7,))
            make(f"records_{t}", t, ("time", "y", "x"), (7, 3, 5))
        v = make("packed", "i2", ("time", "x"), (7, 5))
        v.setncattr("scale_factor", np.float32(0.5)); v.setncattr("units", "K")
        v.setncattr("flags", np.array([1, 2], "i1"))
        f.createVariable("text", "S1", ("time", "c"))[:] = np.full((7, 4), b"a")
        make("odd", "i4", ("time",), (7,)) # a record is no multiple of 8 bytes
    for name, dtype, inner in [("one_i2", "i2", 3), ("one_i1", "i1", 3), ("one_f8", "f8", 3)]:
        with netCDF4.Dataset(f"{folder}/{variant}-{name}.nc", "w", format=variant) as f:
            f.createDimension("time", None); f.createDimension("x", inner)
            data = np.arange(5 * inner).astype(dtype).reshape(5, inner)
            f.createVariable("v", dtype, ("time", "x"))[:] = data
            np.save(f"{folder}/{variant}-{name}.npy", data)
    with netCDF4.Dataset(f"{folder}/{variant}-empty.nc", "w", format=variant) as f:
        f.createDimension("time", None); f.createDimension("x", 3)
        f.createVariable("a", "f8", ("time", "x")); f.createVariable("b", "f4", ("time",))
print(json.dumps(found))
`,
      folder,
      JSON.stringify(variants),
    ),
  );
});

async function expectSame(x: ChunkedArray, y: ChunkedArray): Promise<void> {
  expect([x.dtype, x.shape]).toEqual([y.dtype, y.shape]);
  assertSame(await x.compute({ workers: 0 }), await y.compute({ workers: 0 }));
}

describe.each(variants)("in %s", (variant) => {
  const path = at(`${variant}.nc`);

  test("every type is read as the library wrote it, with records and without", async () => {
    expect(names[variant]!.length).toBeGreaterThan(20);
    const kinds = new Set<string>();
    for (const variable of names[variant]!) {
      kinds.add(openFile(path, { variable }).kind);
      await expectSame(await openNetcdf3(path, { variable }), openNpy(at(`${variant}-${variable}.npy`)));
    }
    expect([...kinds].sort()).toEqual(["encoded", "strided"]);
  });

  test("parts of elements that are put together from records are read, in any chunks", async () => {
    for (const variable of ["line_f8", "records_f8"]) {
      expect(openFile(path, { variable }).kind).toBe("encoded");
      const part = [[1, null, 2], ...(variable === "line_f8" ? [] : [1, [null, null, -2]])];
      const x = await openNetcdf3(path, { variable, chunks: 2 });
      await expectSame(x.slice(part as never), openNpy(at(`${variant}-${variable}.npy`)).slice(part as never));
    }
  });

  test.each(["one_i2", "one_i1", "one_f8"])("the only variable with records, %s, has no filling", async (name) => {
    await expectSame(await openNetcdf3(at(`${variant}-${name}.nc`)), openNpy(at(`${variant}-${name}.npy`)));
  });

  test("a file without records has variables of length 0", async () => {
    for (const [variable, shape] of [
      ["a", [0, 3]],
      ["b", [0]],
    ] as const) {
      const x = await openNetcdf3(at(`${variant}-empty.nc`), { variable });
      expect((await x.compute({ workers: 0 })).shape).toEqual(shape);
    }
  });

  test("attributes, names of axes and the list of variables are those of the file", async () => {
    expect(await readAttributes(path)).toEqual({ title: "größe", list: [1, 2, 3], one: 0.5 });
    expect(await readAttributes(path, { path: "packed" })).toEqual({ scale_factor: 0.5, units: "K", flags: [1, 2] });
    expect(await readDimensionNames(path, { path: "records_i4" })).toEqual(["time", "y", "x"]);
    const listed = await listArrays(path);
    expect(listed).toContainEqual({ name: "records_f4", shape: [7, 3, 5], dtype: "float32" });
    expect(listed.find(({ name }) => name === "text")).toMatchObject({ shape: [7, 4], refused: /text/ });
  });

  test("a variable is decoded by its attributes, and open recognises the file", async () => {
    const x = await open(path, { variable: "packed", decode: "cf" });
    await expectSame(
      x,
      openNpy(at(`${variant}-packed.npy`))
        .astype("float32")
        .multiply(0.5),
    );
  });
});

test("a file of xarray is read", async () => {
  const [first] = await listArrays(written);
  const x = await open(written, { variable: first!.name });
  const expected = await runPython(
    `
import sys, json, xarray as xr
x = xr.open_dataset(sys.argv[1], decode_cf=False)
print(json.dumps({name: [str(n) for n in v.values.ravel().tolist()] for name, v in x.variables.items()}))
`,
    written,
  );
  const numbers = (JSON.parse(expected) as Record<string, string[]>)[first!.name]!.map(Number);
  expect([...(await x.compute({ workers: 0 })).data].map(Number)).toEqual(numbers);
});

test("only the records that are wanted are read", async () => {
  const x = await openNetcdf3(at("NETCDF3_CLASSIC.nc"), { variable: "records_f4" });
  expect(x.slice([2]).sum().explain()).toMatch(/bytes to read: 60 B/);
});

describe("what cannot be read", () => {
  const classic = at("NETCDF3_CLASSIC.nc");

  test.each([
    ["several variables and no name", {}, /holds 23 variables; name one of them: scalar_i1, /],
    ["a name that is none", { variable: "z" }, /there is no variable "z"; variables are scalar_i1, /],
    ["text", { variable: "text" }, /text holds text; only numbers are read/],
    ["a name that is no text", { variable: 3 as never }, /variable is the name of a variable, not 3/],
  ])("opening is refused with %s", async (_, options, message) => {
    await expect(openNetcdf3(classic, options)).rejects.toThrow(message);
  });

  test("a file of another format says which", async () => {
    const message = /this is not a netCDF-3 file; it looks like a NumPy .npy file/;
    await expect(openNetcdf3(at("NETCDF3_CLASSIC-packed.npy"))).rejects.toThrow(message);
  });

  test("every beginning of a file is refused as truncated, and names no other fault", () => {
    const bytes = readFileSync(at("NETCDF3_64BIT_DATA.nc"));
    const path = at("short.nc");
    const variable = "odd";
    for (let length = bytes.length - 1; length > 16; length -= length > 6000 ? 997 : 131) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(
        thrownBy(() => openFile(path, { variable })),
        `${length}`,
      ).toMatchObject({
        name: "FormatError",
        message: expect.stringContaining("truncated"),
      });
    }
  });

  test("no changed byte of a header gives another error than a FormatError", () => {
    const bytes = readFileSync(classic);
    const path = at("changed.nc");
    let refused = 0;
    for (let place = 4; place < 1200; place += 3) {
      for (const value of [0, 1, 127, 255]) {
        const changed = Buffer.from(bytes);
        changed[place] = value;
        writeFileSync(path, changed);
        try {
          withLocalFile(path, readHeader);
        } catch (error) {
          expect((error as Error).name, `${place}: ${value}`).toBe("FormatError");
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
