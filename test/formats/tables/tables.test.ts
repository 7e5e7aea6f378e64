/** What Arrow and Parquet have in common: nulls, times, decimals, lists, members of structs, dictionaries. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import {
  type ChunkedArray,
  fromArrow,
  open,
  openArrow,
  openParquet,
  readAttributes,
  readParquetStatistics,
} from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import type { TableOptions } from "#src/formats/tables/columns";
import { temporaryFolder } from "../../support/folder.js";
import { type Expected, expectedBytes, written } from "../pyarrow.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** Defines `both`, which writes a table as Parquet (pages of versions 1 and 2) and Arrow (compressed or not). */
const both = `
def both(name, table, rows=700, **options):
    for version in ["1.0", "2.0"]:
        pq.write_table(table, f"{folder}/{name}.{version}.parquet", row_group_size=rows, data_page_size=900,
            write_batch_size=100, data_page_version=version, **options)
    for codec in [None, "lz4"]:
        with pa.ipc.new_file(f"{folder}/{name}.{codec}.arrow", table.schema, options=pa.ipc.IpcWriteOptions(
                compression=codec)) as writer:
            writer.write_table(table, max_chunksize=rows)
`;
const stores = ["1.0.parquet", "2.0.parquet", "None.arrow", "lz4.arrow"];

/** Reads a table from each store and compares with what Python expects, bit by bit but for NaN. */
async function check(made: readonly Expected[], options: Record<string, TableOptions>): Promise<void> {
  expect(made.length).toBeGreaterThan(0);
  for (const { name, dtype, shape } of made) {
    const [file = ""] = name.split(":");
    for (const store of stores) {
      const array: ChunkedArray = await open(at(`${file}.${store}`), options[name] ?? {});
      expect([name, store, array.dtype, array.shape]).toEqual([name, store, dtype, shape]);
      const { data } = await array.compute({ workers: 0 });
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const expected = expectedBytes(folder, name);
      if (Buffer.from(bytes).equals(Buffer.from(expected))) continue;
      const wanted = new (data.constructor as new (buffer: ArrayBuffer) => typeof data)(
        new Uint8Array(expected).buffer,
      );
      const place = [...data.keys()].find((i) => !Object.is(data[i], wanted[i]));
      if (place !== undefined) expect.fail(`${name} in ${store}: ${data[place]}, not ${wanted[place]}, at ${place}`);
    }
  }
}

describe("nulls", () => {
  const big = 2n ** 53n + 1n;

  beforeAll(async () => {
    await written(
      folder,
      `${both}
n = 2000
ids = 2**53 + 1 + np.arange(n)
mask = np.arange(n) == 1999
table = pa.table({"none": ids, "one": pa.array(ids, mask=mask), "small": pa.array(np.arange(n), mask=mask),
    "flag": pa.array(ids % 2 == 0, mask=mask), "none32": pa.array(np.arange(n), pa.int32())})
both("known", table)
both("unknown", table, write_statistics=False)
both("unknown-plain", table, write_statistics=False, use_dictionary=False, compression="gzip")
garbage = pa.Array.from_buffers(pa.int64(), n, [pa.py_buffer(np.packbits(~mask, bitorder="little")), pa.py_buffer(ids)])
both("garbage", pa.table({"x": pa.array(np.where(mask, 2**53 + 1, np.arange(n)), mask=mask)}))
with pa.ipc.new_file(f"{folder}/stored.arrow", pa.schema([("x", pa.int64())])) as writer:
    values = pa.py_buffer(np.where(mask, 2**53 + 1, np.arange(n)))
    bits = pa.py_buffer(np.packbits(~mask, bitorder="little"))
    writer.write(pa.record_batch([pa.Array.from_buffers(pa.int64(), n, [bits, values])], ["x"]))
`,
    );
  });

  test("that are possible but not there leave integers as they are, whether the file counts them or not", async () => {
    for (const name of ["known", "unknown", "unknown-plain"]) {
      for (const store of stores) {
        const path = at(`${name}.${store}`);
        const ids = await open(path, { column: "none" });
        expect([store, ids.dtype]).toEqual([store, "int64"]);
        expect((await ids.slice([[0, 2]]).compute({ workers: 0 })).data).toEqual(BigInt64Array.of(big, big + 1n));
        expect((await open(path, { column: "none32" })).dtype).toBe("int32");
        expect((await open(path, { column: "one" })).dtype).toBe("float64");
        expect((await open(path, { column: "flag" })).dtype).toBe("float64");
        const small = await open(path, { column: "small" });
        expect((await small.slice([[1998, 2000]]).compute({ workers: 0 })).data).toEqual(Float64Array.of(1998, NaN));
      }
    }
  });

  test("never round an integer without a word, unless rounding or a number for nulls is wanted", async () => {
    for (const store of stores) {
      const path = at(`known.${store}`);
      const message = /column "one" holds 9007199254740993, which float64 cannot hold exactly; nulls.* \(nulls: 0\)/;
      await expect((await open(path, { column: "one" })).compute({ workers: 0 }), store).rejects.toThrow(message);
      const rounded = await open(path, { column: "one", inexact: true });
      expect((await rounded.slice([[0, 2]]).compute({ workers: 0 })).data).toEqual(
        Float64Array.of(2 ** 53, 2 ** 53 + 2),
      );
      const filled = await open(path, { column: "one", nulls: -1 });
      expect(filled.dtype).toBe("int64");
      const { data } = await filled.slice([[1998, 2000]]).compute({ workers: 0 });
      expect(data).toEqual(BigInt64Array.of(big + 1998n, -1n));
      const mask = await open(path, { columns: ["one", "none"], nulls: "mask" });
      expect((await mask.sum(0).compute({ workers: 0 })).data).toEqual(BigInt64Array.of(1n, 0n));
    }
    const flags = await open(at("known.lz4.arrow"), { column: "flag", nulls: 1 });
    expect([flags.dtype, (await flags.sum().compute({ workers: 0 })).data]).toEqual(["bool", BigInt64Array.of(1000n)]);
    await expect(open(at("known.lz4.arrow"), { column: "one", nulls: 0.5 })).rejects.toThrow(
      /nulls: 0.5 is no int64, which column "one" holds; expected a whole number/,
    );
    await expect(open(at("known.1.0.parquet"), { column: "flag", nulls: 2 })).rejects.toThrow(/from 0 to 1/);
    await expect(open(at("known.1.0.parquet"), { column: "one", nulls: Number.NaN })).rejects.toThrow(/nulls must be/);
  });

  test("may have any integer in their places, which is not looked at", async () => {
    const array = await openArrow(at("stored.arrow"), { column: "x" });
    const { data } = await array.slice([[1998, 2000]]).compute({ workers: 0 });
    expect(data).toEqual(Float64Array.of(1998, Number.NaN));
  });
});

describe("times", () => {
  test("are int64 with their unit in the attributes, and a null among them is NaT", async () => {
    const made = await written(
      folder,
      `${both}
n = 900
counts = np.arange(n) * 7919 - 2**33
mask = np.arange(n) % 13 == 5
least = np.iinfo("int64").min
times = {
    "s": pa.timestamp("s"), "ms": pa.timestamp("ms"), "us": pa.timestamp("us", "UTC"), "ns": pa.timestamp("ns"),
    "day64": pa.date64(), "time_us": pa.time64("us"), "time_ns": pa.time64("ns"),
}
columns = {name: pa.array(np.abs(counts) if name.startswith("time") else counts, mask=mask).cast(t) if name != "day64"
    else pa.array(np.arange(n) * 86400000, mask=mask).cast(t) for name, t in times.items()}
columns["day"] = pa.array(np.arange(n, dtype="int32"), mask=mask).cast(pa.date32())
columns["time_ms"] = pa.array(np.arange(n, dtype="int32"), mask=mask).cast(pa.time32("ms"))
table = pa.table(columns)
both("times", table)
wanted = {**{name: counts for name in ["s", "ms", "us", "ns"]}, "time_us": abs(counts), "time_ns": abs(counts),
    "day64": np.arange(n) * 86400000, "day": np.arange(n), "time_ms": np.arange(n)}
for name, values in wanted.items(): expect(f"times:{name}", np.where(mask, least, values))
expect("times:two", np.stack([np.where(mask, least, counts), np.where(mask, least, np.arange(n))], 1))
span = pa.array(counts, mask=mask).cast(pa.duration("ms"))
both("spans", pa.table({"span": span, "inside": pa.StructArray.from_arrays([span], ["span"])}))
expect("spans:span", np.where(mask, least, counts))
expect("spans:two", np.stack([np.where(mask, least, counts)] * 2, 1))
`,
    );
    const columns = ["s", "ms", "us", "ns", "day64", "time_us", "time_ns", "day", "time_ms"];
    const options: Record<string, TableOptions> = Object.fromEntries(columns.map((c) => [`times:${c}`, { column: c }]));
    // Parquet has no seconds and no dates in milliseconds: pyarrow writes milliseconds and days
    const arrowOnly = made.filter(({ name }) => ["times:s", "times:day64"].includes(name));
    const shared = made.filter((entry) => !arrowOnly.includes(entry));
    const spans = { "spans:span": { column: "span" }, "spans:two": { columns: ["span", "inside.span"] } };
    await check(shared, { ...options, ...spans, "times:two": { columns: ["us", "day"] } });
    for (const { name } of arrowOnly) {
      const [file, column = ""] = name.split(":");
      const { data } = await (await openArrow(at(`${file}.lz4.arrow`), { column })).compute({ workers: 0 });
      expect(Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(expectedBytes(folder, name)), name).toBe(
        true,
      );
    }
    await expect(open(at("times.lz4.arrow"))).rejects.toThrow(/no columns of numbers; it has "s" \(datetime64\[s\]\)/);
    for (const store of stores) {
      const refused = open(at(`spans.${store}`));
      await expect(refused).rejects.toThrow(/no columns of numbers; it has "span" \(timedelta64\[ms\]\)/);
    }
    const since = { units: "microseconds since 1970-01-01", calendar: "proleptic_gregorian", timezone: "UTC" };
    for (const store of stores) {
      const attributes = await readAttributes(at(`times.${store}`), { path: "us" });
      expect([store, attributes]).toEqual([store, { dtype: "datetime64[us]", ...since }]);
      const day = await readAttributes(at(`times.${store}`), { path: "day" });
      expect(day).toMatchObject({ dtype: "datetime64[D]", units: "days since 1970-01-01" });
      const span = await readAttributes(at(`spans.${store}`), { path: "span" });
      expect([store, span]).toEqual([store, { dtype: "timedelta64[ms]", units: "milliseconds" }]);
    }
    await expect(readAttributes(at("times.lz4.arrow"), { path: "z" })).rejects.toThrow(/has no column "z"/);
  });

  test("of 96 bits are nanoseconds since 1970, and those that int64 cannot count are an error", async () => {
    await written(
      folder,
      `
times = np.array(["1969-12-31T23:59:59.999999999", "2026-11-30T18:52:51.123456789", "NaT"], "M8[ns]")
for dictionary in [True, False]:
    pq.write_table(pa.table({"t": times}), f"{folder}/int96-{dictionary}.parquet", use_deprecated_int96_timestamps=True,
        use_dictionary=dictionary)
far = pa.array([253402300799], pa.timestamp("s"))
pq.write_table(pa.table({"t": far}), f"{folder}/far.parquet", use_deprecated_int96_timestamps=True)
`,
    );
    for (const dictionary of ["True", "False"]) {
      const array = await openParquet(at(`int96-${dictionary}.parquet`), { column: "t" });
      const { data } = await array.compute({ workers: 0 });
      expect(data).toEqual(BigInt64Array.of(-1n, 1796064771123456789n, -(2n ** 63n)));
      const attributes = await readAttributes(at(`int96-${dictionary}.parquet`), { path: "t" });
      expect(attributes).toMatchObject({ dtype: "datetime64[ns]" });
    }
    const far = await openParquet(at("far.parquet"), { column: "t" });
    await expect(far.compute({ workers: 0 })).rejects.toThrow(/column "t" holds a time 2932896 days after 1970-01-01/);
  });
});

test("decimals are refused with advice, or become the nearest float64 of each", async () => {
  const made = await written(
    folder,
    `${both}
from decimal import Decimal
import random
rng = random.Random(3)
n = 800
columns, wanted = {}, {}
for bits, precision, scale in [(32, 9, 2), (64, 18, 5), (128, 38, 30), (256, 76, 10), (128, 12, 0), (128, 5, -3)]:
    name = f"d{bits}_{precision}_{scale}".replace("-", "m")
    numbers = [rng.randrange(-10**rng.randrange(1, precision + 1), 10**precision) for _ in range(n)]
    values = [None if i % 9 == 4 else Decimal(number).scaleb(-scale, None) if precision < 28 else
        Decimal(("-" if number < 0 else "") + str(abs(number)) + f"e{-scale}") for i, number in enumerate(numbers)]
    make = {32: pa.decimal32, 64: pa.decimal64, 128: pa.decimal128, 256: pa.decimal256}[bits]
    columns[name] = pa.array(values, make(precision, scale))
    wanted[name] = np.array([np.nan if value is None else float(value) for value in values])
columns["i"] = pa.array(range(n), pa.int32())
positive = {name: column for name, column in columns.items() if "m" not in name}
both("decimals", pa.table(positive))
both("plain-decimals", pa.table(positive), use_dictionary=False, store_decimal_as_integer=True)
for name in positive:
    if name == "i": continue
    expect(f"decimals:{name}", wanted[name])
    expect(f"plain-decimals:{name}", wanted[name])
expect("decimals", np.stack([*(wanted[name] for name in positive if name != "i"), np.arange(n)], 1))
with pa.ipc.new_file(f"{folder}/negative.arrow", pa.schema([("x", columns["d128_5_m3"].type)])) as writer:
    writer.write(pa.record_batch([columns["d128_5_m3"]], ["x"]))
np.save(f"{folder}/negative.npy", wanted["d128_5_m3"])
`,
  );
  const options = Object.fromEntries(
    made.map(({ name }) => {
      const [, column] = name.split(":");
      return [name, { inexact: true, ...(column === undefined ? {} : { column }) }];
    }),
  );
  await check(made, options);
  for (const store of stores) {
    expect((await open(at(`decimals.${store}`))).shape, store).toEqual([800, 1]);
    await expect(open(at(`decimals.${store}`), { column: "d32_9_2" }), store).rejects.toThrow(
      /column "d32_9_2" of .* holds decimal\(9, 2\), which no dtype holds exactly; with inexact: true/,
    );
    expect(await readAttributes(at(`decimals.${store}`), { path: "d32_9_2" })).toEqual({ scale: 2 });
  }
  const [negative, wanted] = [
    await openArrow(at("negative.arrow"), { column: "x", inexact: true }),
    at("negative.npy"),
  ];
  expect((await negative.compute({ workers: 0 })).data).toEqual((await (await open(wanted)).compute()).data);
});

describe("lists and structs", () => {
  test("lists of one length are an axis, or columns among others; members are columns", async () => {
    const made = await written(
      folder,
      `${both}
rng = np.random.default_rng(2)
n = 1500
emb = rng.standard_normal((n, 6)).astype("float32")
holes = rng.random((n, 6)) < 0.1
ids = np.arange(n)
gone = ids % 11 == 3
pair = rng.integers(-5, 5, (n, 2))
fixed = lambda values, k, mask=None: pa.FixedSizeListArray.from_arrays(pa.array(values.ravel(), mask=mask), k)
members = [pa.array(ids * 0.5), pa.array(ids, mask=ids % 4 == 1)]
point = pa.StructArray.from_arrays(members, ["x", "y"], mask=pa.array(gone))
deep = pa.StructArray.from_arrays([point, fixed(pair, 2)], ["p", "pair"])
table = pa.table({"id": ids, "emb": fixed(emb, 6), "text": [str(i) for i in ids], "holes": fixed(emb, 6, holes.ravel()),
    "point": point, "deep": deep, "pairs": fixed(rng.integers(0, 9, (n, 2)).astype("uint8"), 2)})
both("nested", table)
both("nested-plain", table, rows=10000, use_dictionary=False, compression="none")
x = np.where(gone, np.nan, ids * 0.5)
y = np.where(gone | (ids % 4 == 1), np.nan, ids)
for file in ["nested", "nested-plain"]:
    expect(f"{file}:emb", emb)
    expect(f"{file}:holes", np.where(holes, np.float32(np.nan), emb))
    expect(f"{file}:point.x", x)
    expect(f"{file}:point.y", y)
    expect(f"{file}:deep.p.y", y)
    expect(f"{file}:deep.pair", pair)
    expect(f"{file}:all", np.concatenate([ids[:, None], emb, x[:, None], pair], 1))
    expect(f"{file}:mask", np.concatenate([np.isnan(y)[:, None], holes], 1))
    expect(f"{file}", ids[:, None])
`,
    );
    const options = Object.fromEntries(
      made.map(({ name }): [string, TableOptions] => {
        const [, column] = name.split(":");
        if (column === "all") return [name, { columns: ["id", "emb", "point.x", "deep.pair"] }];
        if (column === "mask") return [name, { columns: ["point.y", "holes"], nulls: "mask" }];
        return [name, column === undefined ? {} : { column }];
      }),
    );
    await check(made, options);
    for (const store of stores) {
      await expect(open(at(`nested.${store}`), { column: "point" }), store).rejects.toThrow(/"point\.x", "point\.y"/);
      // rows and places cut out of lists, by workers
      const emb = await open(at(`nested.${store}`), { column: "emb" });
      const all = (await emb.compute({ workers: 0 })).data;
      const { data } = await emb
        .slice([
          [690, 1410],
          [1, 4],
        ])
        .compute({ workers: 1 });
      const wanted = Float32Array.from({ length: 720 * 3 }, (_, i) =>
        Number(all[(690 + Math.floor(i / 3)) * 6 + 1 + (i % 3)]),
      );
      expect(data, store).toEqual(wanted);
    }
  });

  test("lists without rows, of other lengths, and missing ones", async () => {
    await written(
      folder,
      `${both}
types = {"v": pa.list_(pa.float32(), 3), "s": pa.struct({"x": pa.int8()})}
both("no-rows", pa.table({name: pa.array([], t) for name, t in types.items()}))
def one(name, lists): pq.write_table(pa.table({"v": pa.array(lists, pa.list_(pa.int16()))}), f"{folder}/{name}.parquet")
one("uneven", [[1], [2, 3]])
one("on-average", [[1], [2, 3, 4], [5, 6]])
one("all-missing", [None, None])
one("even", [[1, 2], [3, None]])
missing = pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2))
with pa.ipc.new_file(f"{folder}/missing.arrow", pa.schema([("v", missing.type)])) as writer:
    writer.write(pa.record_batch([missing], ["v"]))
`,
    );
    expect((await open(at("no-rows.None.arrow"), { column: "v" })).shape).toEqual([0, 3]);
    expect((await open(at("no-rows.1.0.parquet"), { column: "v" })).shape).toEqual([0, 0]);
    expect((await open(at("no-rows.1.0.parquet"), { column: "s.x" })).shape).toEqual([0]);
    await expect(open(at("uneven.parquet"), { column: "v" })).rejects.toThrow(/lists of int16 that differ in length/);
    const even = await open(at("even.parquet"), { column: "v", nulls: -7 });
    expect((await even.compute({ workers: 0 })).data).toEqual(Int16Array.of(1, 2, 3, -7));
    for (const [name, problem] of [
      ["on-average", /column "v" holds a list whose length is not 2, as it is on average/],
      ["all-missing", /column "v" holds a row without a list, or with an empty one/],
    ] as const) {
      const array = await open(at(`${name}.parquet`), { column: "v" });
      await expect(array.compute({ workers: 0 }), name).rejects.toThrow(problem);
    }
    const missing = await open(at("missing.arrow"), { column: "v" });
    expect((await missing.compute({ workers: 0 })).data).toEqual(Float64Array.of(1, 2, NaN, NaN, 3, 4));
  });
});

test("dictionaries of numbers are read as the numbers, in files and streams that replace or extend them", async () => {
  const made = await written(
    folder,
    `${both}
n = 1200
rng = np.random.default_rng(8)
def coded(values, indices, kind, mask=None):
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(kind), mask=mask), values)
codes = rng.integers(0, 5, n)
mask = rng.random(n) < 0.1
longs = np.array([2**60 + 1, 7, -3, 2**62 + 5, 0x7ff0000000000001])
halves = np.array([0.5, -1.25, 3, np.inf, 1e-7], "float16")
words = pa.array(["a", "b", "c", "d", "e"])
with_null = pa.array([1.5, None, 2.5, 3.5, 4.5])
table = pa.table({"text": coded(words, codes, "int8"), "long": coded(pa.array(longs), codes, "int8"),
    "half": coded(pa.array(halves), codes, "uint16", mask), "float": coded(with_null, codes, "int64", mask),
    "when": coded(pa.array([1, 2, 3, 4, 5], pa.timestamp("s")), codes, "int32", mask),
    "bool": coded(pa.array([True, False]), codes % 2, "uint8")})
both("coded", table.drop(["when", "bool", "float"])) # Parquet has no nulls in dictionaries
expect("coded:long", longs[codes])
expect("coded:half", np.where(mask, np.float32(np.nan), halves.astype("float32")[codes]))
floats = np.array([1.5, np.nan, 2.5, 3.5, 4.5])
expect("coded:mask", np.stack([np.zeros(n, bool), mask], 1))
with pa.ipc.new_file(f"{folder}/others.arrow", table.schema) as writer: writer.write_table(table)
np.save(f"{folder}/float.npy", np.where(mask, np.nan, floats[codes]))
np.save(f"{folder}/float-mask.npy", np.isnan(np.where(mask, np.nan, floats[codes])))
np.save(f"{folder}/when.npy", np.where(mask, np.iinfo("int64").min, codes + 1))
np.save(f"{folder}/bool.npy", codes % 2 == 0)
parts = [pa.array([10, 20, 30]), pa.array([10, 20, 30, 40]), pa.array([5, 6])]
wholes = [coded(values, np.arange(len(values)), "int8") for values in parts]
schema = pa.schema([("x", wholes[0].type)])
for delta in [True, False]:
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=delta, compression="zstd" if delta else None)
    with pa.ipc.new_stream(f"{folder}/changing-{delta}.arrow", schema, options=options) as writer:
        for column in wholes: writer.write(pa.record_batch([column], ["x"]))
`,
  );
  await check(made, {
    "coded:long": { column: "long" },
    "coded:half": { column: "half" },
    "coded:mask": { columns: ["long", "half"], nulls: "mask" },
  });
  for (const name of ["when", "bool", "float", "float-mask"]) {
    const [column = "", mask] = name.split("-");
    const options: TableOptions = mask === undefined ? { column } : { column, nulls: "mask" };
    const [found, wanted] = [await openArrow(at("others.arrow"), options), await open(at(`${name}.npy`))];
    expect((await found.compute({ workers: 0 })).data, name).toEqual((await wanted.compute({ workers: 0 })).data);
  }
  await expect(openArrow(at("others.arrow"), { column: "text" })).rejects.toThrow(/holds a dictionary of utf8/);
  for (const delta of ["True", "False"]) {
    const { data } = await (await openArrow(at(`changing-${delta}.arrow`), { column: "x" })).compute({ workers: 0 });
    expect(data, delta).toEqual(BigInt64Array.of(10n, 20n, 30n, 10n, 20n, 30n, 40n, 5n, 6n));
  }
});

test("a folder of Parquet files with keys in its names is one table, in the order of names", async () => {
  const made = await written(
    folder,
    `
import os
def put(path, **columns):
    os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
    pq.write_table(pa.table(columns), f"{folder}/{path}.parquet", row_group_size=3)
for year in [2023, 2024]:
    for month in [1, 2, 10]:
        a = np.arange(4) + year * month
        put(f"hive/year={year}/month={month}/part-0", a=a, b=a * 0.5, s=[str(i) for i in a])
put("hive/year=2024/month=10/part-10", a=pa.array([1, None]), b=pa.array([0.5, None]), s=["x", "y"])
put("hive/year=2024/month=10/part-2", a=[3], b=[4.0], s=["z"])
open(f"{folder}/hive/_SUCCESS", "w").close()
open(f"{folder}/hive/year=2023/.part.crc", "w").write("x")
def table(path):
    pieces = []
    for year in [2023, 2024]:
        for month in [1, 2, 10]:
            for name in ["part-0", "part-2", "part-10"]:
                file = f"{path}/year={year}/month={month}/{name}.parquet"
                if os.path.exists(file):
                    t = pq.ParquetFile(file).read()
                    nan = lambda column: column.to_numpy(zero_copy_only=False).astype("float64")
                    keys = [np.full(len(t), year), np.full(len(t), month)]
                    pieces.append(np.stack([nan(t["a"]), nan(t["b"]), *keys], 1))
    return np.concatenate(pieces)
whole = table(f"{folder}/hive")
import pyarrow.dataset as ds
theirs = ds.dataset(f"{folder}/hive", partitioning="hive").to_table()
assert theirs.num_rows == len(whole) and sorted(theirs["month"].to_pylist()) == sorted(whole[:, 3])
expect("hive", whole)
expect("hive:year", whole[:, 2].astype("int32"))
expect("hive:chosen", whole[:, [3, 0]])
for key in ["1.5", "-2", "__HIVE_DEFAULT_PARTITION__"]: put(f"floats/k={key}/x", v=[1, 2])
expect("floats", np.array([[1, np.nan], [2, np.nan], [1, -2], [2, -2], [1, 1.5], [2, 1.5]]))
put("texts/color=red/a", v=[1]); put("texts/color=blue/a", v=[2])
put("differ/0", v=[1, 2]); put("differ/1", v=[1.5]); put("differ/2", v=pa.array([], pa.string()))
expect("differ", np.array([[1], [2], [1.5]]))
put("lacking/0", v=[1], w=[1]); put("lacking/1", v=[2])
put("wrong/0", v=[1]); put("wrong/1", v=["x"])
put("units/0", v=np.array([1], "M8[ms]")); put("units/1", v=np.array([1], "M8[us]"))
put("lists/0", v=pa.array([], pa.list_(pa.int8(), 2))); put("lists/1", v=pa.array([[1, 2]], pa.list_(pa.int8(), 2)))
os.makedirs(f"{folder}/empty")
`,
  );
  const options: Record<string, TableOptions> = {
    "hive:year": { column: "year" },
    "hive:chosen": { columns: ["month", "a"] },
  };
  expect(made).toHaveLength(5);
  for (const { name, dtype, shape } of made) {
    const [path = ""] = name.split(":");
    const array = await (name === "hive" ? open : openParquet)(at(path), options[name] ?? {});
    expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
    const { data } = await array.compute({ workers: name === "hive" ? 2 : 0 });
    const wanted = expectedBytes(folder, name);
    const numbers = new (data.constructor as typeof Float64Array)(new Uint8Array(wanted).buffer);
    expect(data, name).toEqual(numbers);
  }
  expect((await openParquet(at("texts"))).shape).toEqual([2, 1]);
  await expect(openParquet(at("texts"), { column: "color" })).rejects.toThrow(/column "color" of .* holds texts/);
  await expect(openParquet(at("lacking"))).rejects.toThrow(/1\.parquet: column "w" is missing; other files/);
  await expect(openParquet(at("wrong"))).rejects.toThrow(
    /1\.parquet: column "v" holds string; in another file .* int64/,
  );
  await expect(openParquet(at("units"), { column: "v" })).rejects.toThrow(/datetime64\[us\]; in another .*\[ms\]/);
  await expect(openParquet(at("empty"))).rejects.toThrow(/the folder has no file that ends with \.parquet/);
  const lists = await openParquet(at("lists"), { column: "v" });
  expect((await lists.compute({ workers: 0 })).data).toEqual(Int8Array.of(1, 2));
  const [year] = await readParquetStatistics(at("hive"), { columns: ["year"] });
  expect(year).toMatchObject({ min: 2023, max: 2024, nulls: 0, rows: 27 });
  const filled = await openParquet(at("hive"), { columns: ["a", "month"], nulls: 0 });
  expect(filled.dtype).toBe("int64");
});

test("tables of Arrow in memory follow the same rules as files", async () => {
  await written(
    folder,
    `
mask = np.arange(90) % 13 == 5
counts = np.arange(90) + 2**53
columns = {"us": pa.array(counts, mask=mask).cast(pa.timestamp("us")), "day64": pa.array(np.arange(90) * 86400000,
    mask=mask).cast(pa.date64()), "day": pa.array(np.arange(90, dtype="int32"), mask=mask).cast(pa.date32()),
    "time": pa.array(np.arange(90, dtype="int32")).cast(pa.time32("s")),
    "span": pa.array(counts).cast(pa.duration("ns")),
    "money": pa.array(np.arange(90) - 40, mask=mask).cast(pa.decimal128(22, 2)), "id": pa.array(counts, mask=mask)}
table = pa.table(columns)
with pa.ipc.new_file(f"{folder}/memory.arrow", table.schema) as writer: writer.write_table(table, max_chunksize=40)
`,
  );
  const path = at("memory.arrow");
  const table = tableFromIPC(readFileSync(path));
  for (const options of [
    ...["us", "day64", "day", "time", "span"].map((column) => ({ column })),
    { column: "money", inexact: true },
    { column: "id", inexact: true },
    { column: "id", nulls: -1 },
    { columns: ["us", "day"] },
    { columns: ["id", "money"], nulls: "mask" },
  ] as const) {
    const [memory, file] = [await fromArrow(table, options), await openArrow(path, options)];
    expect([options, memory.dtype, memory.shape]).toEqual([options, file.dtype, file.shape]);
    const found = (await memory.compute({ workers: 0 })).data;
    expect(found, JSON.stringify(options)).toEqual((await file.compute({ workers: 0 })).data);
  }
  await expect(fromArrow(table, { column: "money" })).rejects.toThrow(/decimal\(22, 2\), which no dtype holds exactly/);
  await expect(fromArrow(table, { column: "id" })).rejects.toThrow(/"id" holds 9007199254740993, which float64 cannot/);
});
