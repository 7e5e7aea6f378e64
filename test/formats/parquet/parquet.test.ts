import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dtypes, factsOf } from "#src/data/dtype";
import { ArgumentError, DTypeError, FormatError, ShapeError } from "#src/data/errors";
import { parquet } from "#src/formats/parquet/format";
import { openParquet } from "#src/formats/parquet/open";
import { formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { compare, elements, expectedBytes, pyarrow, writeAll, written } from "../pyarrow.js";

const folder = temporaryFolder();
const real = dtypes.filter((dtype) => factsOf(dtype).kind !== "complex");
const pathOf = (name: string): string => join(folder, `${name}.parquet`);

const numbers = `
rng = np.random.default_rng(5)
def write(name, table, **options):
    pq.write_table(table, f"{folder}/{name}.parquet", **options)
def numbers(dtype, n):
    dtype = np.dtype(dtype)
    if dtype.kind == "f": return rng.standard_normal(n).astype(dtype)
    if dtype.kind == "b": return rng.integers(0, 2, n).astype(bool)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, n, dtype=dtype, endpoint=True)
def widened(values, mask):
    want = values.astype("float32") if values.dtype == "float16" else values
    if not mask.any(): return want
    if want.dtype.kind != "f": want = want.astype("float64")
    return np.where(mask, np.array(np.nan, want.dtype), want)
`;

describe("reading tables that pyarrow wrote", () => {
  test("gives elements of every type in every encoding and version of pages, with and without nulls", async () => {
    const made = await written(
      folder,
      `${numbers}
types = ["bool", *(f"{sign}int{bits}" for sign in ["", "u"] for bits in [8, 16, 32, 64])]
types += ["float16", "float32", "float64"]
n = 3001
for t in types:
    encodings = ["PLAIN", "dictionary"]
    if t == "bool": encodings = ["PLAIN", "RLE"]
    elif t.startswith("float") : encodings += ["BYTE_STREAM_SPLIT"]
    else: encodings += ["BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED"]
    for encoding in encodings:
        for version in ["1.0", "2.0"]:
            for kind in ["required", "optional", "nulls"]:
                values = numbers(t, n)
                if encoding == "dictionary": values = values[rng.integers(0, 300, n)]
                mask = rng.random(n) < (0.3 if kind == "nulls" else 0)
                name = f"{t}-{encoding}-{version}-{kind}"
                column = pa.array(values, mask=mask)
                schema = pa.schema([pa.field("x", column.type, kind != "required")])
                how = {"use_dictionary": encoding == "dictionary"}
                if encoding != "dictionary": how["column_encoding"] = encoding
                write(name, pa.table([column], schema), row_group_size=1700, data_page_size=700, write_batch_size=64,
                    data_page_version=version, compression="none", write_page_checksum=True, **how)
                expect(name, widened(values, mask).reshape(-1, 1))
`,
    );
    expect(made.length).toBe(6 * (2 + 8 * 4 + 3 * 3));
    for (const { name, dtype, shape } of made) {
      const array = await openParquet(pathOf(name), { inexact: true });
      expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
      await compare(parquet, { array, bytes: expectedBytes(folder, name) }, name);
    }
  });

  test("decompresses every codec", async () => {
    const made = await written(
      folder,
      `${numbers}
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    for version in ["1.0", "2.0"]:
        values = np.round(numbers("float64", 20000), 2)
        mask = rng.random(20000) < 0.1
        text = [str(i) for i in range(20000)]
        name = f"{codec}-{version}"
        table = pa.table({"text": text, "x": pa.array(values, mask=mask), "y": values})
        write(name, table, row_group_size=6000, compression=codec, data_page_version=version)
        expect(name, np.stack([widened(values, mask), values], 1))
        for encoding in ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED"]:
            values = numbers("int32", 700)
            mask = rng.random(700) < 0.1
            name = f"{codec}-{version}-{encoding}"
            table = pa.table({"x": pa.array(values, mask=mask), "y": values})
            how = {"use_dictionary": False, "column_encoding": encoding}
            write(name, table, compression=codec, data_page_version=version, **how)
            expect(name, np.stack([widened(values, mask), values], 1))
`,
    );
    expect(made).toHaveLength(6 * 2 * 4);
    for (const { name, dtype, shape } of made) {
      const array = await openParquet(pathOf(name));
      expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
      await compare(parquet, { array, bytes: expectedBytes(folder, name) }, name);
    }
  });

  test("finds columns between nested ones, gives masks, single columns and times, and refuses the rest", async () => {
    const made = await written(
      folder,
      `${numbers}
n = 5000
a, b, c = numbers("int32", n), numbers("float32", n), numbers("uint8", n)
mask = np.arange(n) % 7 == 3
when = np.arange(n).astype("datetime64[us]")
table = pa.table({
    "text": [str(i) for i in range(n)],
    "list": pa.array([[i] * (i % 3) for i in range(n)]),
    "a": a,
    "struct": pa.array([{"p": i, "q": None} for i in range(n)]),
    "b": pa.array(b, mask=mask),
    "when": when,
    "day": np.arange(n).astype("datetime64[D]"),
    "c": c,
    "money": pa.array([1] * n, pa.decimal128(9, 2)),
})
write("mixed", table, row_group_size=999)
expect("mixed", np.stack([a.astype("float64"), np.where(mask, np.nan, b), c], 1))
expect("mask", np.stack([mask, np.zeros(n, bool)], 1))
expect("c", c)
expect("when", np.stack([when.astype("int64"), np.arange(n)], 1))
values = pa.table({"x": pa.array([1, None, 3], pa.int64()), "y": pa.array([1, 2, 3], pa.int64())})
write("silent", values, write_statistics=False)
expect("silent", np.array([[1, 1], [np.nan, 2], [3, 3]]))
`,
    );
    const options = {
      mixed: {},
      mask: { columns: ["b", "c"], nulls: "mask" },
      c: { column: "c" },
      silent: {},
    } as const;
    const cases = { ...options, when: { columns: ["when", "day"] } } as const;
    for (const { name, dtype, shape } of made) {
      const array = await openParquet(pathOf(name === "silent" ? name : "mixed"), cases[name as keyof typeof cases]);
      expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
      await compare(parquet, { array, bytes: expectedBytes(folder, name) }, name);
    }
    for (const [column, type] of [
      ["text", "string"],
      ["list", "lists of int64 that differ in length"],
      ["struct", "nested values"],
      ["money", "decimal"],
    ] as const) {
      const error = await openParquet(pathOf("mixed"), { column }).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as Error).message).toContain(`column "${column}" of ${pathOf("mixed")} holds ${type}`);
      if (column === "list")
        expect((error as Error).message).toMatch(/lists are read if all have one length.*; save the elements/);
    }
    await expect(openParquet(pathOf("mixed"), { column: "b", nulls: "error" })).rejects.toThrow(
      /column "b" .* 714 nulls/,
    );
    await expect(openParquet(pathOf("mixed"), { columns: ["z"] })).rejects.toThrow(ArgumentError);
    const unsure = await openParquet(pathOf("silent"), { column: "x", nulls: "error" });
    expect(unsure.dtype).toBe("int64");
    const reader = await parquet.reader(unsure);
    await expect(reader.read([{ start: 0, stop: 3 }], new Uint8Array(24))).rejects.toThrow(/nulls: "error" refuses/);
    await reader.close();
  });

  formatSuite(
    async () => parquet,
    async () => {
      const made = await written(
        folder,
        `${numbers}
for name, rows, codec in [("zstd", 30000, "zstd"), ("snappy", 20000, "snappy")]:
    values = rng.integers(0, 1000, (70001, 5)).astype("float64")
    mask = rng.random(values.shape) < 0.01
    columns = {f"c{i}": pa.array(values[:, i], mask=mask[:, i]) for i in range(5)}
    write("suite-" + name, pa.table(columns), row_group_size=rows, compression=codec, data_page_size=50000)
    expect("suite-" + name, np.where(mask, np.nan, values))
values = numbers("int16", 400000)
write("suite-flat", pa.table({"x": values}), row_group_size=150000)
expect("suite-flat", values)
`,
      );
      return Object.fromEntries(
        await Promise.all(
          made.map(async ({ name }) => {
            const options = name === "suite-flat" ? { column: "x" } : {};
            return [name, { array: await openParquet(pathOf(name), options), bytes: expectedBytes(folder, name) }];
          }),
        ),
      );
    },
  );
});

describe("writing tables", () => {
  const compressions = ["none", "snappy", "gzip"] as const;
  test.each(compressions)("with compression %s gives files that pyarrow and this reader read", async (compression) => {
    for (const dtype of real) {
      for (const [shape, chunks] of [
        [[1000], [[300, 300, 400]]],
        [
          [700, 5],
          [
            [256, 256, 188],
            [2, 3],
          ],
        ],
        [
          [0, 3],
          [[0], [3]],
        ],
        [
          [1, 1],
          [[1], [1]],
        ],
      ] as const) {
        const path = pathOf(`ours-${dtype}-${shape.join("x")}-${compression}`);
        const { kind } = factsOf(dtype);
        // the highest bit too, of integers without a sign
        const value = (i: number): number =>
          kind === "bool"
            ? Number(i % 3 === 0)
            : kind === "uint" && i % 5 === 0
              ? 2 ** (8 * factsOf(dtype).bytes - 1)
              : (i * 37) % 101;
        const bytes = elements(dtype, shape, value);
        const destination = await parquet.create(path, { dtype, shape, chunks }, { compression });
        await writeAll(parquet, destination, bytes);
        await destination.commit();
        const array = await openParquet(path, shape.length === 1 ? { column: "column_0" } : {});
        expect([array.dtype, array.shape]).toEqual([dtype, shape]);
        await compare(parquet, { array, bytes }, path);
        writeFileSync(`${path}.bin`, bytes);
      }
    }
    const code = `
import glob
count = 0
for path in glob.glob(f"{sys.argv[1]}/ours-*-{sys.argv[2]}.parquet"):
    dtype, shape = path.split("/ours-")[1].split("-")[:2]
    shape = [int(n) for n in shape.split("x")]
    file = pq.ParquetFile(path)
    assert file.num_row_groups == (0 if shape[0] == 0 else 1 if shape[0] == 1 else 3)
    table = file.read()
    want = np.fromfile(path + ".bin", dtype).reshape(shape)
    found = np.stack([column.to_numpy() for column in table.columns], 1).reshape(shape)
    assert found.dtype == want.dtype and (found == want).all(), path
    if shape == [1000]:
        for group, (first, last) in enumerate([(0, 300), (300, 600), (600, 1000)]):
            limits = file.metadata.row_group(group).column(0).statistics
            assert limits.min == want[first:last].min() and limits.max == want[first:last].max(), path
    count += 1
print(count)
`;
    expect((await pyarrow(code, folder, compression)).trim()).toBe(String(4 * real.length));
    expect(readdirSync(folder).filter((name) => name.startsWith(".chunkwise"))).toEqual([]);
  });

  test("keeps negative zero, NaN and infinities", async () => {
    const path = pathOf("special");
    const values = Float64Array.of(
      0,
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      0,
      Number.NEGATIVE_INFINITY,
      5e-324,
    );
    const bytes = new Uint8Array(values.buffer);
    const destination = await parquet.create(path, { dtype: "float64", shape: [8], chunks: [[8]] });
    await writeAll(parquet, destination, bytes);
    await destination.commit();
    await compare(parquet, { array: await openParquet(path, { column: "column_0" }), bytes }, path);
    expect((await pyarrow("print(pq.read_table(sys.argv[1])['column_0'].to_pylist())", path)).trim()).toBe(
      "[0.0, -0.0, nan, inf, -0.0, 0.0, -inf, 5e-324]",
    );
  });

  test("checks names and shapes, and leaves nothing behind if it is discarded", async () => {
    const array = { dtype: "float64", shape: [4, 2], chunks: [[2, 2], [2]] } as const;
    const path = pathOf("named");
    const destination = await parquet.create(path, array, { columns: ["größe", "y"] });
    await writeAll(
      parquet,
      destination,
      elements("float64", [4, 2], (i) => i),
    );
    await destination.commit();
    const found = await openParquet(path, { column: "größe" });
    await compare(parquet, { array: found, bytes: elements("float64", [4], (i) => 2 * i) }, path);
    await (await parquet.create(pathOf("gone"), array)).discard();
    expect(readdirSync(folder).filter((name) => name.startsWith(".chunkwise") || name.startsWith("gone"))).toEqual([]);
    await expect(parquet.create(path, { ...array, dtype: "complex64" })).rejects.toThrow(DTypeError);
    await expect(parquet.create(path, { ...array, shape: [], chunks: [] })).rejects.toThrow(ShapeError);
    await expect(parquet.create(path, array, { columns: ["x"] })).rejects.toThrow(
      /got 1 names; the array has 2 columns/,
    );
    await expect(parquet.create(path, array, { compression: "lzo" as never })).rejects.toThrow(
      /compression must be one of/,
    );
  });
});
