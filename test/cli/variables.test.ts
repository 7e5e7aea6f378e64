/**
 * Detects attributes and names of axes that are lost on the way from one format to another: xarray opens the copies,
 * and finds the same variables as in the original.
 */
import { join } from "node:path";
import { close, openHdf5, openNpy, openZarr, readAttributes, readDimensionNames } from "chunkwise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { runPython } from "../support/python.js";
import { chunkwise } from "./program.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
afterAll(() => close());

beforeAll(async () => {
  await runPython(
    `
import sys, numpy as np, xarray as xr, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
t = np.arange(24, dtype="f8").reshape(2, 3, 4); t[0, 1] = np.nan
ds = xr.Dataset(
    {"t": (("time", "y", "x"), t, {"units": "K", "valid_range": np.array([0, 300], "i2"), "long_name": "größe"}),
     "f": (("y", "x"), np.where(np.arange(12) % 5 == 0, np.nan, np.arange(12)).astype("f4").reshape(3, 4)),
     "z": (("y",), np.zeros(3, "i4")), "station": (("y",), np.array(["a", "b", "c"]))},
    coords={"time": np.array(["2001-01-01", "2001-01-02"], "M8[ns]"), "x": [10.0, 20.0, 30.0, 40.0]})
encoding = {"t": dict(dtype="i2", scale_factor=0.5, add_offset=10.0, _FillValue=-9999),
    "f": dict(_FillValue=np.float32(1e20))}
ds.to_netcdf(f"{folder}/x4.nc", encoding=encoding)
ds.to_netcdf(f"{folder}/x3.nc", encoding=encoding, format="NETCDF3_CLASSIC", engine="netcdf4")
np.save(f"{folder}/when.npy", np.array(["2001-01-01", "NaT"], "M8[s]"))
pq.write_table(pa.table({"x": [1.5, 2.5], "when": np.array(["2001-01-01", "NaT"], "M8[ms]")}), f"{folder}/when.parquet")
`,
    folder,
  );
});

/** Fails unless xarray finds the variables of a file in a Zarr group, with values, dtypes, axes and attributes. */
async function expectSameToXarray(file: string, group: string, names: readonly string[]): Promise<void> {
  await runPython(
    `
import sys, json, xarray as xr
a, b = xr.open_dataset(sys.argv[1]), xr.open_zarr(sys.argv[2], consolidated=False)
names = json.loads(sys.argv[3])
assert sorted(b.variables) == sorted(names), sorted(b.variables)
for name in names:
    xr.testing.assert_identical(a[name].reset_coords(drop=True), b[name].reset_coords(drop=True))
    assert a[name].dtype == b[name].dtype, name
`,
    at(file),
    at(group),
    JSON.stringify(names),
  );
}

describe("convert", () => {
  test.each(["x4.nc", "x3.nc"])(
    "--all copies %s into a group that xarray opens with the same content",
    async (file) => {
      const to = at(`${file}.zarr`);
      const { code, stderr } = await chunkwise("convert", at(file), to, "--all");
      expect(stderr).toMatch(/^chunkwise: \/?station is left out: it holds (text|strings).*\n$/);
      expect(code).toBe(0);
      await expectSameToXarray(file, `${file}.zarr`, ["t", "f", "z", "time", "x"]);
      // and from Zarr to Zarr, where the group may be replaced
      const second = await chunkwise("convert", to, at(`${file}2.zarr`), "--all");
      expect(second).toEqual({ code: 0, stdout: "", stderr: "" });
      expect((await chunkwise("convert", to, at(`${file}2.zarr`), "--all", "--overwrite")).code).toBe(0);
      await expectSameToXarray(file, `${file}2.zarr`, ["t", "f", "z", "time", "x"]);
    },
  );

  test("--into names the array, and keeps its attributes and the names of its axes", async () => {
    const words = ["convert", at("x4.nc"), at("one.zarr"), "--array", "t", "--into", "deep/t"];
    expect(await chunkwise(...words)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await readAttributes(at("one.zarr"), { path: "deep/t" })).toEqual({
      _FillValue: -9999,
      add_offset: 10,
      scale_factor: 0.5,
      units: "K",
      valid_range: [0, 300],
      long_name: "größe",
    });
    expect(await readDimensionNames(at("one.zarr"), { path: "deep/t" })).toEqual(["time", "y", "x"]);
  });

  test("--decode cf writes decoded elements, without the attributes that are used up", async () => {
    await chunkwise("convert", at("x3.nc"), at("decoded.zarr"), "--array", "t", "--into", "t", "--decode", "cf");
    const x = await openZarr(at("decoded.zarr"), { path: "t" });
    expect(x.dtype).toBe("float64");
    expect((await x.compute({ workers: 0 })).get(1, 2, 3)).toBe(23);
    const attributes = await readAttributes(at("decoded.zarr"), { path: "t" });
    expect(Object.keys(attributes).sort()).toEqual(["long_name", "units", "valid_range"]);
  });

  test("times of NumPy become times of xarray", async () => {
    await chunkwise("convert", at("when.npy"), at("when.zarr"), "--into", "when");
    expect(await readAttributes(at("when.zarr"), { path: "when" })).toMatchObject({ dtype: "datetime64[s]" });
    await openNpy(at("when.npy")).saveZarr(at("named.zarr"), {
      path: "when",
      attributes: await readAttributes(at("when.npy")),
      dimensionNames: ["n"],
    });
    const found = await runPython(
      `import sys, xarray as xr; print(*xr.open_zarr(sys.argv[1], consolidated=False)["when"].values.astype("M8[s]"))`,
      at("named.zarr"),
    );
    expect(found).toBe("2001-01-01T00:00:00 NaT\n");
  });

  test("times of a column keep what they count in Zarr, and numbers get no attributes", async () => {
    await chunkwise("convert", at("when.parquet"), at("column.zarr"), "--column", "when", "--into", "when");
    expect(await readAttributes(at("column.zarr"), { path: "when" })).toMatchObject({
      dtype: "datetime64[ms]",
      units: "milliseconds since 1970-01-01",
    });
    await chunkwise("convert", at("when.parquet"), at("number.zarr"), "--column", "x", "--into", "x");
    expect(await readAttributes(at("number.zarr"), { path: "x" })).toEqual({});
  });

  test("info says what a column counts", async () => {
    const { stdout } = await chunkwise("info", at("when.parquet"), "--column", "when", "--json");
    const attributes = { dtype: "datetime64[ms]", units: "milliseconds since 1970-01-01" };
    expect(JSON.parse(stdout)).toMatchObject({ shape: [2], dtype: "int64", attributes });
  });

  test.each([
    [["--array", "t", "--into", "x"], "y.npy", /y\.npy will hold one array, which has no name; got "x"/],
    [["--all", "--array", "t"], "y.zarr", /give either --all or --array/],
    [["--all", "--into", "t"], "y.zarr", /give either --all or --into/],
  ])("%j is refused for %s", async (words, to, message) => {
    const { code, stderr } = await chunkwise("convert", at("x3.nc"), at(to), ...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});

test.each([2, 3] as const)("saveZarr writes names of axes for xarray, version %s", async (zarrFormat) => {
  const path = at(`names${zarrFormat}.zarr`);
  const dimensionNames = await readDimensionNames(at("x4.nc"), { path: "z" });
  expect(dimensionNames).toEqual(["y"]);
  const z = await openHdf5(at("x4.nc"), { dataset: "z" });
  await z.saveZarr(path, { path: "z", zarrFormat, dimensionNames, attributes: { units: "m" } });
  expect(await readDimensionNames(path, { path: "z" })).toEqual(["y"]);
  const found = await runPython(
    `
import sys, xarray as xr
z = xr.open_zarr(sys.argv[1], consolidated=False)["z"]
print(z.dims, z.dtype, z.values.tolist(), z.attrs)
`,
    path,
  );
  expect(found).toBe("('y',) int32 [0, 0, 0] {'units': 'm'}\n");
});
