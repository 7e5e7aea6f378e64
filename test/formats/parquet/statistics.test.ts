import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FileMetaData, Statistics } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { describe, expect, test } from "vitest";
import { factsOf } from "#src/data/dtype";
import { FormatError } from "#src/data/errors";
import { parquet } from "#src/formats/parquet/format";
import { readFooter } from "#src/formats/parquet/metadata";
import { openBytes } from "#src/storage/stores/local-store";
import { temporaryFolder } from "../../support/folder.js";
import { pyarrow, written } from "../pyarrow.js";

const folder = temporaryFolder();
const pathOf = (name: string): string => join(folder, `${name}.parquet`);

const infinity = Number.POSITIVE_INFINITY;

describe("statistics of files that pyarrow wrote", () => {
  test("are those that NumPy finds in the elements, for every type", async () => {
    await written(
      folder,
      `
rng = np.random.default_rng(7)
n = 1000
columns, facts = {}, []
whole = [f"{sign}int{bits}" for sign in ["", "u"] for bits in [8, 16, 32, 64]]
for name in ["bool", *whole, "float16", "float32", "float64"]:
    dtype = np.dtype(name)
    if dtype.kind == "f": values = rng.standard_normal(n).astype(dtype)
    elif dtype.kind == "b": values = np.zeros(n, bool)
    else: values = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, n, dtype=dtype, endpoint=True)
    for kind in ["whole", "nulls"]:
        mask = rng.random(n) < (0.3 if kind == "nulls" else 0)
        column = f"{name} {kind}"
        columns[column] = pa.array(values, mask=mask)
        def fact(at):
            kept = values[at][~mask[at]]
            return [len(values[at]), int(mask[at].sum()), str(kept.min().item()), str(kept.max().item())]
        facts.append([column, fact(slice(None)), fact(slice(0, 400)), fact(slice(400, 800)), fact(slice(800, None))])
for version in ["1.0", "2.6"]:
    pq.write_table(pa.table(columns), f"{folder}/all-{version}.parquet", row_group_size=400, version=version)
json.dump(facts, open(f"{folder}/facts.json", "w"))
`,
    );
    const facts = JSON.parse(readFileSync(join(folder, "facts.json"), "utf8")) as [string, ...unknown[][]][];
    for (const version of ["1.0", "2.6"]) {
      const found = await parquet.statistics(pathOf(`all-${version}`));
      expect(found.map(({ column }) => column)).toEqual(facts.map(([column]) => column));
      for (const [i, { column, dtype, groups, ...all }] of found.entries()) {
        const expected = facts[i]!.slice(1) as [number, number, string, string][];
        for (const [j, { rows, nulls, min, max }] of [all, ...groups].entries()) {
          const [wantRows, wantNulls, ...limits] = expected[j]!;
          expect([rows, nulls], column).toEqual([wantRows, wantNulls]);
          const parse = (text: string) =>
            dtype === "bool" ? text === "True" : factsOf(dtype).big ? BigInt(text) : Number(text);
          expect([min, max], `${column} ${version}`).toEqual(limits.map(parse));
        }
      }
    }
  });

  test("follow the rules for NaN, zeros, nulls, times and missing statistics", async () => {
    await written(
      folder,
      `
nan = float("nan")
table = pa.table({
    "nan": [0.5, nan, -1.5, nan, nan, 7.0],
    "only": [1.0, 2.0, 3.0, nan, nan, nan],
    "zeros": [-0.0, 0.0, -0.0, 0.0, 0.0, 0.0],
    "ends": [float("inf"), 0, 1, 2, 3, float("-inf")],
    "some": pa.array([None, None, None, 4, 2, None], pa.int32()),
    "none": pa.array([None] * 6, pa.int64()),
    "day": np.arange(6).astype("datetime64[D]"),
    "when": np.arange(6).astype("datetime64[us]"),
    "text": list("abcdef"),
})
pq.write_table(table, f"{folder}/special.parquet", row_group_size=3)
pq.write_table(table, f"{folder}/silent.parquet", row_group_size=3, write_statistics=False)
pq.write_table(table.slice(0, 0), f"{folder}/empty.parquet")
`,
    );
    const columns = ["nan", "only", "zeros", "ends", "some", "none", "day", "when"];
    const found = await parquet.statistics(pathOf("special"), { columns });
    const facts = found.map(({ groups, ...all }) => all);
    expect(facts).toEqual([
      { column: "nan", dtype: "float64", rows: 6, nulls: 0, min: -1.5, max: 7 },
      // whether a group without limits holds nothing but NaN is not known
      { column: "only", dtype: "float64", rows: 6, nulls: 0 },
      { column: "zeros", dtype: "float64", rows: 6, nulls: 0, min: 0, max: 0 },
      { column: "ends", dtype: "float64", rows: 6, nulls: 0, min: -infinity, max: infinity },
      { column: "some", dtype: "int32", rows: 6, nulls: 4, min: 2, max: 4 },
      { column: "none", dtype: "int64", rows: 6, nulls: 6 },
      { column: "day", dtype: "int64", rows: 6, nulls: 0, min: 0n, max: 5n },
      { column: "when", dtype: "int64", rows: 6, nulls: 0, min: 0n, max: 5n },
    ]);
    expect(found[1]!.groups[0]).toEqual({ rows: 3, nulls: 0, min: 1, max: 3 });
    const all = await parquet.statistics(pathOf("special"));
    expect(all.map(({ column }) => column)).toEqual(columns.slice(0, 6));
    const [silent] = await parquet.statistics(pathOf("silent"), { columns: ["some"] });
    expect(silent).toEqual({ column: "some", dtype: "int32", rows: 6, groups: [{ rows: 3 }, { rows: 3 }] });
    const [empty] = await parquet.statistics(pathOf("empty"), { columns: ["nan"] });
    expect(empty).toMatchObject({ rows: 0, nulls: 0 });
    expect(empty).not.toHaveProperty("min");
    await expect(parquet.statistics(pathOf("special"), { columns: ["text"] })).rejects.toThrow(
      /^readParquetStatistics: column "text" of .* holds string/,
    );
  });
});

/** Writes a file, and then changes its metadata. */
async function changed(from: string, to: string, change: (metadata: FileMetaData) => void): Promise<void> {
  const file = await openBytes(pathOf(from));
  const { metadata, end } = await readFooter(file);
  await file.close();
  change(metadata);
  const writer = new ByteWriter();
  writeMetadata(writer, metadata);
  const pages = readFileSync(pathOf(from)).subarray(0, end);
  writeFileSync(pathOf(to), Buffer.concat([pages, writer.getBytes(), Buffer.from("PAR1")]));
}

describe("statistics of files with missing or invalid limits", () => {
  const told = { null_count: 0n, min_value: 3, max_value: 40 };
  const limits = { min: 3, max: 40 };
  const cases: readonly (readonly [name: string, column: string, statistics: Statistics, found: object])[] = [
    ["limits", "int32", told, limits],
    ["none", "int32", {}, {}],
    ["only one", "int32", { max_value: 40 }, { max: 40 }],
    ["the older fields of a signed type", "int32", { min: -3, max: 40 }, { min: -3, max: 40 }],
    ["the older fields of an unsigned type", "uint32", { min: 3, max: 40 }, {}],
    ["the older fields of floats", "float64", { min: 3, max: 40 }, {}],
    ["newer and older fields", "int32", { ...told, min: -9, max: 99 }, limits],
    ["a limit that is not exact", "int32", { ...told, is_min_value_exact: false }, { max: 40 }],
    ["an older limit that is not exact", "int32", { min: 3, max: 40, is_max_value_exact: false }, { min: 3 }],
    ["limits in the wrong order", "int32", { min_value: 40, max_value: 3 }, {}],
    ["NaN", "float64", { min_value: Number.NaN, max_value: 40 }, { max: 40 }],
    ["negative zeros", "float64", { min_value: -0, max_value: -0 }, { min: 0, max: 0 }],
    ["what an int8 cannot be", "int8", { min_value: -129, max_value: 40 }, { max: 40 }],
    ["what an uint8 cannot be", "uint8", { min_value: 3, max_value: 256 }, { min: 3 }],
    ["more than a number holds", "int64", { min_value: -(2n ** 63n), max_value: 40n }, { min: -(2n ** 63n), max: 40n }],
  ];

  test.each(cases)("leave out what cannot be right: %s", async (_, column, statistics, found) => {
    await pyarrow(
      `types = ["int8", "uint8", "int32", "uint32", "int64", "float64"]
pq.write_table(pa.table({t: np.arange(3, 41).astype(t) for t in types}), sys.argv[1])`,
      pathOf("plain"),
    );
    const none = { null_count: 0n };
    await changed("plain", "changed", ({ row_groups: groups, schema }) => {
      const leaf = schema.findIndex(({ name }) => name === column) - 1;
      groups[0]!.columns[leaf]!.meta_data!.statistics = { ...none, ...statistics };
    });
    const [known] = await parquet.statistics(pathOf("changed"), { columns: [column] });
    const group = { rows: 38, nulls: 0, ...found };
    expect(known).toEqual({ column, dtype: column, ...group, groups: [group] });
  });

  test("are refused if they claim more nulls than rows", async () => {
    await pyarrow(`pq.write_table(pa.table({"x": [1, None, 3]}), sys.argv[1])`, pathOf("nulls"));
    await changed("nulls", "too-many", ({ row_groups: [group] }) => {
      group!.columns[0]!.meta_data!.statistics!.null_count = 4n;
    });
    const refusal = parquet.statistics(pathOf("too-many"));
    await expect(refusal).rejects.toThrow(/column "x" in row group 0 claims 4 nulls among 3 elements/);
    await expect(refusal).rejects.toBeInstanceOf(FormatError);
  });

  test("are an error or elements of the dtype if any byte of the metadata is replaced", async () => {
    await pyarrow(
      `columns = {"i": pa.array([5, None, 7], pa.int16()), "u": pa.array([1, 2, 3], pa.uint64())}
columns |= {"f": [0.5, 1.5, 2.5], "b": [True, False, True]}
pq.write_table(pa.table(columns), sys.argv[1], store_schema=False)`,
      pathOf("whole"),
    );
    const bytes = readFileSync(pathOf("whole"));
    const count = { refused: 0, told: 0 };
    for (let place = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8); place < bytes.length - 8; place++) {
      for (const value of [0, 0xff, bytes[place]! ^ 1, bytes[place]! ^ 0x10]) {
        const damaged = Buffer.from(bytes);
        damaged[place] = value;
        writeFileSync(pathOf("damaged"), damaged);
        const found = await parquet.statistics(pathOf("damaged")).catch((error: unknown) => error);
        if (!Array.isArray(found)) {
          expect(found).toMatchObject({ name: "FormatError", path: pathOf("damaged") });
          count.refused++;
          continue;
        }
        for (const { dtype, rows, nulls = 0, min, max } of found as Awaited<ReturnType<typeof parquet.statistics>>) {
          count.told++;
          const type = dtype === "bool" ? "boolean" : factsOf(dtype).big ? "bigint" : "number";
          for (const limit of [min, max]) expect([type, "undefined"]).toContain(typeof limit);
          expect(Number.isInteger(rows) && nulls >= 0 && nulls <= rows).toBe(true);
          if (min !== undefined && max !== undefined) expect(min <= max).toBe(true);
        }
      }
    }
    expect(count.refused).toBeGreaterThan(200);
    expect(count.told).toBeGreaterThan(200);
  });
});
