/**
 * Detects variables of the CF conventions that are decoded to other numbers or dtypes than xarray's: every combination
 * of dtypes, scales, offsets, missing elements and signs; and in each kind of file that has variables, some of them.
 */
import { join } from "node:path";
import { type ChunkedArray, compute, type DType, open, openHdf5, openNpy, openZarr } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeCf } from "#src/api/cf";
import { FormatError } from "#src/data/errors";
import { assertSame } from "../support/arrays.js";
import { temporaryFolder } from "../support/folder.js";
import { runPython } from "../support/python.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** A variable: its attributes with their dtypes, and the dtype that xarray gives it. */
interface Case {
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  readonly types: Record<string, DType>;
  readonly dtype: DType;
}
let cases: Case[];
/** The names of variables in files. */
const inFiles = [
  "i2_f8o8_fill",
  "i2_f4_fill",
  "u1_none_both",
  "f4_none",
  "f8_f8_nan",
  "i4_none_fill",
  "unsigned1_f4_fill",
];

beforeAll(async () => {
  cases = JSON.parse(
    await runPython(
      `
import itertools, json, sys, numpy as np, netCDF4, xarray as xr
folder, in_files = sys.argv[1], json.loads(sys.argv[2])
ds = xr.Dataset()
def make(name, data, fill=None, **attributes):
    if fill is not None: attributes["_FillValue"] = np.array(fill, data.dtype)[()]
    ds[name] = ("y", "x"), data, attributes
f4, f8 = np.float32(0.1), np.float64(0.1)
steps = {"none": {}, "f4": dict(scale_factor=f4), "f8": dict(scale_factor=f8), "o4": dict(add_offset=np.float32(7.3)),
    "f4o4": dict(scale_factor=f4, add_offset=np.float32(7.3)),
    "f8o8": dict(scale_factor=f8, add_offset=np.float64(7.3)),
    "f4o8": dict(scale_factor=f4, add_offset=np.float64(7.3))}
for dtype, step in itertools.product(["i1", "u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"], steps):
    data = np.arange(12).astype(dtype).reshape(3, 4)
    if dtype[0] != "u": data -= np.array(5, dtype)
    make(f"{dtype}_{step}", data, **steps[step])
    make(f"{dtype}_{step}_fill", data, 3, **steps[step])
    make(f"{dtype}_{step}_both", data, 3, missing_value=np.array([1, 3], dtype), **steps[step])
    if dtype[0] == "f":
        data = data.copy(); data[1] = np.nan
        make(f"{dtype}_{step}_nan", data, np.nan, **steps[step])
for bits, step in itertools.product((1, 2, 4, 8), ("none", "f4", "f8o8")):
    data = np.arange(-6, 6).astype(f"i{bits}").reshape(3, 4)
    # xarray compares as floats, which holds -1 to be -2 where it is 2^32 - 1 in float32; chunkwise compares integers
    fill = -1 if bits < 4 else 3
    make(f"unsigned{bits}_{step}", data, _Unsigned="true", **steps[step])
    make(f"unsigned{bits}_{step}_fill", data, fill, _Unsigned="true", **steps[step])
    make(f"signed{bits}_{step}", data.astype(f"u{bits}"), _Unsigned="false", **steps[step])
plain = lambda value: value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
decoded = xr.decode_cf(ds)
print(json.dumps([dict(name=name, dtype=str(decoded[name].dtype),
    attributes={key: plain(value) for key, value in ds[name].attrs.items() if plain(value) == plain(value)},
    types={key: str(value.dtype) for key, value in ds[name].attrs.items() if hasattr(value, "dtype")},
    ) for name in ds]))
for name in ds:
    np.save(f"{folder}/{name}-stored.npy", ds[name].values)
    np.save(f"{folder}/{name}.npy", decoded[name].values)
some = ds[in_files]
some.to_netcdf(f"{folder}/x.nc")
for version in (2, 3): some.to_zarr(f"{folder}/v{version}.zarr", zarr_format=version, consolidated=False)
for name in in_files:
    for version in (2, 3):
        x = xr.open_zarr(f"{folder}/v{version}.zarr", consolidated=False)
        np.save(f"{folder}/{name}-v{version}.npy", x[name].values)
`,
      folder,
      JSON.stringify(inFiles),
    ),
  );
});

async function expectSame(pairs: readonly (readonly [name: string, got: ChunkedArray, want: string])[]): Promise<void> {
  const got = await compute(
    pairs.map(([, x]) => x),
    { workers: 0 },
  );
  const want = await compute(
    pairs.map(([, , name]) => openNpy(at(`${name}.npy`))),
    { workers: 0 },
  );
  for (const [i, [name]] of pairs.entries()) {
    expect(got[i]!.dtype, name).toBe(want[i]!.dtype);
    assertSame(got[i]!, want[i]!);
  }
}

test("elements and dtypes are those of xarray for every combination of attributes", async () => {
  expect(cases.length).toBeGreaterThan(200);
  const decoded = cases.map(({ name, attributes, types }) => {
    // JSON has no NaN
    const own = name.endsWith("_nan") ? { ...attributes, _FillValue: Number.NaN } : attributes;
    return [name, decodeCf(openNpy(at(`${name}-stored.npy`)), { attributes: own, types }, "x"), name] as const;
  });
  expect(Object.fromEntries(decoded.map(([name, x]) => [name, x.dtype]))).toEqual(
    Object.fromEntries(cases.map(({ name, dtype }) => [name, dtype])),
  );
  await expectSame(decoded);
});

describe("a file", () => {
  test.each([
    ["netCDF-4", (dataset: string) => openHdf5(at("x.nc"), { dataset, decode: "cf" }), ""],
    ["Zarr, version 2", (path: string) => openZarr(at("v2.zarr"), { path, decode: "cf" }), "-v2"],
    ["Zarr, version 3", (path: string) => openZarr(at("v3.zarr"), { path, decode: "cf" }), "-v3"],
  ] as const)("of %s is decoded as xarray decodes it", async (_, openOne, suffix) => {
    const arrays = await Promise.all(inFiles.map(async (name) => [name, await openOne(name), name + suffix] as const));
    await expectSame(arrays);
  });

  test("is not decoded unless that is asked for, and open takes the option too", async () => {
    expect((await openHdf5(at("x.nc"), { dataset: "i2_f8o8_fill" })).dtype).toBe("int16");
    const x = await open(at("x.nc"), { dataset: "i2_f8o8_fill", decode: "cf" });
    expect(x.dtype).toBe("float64");
    expect(await x.isnan().sum().compute({ workers: 0 })).toMatchObject({ data: new BigInt64Array([1n]) });
  });

  test("of records has attributes that are not those of a field", async () => {
    const records =
      "import sys, h5py, numpy as np\n" +
      'with h5py.File(sys.argv[1], "w") as f:\n' +
      '    f.create_dataset("r", data=np.array([(1,), (3,)], [("a", "i4")])).attrs["scale_factor"] = 3.0';
    await runPython(records, at("records.h5"));
    const x = await openHdf5(at("records.h5"), { dataset: "/r/a", decode: "cf" });
    expect([...(await x.compute({ workers: 0 })).data]).toEqual([1, 3]);
  });

  test("of a format without variables has no decoding, and there is no other one", async () => {
    const options = { decode: "cf" } as object;
    const unknown = /unknown option "decode"; expected chunks/;
    expect(() => openNpy(at("f4_none.npy"), options)).toThrow(unknown);
    const wrong = openHdf5(at("x.nc"), { dataset: "f4_none", decode: "CF" as "cf" });
    await expect(wrong).rejects.toThrow('openHdf5: decode is "cf", or left out, not "CF"');
  });
});

describe("decoding", () => {
  const stored = () => openNpy(at("i2_none-stored.npy"));

  test("is fused with what follows: one loop reads the file", () => {
    const x = decodeCf(stored(), { attributes: { scale_factor: 0.1, add_offset: 1, _FillValue: 3 } }, "x");
    expect(x.mean().explain()).toMatch(/1 × mean from file\n[\s\S]*1\.00 × the bytes needed/);
  });

  test("compares integers exactly, also where float64 has no room", async () => {
    const big = openNpy(at("i8_none-stored.npy")).add(2n ** 60n);
    const x = decodeCf(big, { attributes: { _FillValue: 2n ** 60n + 1n }, types: { _FillValue: "int64" } }, "x");
    expect(Number((await x.isnan().sum().compute({ workers: 0 })).get())).toBe(1);
  });

  test.each([
    ["beyond the dtype", { _FillValue: 1e20 }],
    ["a fraction", { missing_value: 3.5 }],
    ["text", { missing_value: "none" }],
    ["NaN", { _FillValue: Number.NaN }],
  ])("integers are as they are stored where the missing element is %s", (_, attributes) => {
    expect(decodeCf(stored(), { attributes }, "x").dtype).toBe("int16");
  });

  test.each([
    ["a text", "0.1"],
    ["two numbers", [1, 2]],
    ["no number", []],
  ])("a scale that is %s is refused", (_, scale) => {
    const decode = () => decodeCf(stored(), { attributes: { scale_factor: scale } }, "x.nc");
    expect(decode).toThrow(FormatError);
    expect(decode).toThrow("x.nc: to decode by the attribute scale_factor, it must be one number");
  });
});
