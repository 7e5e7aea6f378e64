import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dtypes, factsOf } from "#src/data/dtype";
import { ArgumentError, DTypeError, FormatError, ShapeError } from "#src/data/errors";
import { boxBetween } from "#src/data/region";
import { arrow } from "#src/formats/arrow/format";
import { openArrow } from "#src/formats/arrow/open";
import { openArray } from "#src/formats/opening";
import { table } from "#src/formats/table";
import { formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { compare, elements, expectedBytes, pyarrow, writeAll, written } from "../pyarrow.js";

const folder = temporaryFolder();
const real = dtypes.filter((dtype) => factsOf(dtype).kind !== "complex");
const pathOf = (name: string): string => join(folder, `${name}.arrow`);

/** Defines `write`, then writes tables with every kind of column, stored in every way. */
const tables = `
def write(name, table, rows=None, compression=None, stream=False):
    options = pa.ipc.IpcWriteOptions(compression=compression)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(f"{folder}/{name}.arrow", table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)
rng = np.random.default_rng(5)
def numbers(dtype, n):
    dtype = np.dtype(dtype)
    if dtype.kind == "f": return rng.standard_normal(n).astype(dtype)
    if dtype.kind == "b": return rng.integers(0, 2, n).astype(bool)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, n, dtype=dtype, endpoint=True)
`;

describe("reading tables that pyarrow wrote", () => {
  test("gives elements of every type, in files and streams, compressed or not, with and without nulls", async () => {
    const made = await written(
      folder,
      `${tables}
types = ["bool", *(f"{sign}int{bits}" for sign in ["", "u"] for bits in [8, 16, 32, 64])]
types += ["float16", "float32", "float64"]
for t in types:
    for nulls in [False, True]:
        for store, rows, compression, stream in [
            ("file", 1000, None, False), ("stream", 777, None, True),
            ("lz4", 1500, "lz4", False), ("zstd", 1500, "zstd", True),
        ]:
            values = numbers(t, 4001)
            mask = rng.random(4001) < (0.3 if nulls else 0)
            name = f"{t}-{nulls}-{store}"
            # a column of text before it moves the places of buffers
            table = pa.table({"text": [str(i) for i in range(4001)], "x": pa.array(values, mask=mask)})
            write(name, table, rows, compression, stream)
            want = values.astype("float32") if t == "float16" else values
            if nulls:
                if want.dtype.kind != "f": want = want.astype("float64")
                want = np.where(mask, np.array(np.nan, want.dtype), want)
            expect(name, want.reshape(-1, 1))
`,
    );
    expect(made.length).toBe(96);
    for (const { name, dtype, shape } of made) {
      const array = await openArrow(pathOf(name), { inexact: true });
      expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
      await compare(arrow, { array, bytes: expectedBytes(folder, name) }, name);
    }
  });

  test("finds columns between views, dictionaries and lists, and gives masks, single columns and times", async () => {
    const made = await written(
      folder,
      `${tables}
n = 5000
a, b, c = numbers("int32", n), numbers("float32", n), numbers("uint8", n)
mask = np.arange(n) % 7 == 3
when = np.arange(n).astype("datetime64[us]")
table = pa.table({
    "view": pa.array([str(i) * (i % 20) for i in range(n)], pa.string_view()),
    "list": pa.array([[i] * (i % 3) for i in range(n)]),
    "a": a,
    "dict": pa.array(["x", "y"] * (n // 2)).dictionary_encode(),
    "struct": pa.array([{"p": i, "q": None} for i in range(n)]),
    "b": pa.array(b, mask=mask),
    "when": when,
    "day": np.arange(n).astype("datetime64[D]"),
    "c": c,
    "none": pa.nulls(n),
})
write("mixed", table, 999)
expect("mixed", np.stack([a.astype("float64"), np.where(mask, np.nan, b), c], 1))
expect("mask", np.stack([mask, np.zeros(n, bool)], 1))
expect("c", c)
expect("when", np.stack([when.astype("int64"), np.arange(n)], 1))
write("pair", table.select(["c", "a"]), 100)
expect("pair", np.stack([c.astype("int32"), a], 1))
`,
    );
    const options = { mixed: {}, mask: { columns: ["b", "c"], nulls: "mask" }, c: { column: "c" } } as const;
    const cases = { ...options, when: { columns: ["when", "day"] }, pair: {} } as const;
    for (const { name, dtype, shape } of made) {
      const array = await openArrow(pathOf(name === "pair" ? "pair" : "mixed"), cases[name as keyof typeof cases]);
      expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
      await compare(arrow, { array, bytes: expectedBytes(folder, name) }, name);
    }
    for (const [column, type] of [
      ["view", "utf8view"],
      ["list", "list"],
      ["dict", "a dictionary of utf8"],
      ["struct", "struct"],
    ] as const) {
      const error = await openArrow(pathOf("mixed"), { column }).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as Error).message).toContain(`column "${column}" of ${pathOf("mixed")} holds ${type}`);
    }
    await expect(openArrow(pathOf("mixed"), { columns: ["b"], nulls: "error" })).rejects.toThrow(
      /column "b" .* has 714 nulls/,
    );
    await expect(openArrow(pathOf("mixed"), { columns: ["z"] })).rejects.toThrow(ArgumentError);
    await expect(openArrow(pathOf("mixed"), { columns: ["a", "a"] })).rejects.toThrow(/named twice/);
    await expect(openArrow(pathOf("mixed"), { colums: ["a"] } as never)).rejects.toThrow(/unknown option "colums"/);
  });

  test("refuses tables without numbers and other files, and reads tables without rows or batches", async () => {
    await written(
      folder,
      `${tables}
write("text", pa.table({"s": ["a"], "t": pa.array([["b"]])}))
write("empty", pa.table({"x": np.zeros(0), "y": np.zeros(0, "int8")}))
pq.write_table(pa.table({"x": [1]}), f"{folder}/parquet.arrow")`,
    );
    await expect(openArrow(pathOf("text"))).rejects.toThrow(/no columns of numbers; it has "s" \(utf8\), "t" \(list\)/);
    const array = await openArrow(pathOf("empty"));
    expect([array.shape, array.dtype, array.grid]).toEqual([[0, 2], "float64", [[0], [2]]]);
    await expect(openArray(table.arrow, pathOf("parquet"))).rejects.toThrow(
      /this is not an Arrow file or stream; it looks like a Parquet file/,
    );
    await expect(openArrow(pathOf("missing"))).rejects.toThrow(/there is no such file/);
    writeFileSync(pathOf("zero"), "");
    await expect(openArrow(pathOf("zero"))).rejects.toThrow(/the file is empty/);
  });

  formatSuite(
    async () => arrow,
    async () => {
      const made = await written(
        folder,
        `${tables}
for name, rows, compression in [("plain", 30000, None), ("lz4", 20000, "lz4"), ("zstd", 25000, "zstd")]:
    values = rng.integers(0, 1000, (70001, 5)).astype("float64")
    mask = rng.random(values.shape) < 0.01
    columns = {f"c{i}": pa.array(values[:, i], mask=mask[:, i]) for i in range(5)}
    write("suite-" + name, pa.table(columns), rows, compression)
    expect("suite-" + name, np.where(mask, np.nan, values))
values = numbers("int16", 400000)
write("suite-flat", pa.table({"x": values}), 150000)
expect("suite-flat", values)
`,
      );
      return Object.fromEntries(
        await Promise.all(
          made.map(async ({ name }) => {
            const options = name === "suite-flat" ? { column: "x" } : {};
            return [name, { array: await openArrow(pathOf(name), options), bytes: expectedBytes(folder, name) }];
          }),
        ),
      );
    },
  );
});

test("columns at equal distances are located in the file unless something must be decoded", async () => {
  await written(
    folder,
    `${tables}
def columns(n, dtype="float64", mask=None): return {f"c{i}": pa.array(numbers(dtype, n), mask=mask) for i in range(4)}
write("even", pa.table(columns(3000)), 1000)
write("short", pa.table({**columns(3000), "z": numbers("float32", 3000)}), 1000)
write("nulls", pa.table(columns(3000, mask=np.arange(3000) == 1500)), 1000)
write("packed", pa.table(columns(3000)), 1000, "lz4")
`,
  );
  const found = async (name: string, start: number[], stop: number[], columns?: string[]) => {
    const array = await openArrow(pathOf(name), columns === undefined ? {} : { columns });
    const reader = await arrow.reader(array);
    const located = await reader.locate!(boxBetween(start, stop));
    await reader.close();
    return located === null ? null : [located.offset % 8, located.strides];
  };
  // 1000 elements, and what fills them up to 64 bytes
  expect(await found("even", [1010, 1], [1990, 4])).toEqual([0, [1, 1000]]);
  expect(await found("even", [0, 2], [5, 3])).toEqual([0, [1, 1000]]);
  expect(await found("even", [0, 0], [10, 2], ["c3", "c1"]), "columns in another order").toEqual([0, [1, -2000]]);
  expect(await found("even", [0, 0], [10, 3], ["c0", "c1", "c3"]), "at unequal distances").toBeNull();
  expect(await found("even", [990, 0], [1010, 4]), "two batches").toBeNull();
  expect(await found("short", [0, 0], [10, 5]), "two dtypes").toBeNull();
  expect(await found("nulls", [0, 0], [10, 4])).toEqual([0, [1, 1000]]);
  expect(await found("nulls", [1000, 0], [1010, 4]), "a batch with nulls").toBeNull();
  expect(await found("packed", [0, 0], [10, 4])).toBeNull();
});

describe("writing tables", () => {
  test.each(["none", "lz4", "zstd"] as const)(
    "of every dtype with compression %s gives files that pyarrow and this reader read",
    async (compression) => {
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
          const bytes = elements(dtype, shape, (i) => (dtype === "bool" ? (i % 3 === 0 ? 1 : 0) : (i * 37) % 101));
          const destination = await arrow.create(path, { dtype, shape, chunks }, { compression });
          await writeAll(arrow, destination, bytes);
          await destination.commit();
          const options = shape.length === 1 ? { column: "column_0" } : {};
          const array = await openArrow(path, options);
          expect([array.dtype, array.shape]).toEqual([dtype, shape]);
          await compare(arrow, { array, bytes }, path);
          writeFileSync(`${path}.bin`, bytes);
        }
      }
      const code = `
import glob
count = 0
for path in glob.glob(f"{sys.argv[1]}/ours-*-{sys.argv[2]}.arrow"):
    dtype, shape = path.split("/ours-")[1].split("-")[:2]
    shape = [int(n) for n in shape.split("x")]
    with pa.ipc.open_file(path) as reader:
        table = reader.read_all()
        table.validate(full=True)
        assert reader.num_record_batches == (0 if shape[0] == 0 else 1 if shape[0] == 1 else 3)
    want = np.fromfile(path + ".bin", dtype).reshape(shape)
    found = np.stack([column.to_numpy() for column in table.columns], 1).reshape(shape)
    assert table.column_names == [f"column_{i}" for i in range(table.num_columns)]
    assert found.dtype == want.dtype and (found == want).all(), path
    count += 1
print(count)
`;
      expect((await pyarrow(code, folder, compression)).trim()).toBe(String(4 * real.length));
      expect(readdirSync(folder).filter((name) => name.startsWith(".chunkwise"))).toEqual([]);
    },
  );

  test("checks names and shapes, and leaves nothing behind if it is discarded", async () => {
    const array = { dtype: "float64", shape: [4, 2], chunks: [[2, 2], [2]] } as const;
    const path = pathOf("named");
    for (const compression of ["none", "zstd"] as const) {
      const destination = await arrow.create(path, array, { columns: ["größe", "y"], compression });
      await writeAll(
        arrow,
        destination,
        elements("float64", [4, 2], (i) => i),
      );
      await destination.commit();
      const found = await openArrow(path, { column: "größe" });
      await compare(arrow, { array: found, bytes: elements("float64", [4], (i) => 2 * i) }, path);
      const other = await arrow.create(pathOf("gone"), array, { compression });
      await other.discard();
    }
    expect(readdirSync(folder).filter((name) => name.startsWith(".chunkwise") || name.startsWith("gone"))).toEqual([]);
    await expect(arrow.create(path, { ...array, dtype: "complex64" })).rejects.toThrow(DTypeError);
    await expect(arrow.create(path, { ...array, shape: [], chunks: [] })).rejects.toThrow(ShapeError);
    await expect(arrow.create(path, array, { columns: ["x"] })).rejects.toThrow(/got 1 names; the array has 2 columns/);
    await expect(arrow.create(path, array, { columns: ["x", "x"] })).rejects.toThrow(/must differ/);
    await expect(arrow.create(path, array, { compression: "brotli" as never })).rejects.toThrow(
      /"none", "lz4" or "zstd"/,
    );
  });
});
