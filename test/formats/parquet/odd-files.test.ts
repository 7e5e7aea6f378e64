import { join } from "node:path";
import { expect, test } from "vitest";
import { parquet } from "#src/formats/parquet/format";
import { chunkOf, readFooter } from "#src/formats/parquet/metadata";
import { openParquet } from "#src/formats/parquet/open";
import { PageReader } from "#src/formats/parquet/pages";
import type { ParquetColumn } from "#src/formats/parquet/schema";
import type { Numeric } from "#src/formats/tables/columns";
import { openBytes } from "#src/storage/stores/local-store";
import { temporaryFolder } from "../../support/folder.js";
import { compare, expectedBytes, written } from "../pyarrow.js";

const folder = temporaryFolder();
const pathOf = (name: string): string => join(folder, `${name}.parquet`);

/** Defines `put`, which writes a table, and replaces bytes of the file, each of which must be there. */
const putting = `
def put(name, table, replaced=(), **options):
    path = f"{folder}/{name}.parquet"
    pq.write_table(table, path, store_schema=False, **options)
    data = open(path, "rb").read()
    for old, new in replaced:
        assert old in data, (name, old)
        data = data.replace(old, new)
    open(path, "wb").write(data)
`;

test("row groups without rows are read, wherever they are and however they are encoded", async () => {
  const made = await written(
    folder,
    `${putting}
for name, dictionary in [("dictionary", True), ("plain", False)]:
    table = pa.table({"a": pa.array([1, 2]), "b": pa.array([True, False]), "f": pa.array([0.5, -1.5])})
    for order, parts in [("none", [0]), ("first", [0, 2]), ("middle", [2, 0, 2]), ("last", [2, 0])]:
        path = f"{folder}/{name}-{order}.parquet"
        with pq.ParquetWriter(path, table.schema, use_dictionary=dictionary) as writer:
            for rows in parts: writer.write_table(table.slice(0, rows))
        assert pq.ParquetFile(path).num_row_groups == len(parts)
        expect(f"{name}-{order}", np.array([[1, 1, 0.5], [2, 0, -1.5]] * (sum(parts) // 2)).reshape(-1, 3))
`,
  );
  expect(made).toHaveLength(8);
  for (const { name, dtype, shape } of made) {
    const array = await openParquet(pathOf(name));
    expect([name, array.dtype, array.shape]).toEqual([name, dtype, shape]);
    await compare(parquet, { array, bytes: expectedBytes(folder, name) }, name);
  }
});

test("pages of version 2 are decompressed although they say that they are not compressed", async () => {
  const made = await written(
    folder,
    `${putting}
levels = bytes([0x15, 0, 0x15, 6, 0x15, 0])
flag = [(levels + bytes([0x11]), levels + bytes([0x12]))]
version = pa.__version__
old = [(f"parquet-cpp-arrow version {version}".encode(), f"parquet-cpp version {version}-older".encode())]
how = dict(compression="snappy", use_dictionary=False, data_page_version="2.0")
rng = np.random.default_rng(1)
noise = rng.bytes(1600)
shorter = np.concatenate([np.zeros(300), rng.standard_normal(200)])
put("shorter", pa.table({"x": shorter}), flag, **how)
expect("shorter", shorter)
# compressed to just the size that it had: only who wrote it shows that it is compressed
def repeating(k): return np.frombuffer(noise[:k] + noise[:k] + noise[k : 1600 - k])
same = next(page for page in map(repeating, range(50)) if len(pa.compress(page, "snappy")) == page.nbytes)
packed = [(same.tobytes(), pa.compress(same, "snappy").to_pybytes())]
put("same", pa.table({"x": same}), packed + old, **how)
expect("same", same)
put("honest", pa.table({"x": same}), **how)
expect("honest", same)
`,
  );
  for (const { name } of made) {
    const array = await openParquet(pathOf(name), { column: "x" });
    await compare(parquet, { array, bytes: expectedBytes(folder, name) }, name);
  }
  expect(made).toHaveLength(3);
});

test("a page that is longer than its values is refused, but for the byte that fastparquet adds to bools", async () => {
  const made = await written(
    folder,
    `${putting}
# one element less, in the header of the page and in the metadata
def fewer(n, encoding):
    header, total = bytes([0x15, 2 * n, 0x15, 2 * encoding]), bytes([0x16, 2 * n])
    return [(bytes(part), bytes([part[0], part[1] - 2, *part[2:]])) for part in [header, total]]
how = dict(compression="none", use_dictionary=False, write_statistics=False)
def put_required(name, values, encoding="PLAIN"):
    column = pa.array(values)
    table = pa.table([column], pa.schema([pa.field("x", column.type, False)]))
    put(name, table, fewer(len(values), 0 if encoding == "PLAIN" else 9), **how, column_encoding=encoding)
put_required("long-plain", np.arange(10.0))
put_required("long-split", np.arange(10.0), "BYTE_STREAM_SPLIT")
put_required("long-bools", [True] * 17)
put_required("bools", [True, False] * 4 + [True])
expect("bools", np.array([True, False] * 4))
`,
  );
  for (const [name, expected] of [
    ["long-plain", /has 80 bytes; 9 elements of 8 take 72/],
    ["long-split", /has 80 bytes; 9 elements of 8 take 72/],
  ] as const) {
    const array = await openParquet(pathOf(name), { column: "x" });
    const reader = await parquet.reader(array);
    await expect(reader.read([{ start: 0, stop: 9 }], new Uint8Array(72)), name).rejects.toThrow(expected);
    await reader.close();
  }
  for (const { name } of made) {
    const array = await openParquet(pathOf(name), { column: "x" });
    await compare(parquet, { array, bytes: expectedBytes(folder, name) }, name);
  }
});

test("the sizes of pages are found in their headers", async () => {
  await written(
    folder,
    `${putting}
values = np.arange(30000) % 500 * 1.0
put("sizes", pa.table({"x": values}), compression="none", data_page_size=2000, write_batch_size=1000)
put("sizes-plain", pa.table({"x": values}), compression="none", data_page_size=20000, write_batch_size=1000,
    use_dictionary=False)
`,
  );
  for (const [name, dictionary] of [
    ["sizes", 4000],
    ["sizes-plain", 0],
  ] as const) {
    const bytes = await openBytes(pathOf(name));
    const footer = await readFooter(bytes);
    const column = footer.columns[0] as Numeric<ParquetColumn>;
    const chunk = chunkOf(footer, bytes.path, footer.groups[0]!, column);
    const { rows, plain, packed, ...sizes } = await new PageReader(bytes, 100).sizes(column, chunk);
    expect([name, sizes.dictionary]).toEqual([name, dictionary]);
    expect([rows % 1000, packed]).toEqual([0, plain]);
    expect(plain).toBeGreaterThan(2000);
    expect(plain).toBeLessThan(40000);
    await bytes.close();
  }
});

test("columns of the same name are read together, although neither can be asked for", async () => {
  const made = await written(
    folder,
    `${putting}
put("twins", pa.table([pa.array([1, 2, 3]), pa.array([0.5, 1.5, 2.5])], names=["x", "x"]))
expect("twins", np.array([[1, 0.5], [2, 1.5], [3, 2.5]]))
`,
  );
  expect(made).toHaveLength(1);
  const array = await openParquet(pathOf("twins"));
  await compare(parquet, { array, bytes: expectedBytes(folder, "twins") }, "twins");
  await expect(openParquet(pathOf("twins"), { column: "x" })).rejects.toThrow(/has 2 columns named "x"/);
});

test("a file that does not say how many rows it has is read by its row groups", async () => {
  await written(
    folder,
    `${putting}
def total(n): return [(bytes([0x16, 10, 0x19, 0x1c]), bytes([0x16, 2 * n, 0x19, 0x1c]))]
put("uncounted", pa.table({"x": np.arange(5.0)}), total(0))
put("miscounted", pa.table({"x": np.arange(5.0)}), total(4))
`,
  );
  expect((await openParquet(pathOf("uncounted"))).shape).toEqual([5, 1]);
  await expect(openParquet(pathOf("miscounted"))).rejects.toThrow(/have 5 rows in total; the file claims 4/);
});
