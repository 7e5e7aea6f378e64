/** Detects times of NumPy whose numbers or units are not those that NumPy has: int64, with the unit in attributes. */
import { join } from "node:path";
import { type ChunkedArray, openNpy, openNpyStack, openNpz, openZarr, readAttributes } from "chunkwise";
import { beforeAll, expect, test } from "vitest";
import { chunkwise } from "../cli/program.js";
import { temporaryFolder } from "../support/folder.js";
import { runPython } from "../support/python.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const least = -(2n ** 63n);
const numbers = [0n, 1n, -1n, 2n ** 62n + 1n, least, 1_700_000_000_000_000_000n];

/** The units, with what the attributes say of them. */
const days = { units: "days since 1970-01-01", calendar: "proleptic_gregorian" };
const nanoseconds = { units: "nanoseconds since 1970-01-01", calendar: "proleptic_gregorian" };
const cases: readonly [descr: string, attributes: Record<string, string>][] = [
  ["<M8[ns]", { dtype: "datetime64[ns]", ...nanoseconds }],
  [">M8[D]", { dtype: "datetime64[D]", ...days }],
  ["<M8[25s]", { dtype: "datetime64[25s]" }],
  ["<M8[M]", { dtype: "datetime64[M]" }],
  ["<M8", { dtype: "datetime64" }],
  ["<m8[us]", { dtype: "timedelta64[us]", units: "microseconds" }],
  [">m8[h]", { dtype: "timedelta64[h]", units: "hours" }],
  ["<m8[Y]", { dtype: "timedelta64[Y]" }],
];

beforeAll(async () => {
  await runPython(
    `
import json, os, sys, numpy as np, zarr
folder, numbers, cases = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
numbers = np.array([int(n) for n in numbers], "i8")
for i, descr in enumerate(cases):
    x = numbers.view(np.dtype(descr).newbyteorder("=")).astype(descr).reshape(2, 3)
    assert (x.astype(x.dtype.newbyteorder("=")).view("i8").ravel() == numbers).all()
    np.save(f"{folder}/{i}.npy", x)
    np.savez(f"{folder}/{i}.npz", x=x, n=numbers)
    np.savez_compressed(f"{folder}/{i}-packed.npz", x=x)
    for version in (2, 3):
        z = zarr.create_array(f"{folder}/{i}-v{version}.zarr", shape=(4, 3), chunks=(2, 3), zarr_format=version,
            dtype=x.dtype, attributes={"long_name": "when"})
        z[:2] = x
stack = f"{folder}/stack"
os.mkdir(stack)
np.save(f"{stack}/0.npy", np.array([1, 2], "M8[s]")); np.save(f"{stack}/1.npy", np.array([3], "M8[s]"))
os.mkdir(f"{folder}/mixed")
np.save(f"{folder}/mixed/0.npy", np.array([1], "M8[s]")); np.save(f"{folder}/mixed/1.npy", np.array([1], "M8[ms]"))
`,
    folder,
    JSON.stringify(numbers.map(String)),
    JSON.stringify(cases.map(([descr]) => descr)),
  );
});

async function expectNumbers(x: ChunkedArray, expected: readonly bigint[] = numbers): Promise<void> {
  expect(x.dtype).toBe("int64");
  expect([...((await x.compute()).data as BigInt64Array)]).toEqual(expected);
}

test.each(cases.map(([descr, attributes], i) => [descr, attributes, i] as const))(
  "%s is read as int64 from .npy, .npz and Zarr, and the attributes say what it counts",
  async (_, attributes, i) => {
    await expectNumbers(openNpy(at(`${i}.npy`)));
    expect(await readAttributes(at(`${i}.npy`))).toEqual(attributes);
    await expectNumbers(await openNpz(at(`${i}.npz`), { member: "x" }));
    expect(await readAttributes(at(`${i}.npz`), { path: "x" })).toEqual(attributes);
    expect(await readAttributes(at(`${i}.npz`), { path: "n" })).toEqual({});
    expect(await readAttributes(at(`${i}.npz`))).toEqual({});
    await expectNumbers(await openNpz(at(`${i}-packed.npz`)));
    expect(await readAttributes(at(`${i}-packed.npz`))).toEqual(attributes);
    for (const version of [2, 3]) {
      const path = at(`${i}-v${version}.zarr`);
      // rows that were never written are NaT
      await expectNumbers(await openZarr(path), [...numbers, ...Array.from({ length: 6 }, () => least)]);
      expect(await readAttributes(path)).toEqual({ ...attributes, long_name: "when" });
    }
  },
);

test("a folder of .npy files of times has their attributes, and files of different units are refused", async () => {
  await expectNumbers(openNpyStack(at("stack")), [1n, 2n, 3n]);
  expect(await readAttributes(at("stack"))).toMatchObject({ dtype: "datetime64[s]" });
  expect(() => openNpyStack(at("mixed"))).toThrow(/1\.npy: has datetime64\[ms\] .*0\.npy has datetime64\[s\]/);
});

test("chunkwise info prints what the numbers count", async () => {
  const { stdout } = await chunkwise("info", at("0.npy"));
  expect(stdout).toMatch(/dtype +int64\n/);
  expect(stdout).toMatch(/ {2}units +"nanoseconds since 1970-01-01"\n/);
});
