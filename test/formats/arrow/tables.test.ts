import { Bool, Float16, Int32, Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { allocate, dtypes, factsOf } from "#src/data/dtype";
import { loadArrowTables } from "#src/formats/arrow/libraries";

const { toArrowTable, fromArrow } = await loadArrowTables();

describe("Arrow tables in memory", () => {
  test.each(dtypes.filter((dtype) => factsOf(dtype).kind !== "complex"))(
    "keep columns of %s there and back, also through bytes",
    (dtype) => {
      const data = allocate(dtype, 21);
      const { big } = factsOf(dtype);
      for (let i = 0; i < 21; i++) data[i] = big ? BigInt(i) : dtype === "bool" ? i % 2 : i;
      const table = toArrowTable([{ name: "x", dtype, data }]);
      expect([...table.getChildAt(0)!].map(Number)).toEqual([...data].map(Number));
      for (const found of [table, tableFromIPC(tableToIPC(table)), table.slice(5, 19).concat(table.slice(0, 3))]) {
        const expected = found.numRows === 21 ? [...data] : [...data.slice(5, 19), ...data.slice(0, 3)];
        const array = fromArrow(found, { column: "x" });
        expect([array.dtype, array.shape]).toEqual([dtype, [found.numRows]]);
        expect([...array.data]).toEqual(expected);
      }
    },
  );

  test("give arrays of several columns, of columns with nulls, of masks and of halves", () => {
    const table = new Table({
      a: vectorFromArray([1, null, 3], new Int32()),
      b: vectorFromArray([true, false, null], new Bool()),
      s: vectorFromArray(["x", "y", "z"], new Utf8()),
      h: vectorFromArray([0.5, -2, 3], new Float16()),
    });
    expect(fromArrow(table)).toEqual({
      dtype: "float64",
      shape: [3, 3],
      data: Float64Array.of(1, Number.NaN, 3, 1, 0, Number.NaN, 0.5, -2, 3),
    });
    expect(fromArrow(table, { columns: ["b", "a"], nulls: "mask" }).data).toEqual(Uint8Array.of(0, 0, 1, 0, 1, 0));
    expect(fromArrow(table, { column: "h" }).dtype).toBe("float32");
    expect(() => fromArrow(table, { column: "a", nulls: "error" })).toThrow(/column "a" of the table has 1 nulls/);
    expect(() => fromArrow(table, { column: "s" })).toThrow(/column "s" of the table holds utf8/);
    expect(() => fromArrow(table, { column: "q" })).toThrow(/has no column "q"/);
  });

  test("are refused if columns differ in length, repeat a name or are complex", () => {
    const x = { name: "x", dtype: "float64", data: new Float64Array(3) } as const;
    expect(() => toArrowTable([x, { ...x, name: "y", data: new Float64Array(2) }])).toThrow(
      /has 2 elements; the first has 3/,
    );
    expect(() => toArrowTable([x, x])).toThrow(/column "x" is given twice/);
    expect(() => toArrowTable([{ ...x, dtype: "complex128" }])).toThrow(/a column cannot be complex128/);
  });
});
