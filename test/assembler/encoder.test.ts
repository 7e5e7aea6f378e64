import { describe, expect, test } from "vitest";
import { Code, instantiate } from "#src/assembler/code";
import { signed, unsigned } from "#src/assembler/encoder";

const bytesOf = (encode: (to: number[]) => void): number[] => {
  const bytes: number[] = [];
  encode(bytes);
  return bytes;
};

describe("LEB128", () => {
  test.each([
    [0, [0x00]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 0x01]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x08]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("writes unsigned %d in the fewest bytes", (value, bytes) => {
    expect(bytesOf((to) => unsigned(value, to))).toEqual(bytes);
  });

  test.each([
    [0, [0x00]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
    [2n ** 63n - 1n, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]],
    [-(2n ** 63n), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]],
  ])("writes signed %s in the fewest bytes", (value, bytes) => {
    expect(bytesOf((to) => signed(value, to))).toEqual(bytes);
  });
});

/** Runs a function that writes to a memory, and gives the memory. */
function run(write: (code: Code) => void, functions: Record<string, (...values: never[]) => unknown> = {}): DataView {
  const code = new Code();
  write(code);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new WebAssembly.Module(code.encode());
  instantiate(module, memory, functions)();
  return new DataView(memory.buffer);
}

describe("a module of one function", () => {
  test("holds constants at the limits of their types", () => {
    const i32 = [0, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)];
    const i64 = [0n, -1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
    const floats = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1 / 3];
    const view = run((code) => {
      for (const [k, value] of i32.entries())
        code
          .i32(4 * k)
          .i32(value)
          .op("i32.store", 0);
      for (const [k, value] of i64.entries())
        code
          .i32(8 * k)
          .op("i64.const", value)
          .op("i64.store", 64);
      for (const [k, value] of floats.entries())
        code
          .i32(8 * k)
          .op("f64.const", value)
          .op("f64.store", 128);
    });
    expect(i32.map((_, k) => view.getInt32(4 * k, true))).toEqual(i32);
    expect(i64.map((_, k) => view.getBigInt64(64 + 8 * k, true))).toEqual(i64);
    expect(floats.map((_, k) => view.getFloat64(128 + 8 * k, true))).toEqual(floats);
  });

  test("takes an unsigned 32-bit constant as the i32 of the same bits", () => {
    expect(
      run((code) =>
        code
          .i32(0)
          .i32(2 ** 32 - 2)
          .op("i32.store", 0),
      ).getUint32(0, true),
    ).toBe(2 ** 32 - 2);
  });

  test("calls imported functions, each by its number", () => {
    const imported = (name: string) => ({ name, parameters: ["f64"], result: "f64" }) as const;
    const view = run(
      (code) => {
        for (const [k, name] of ["double", "negate", "double"].entries()) {
          code
            .i32(8 * k)
            .op("f64.const", 21)
            .call(imported(name))
            .op("f64.store", 0);
        }
      },
      { double: (x: number) => 2 * x, negate: (x: number) => -x },
    );
    expect([0, 8, 16].map((at) => view.getFloat64(at, true))).toEqual([42, -21, 42]);
  });

  test("repeats while the counter holds enough", () => {
    const view = run((code) => {
      const [left, sum] = [code.local("i32", "left"), code.local("i32", "sum")];
      code.i32(11).set(left);
      code.repeat(left, 4, () => code.get(sum).i32(1).op("i32.add").set(sum));
      code.i32(0).get(sum).op("i32.store", 0).i32(0).get(left).op("i32.store", 4);
    });
    expect([view.getInt32(0, true), view.getInt32(4, true)]).toEqual([2, 3]);
  });

  test("can have hundreds of locals and a body of many bytes", () => {
    const view = run((code) => {
      for (let k = 0; k < 500; k++) code.i32(k).set(code.local("i32", `x${k}`));
      code.i32(0).get(code.local("i32", "x499")).op("i32.store", 0);
    });
    expect(view.getInt32(0, true)).toBe(499);
  });
});

test("a listing has one statement a line, indented by blocks", () => {
  const code = new Code();
  const [n, x] = [code.parameter("i32", "n"), code.local("v128", "x")];
  code.repeat(n, 2, () => {
    code.get(n).op("v128.load", 16).set(x);
  });
  expect(code.listing()).toMatchInlineSnapshot(`
    "  local.get $i32.n  i32.const 2  i32.ge_u  if
        loop
          local.get $i32.n  v128.load 16  local.set $v128.x
          local.get $i32.n  i32.const 2  i32.sub  local.set $i32.n
          local.get $i32.n  i32.const 2  i32.ge_u  br_if 0
        end
      end"
  `);
});
