/**
 * Detects expressions whose types or steps are wrong, branches to a wrong place, and functions that are called by a
 * wrong number.
 */
import { expect, test } from "vitest";
import { importModule } from "#src/assembler/encoder";
import { type Body, Module } from "#src/assembler/module";
import { call, f64, i32, i64, lane, load, op, resultOf, select, v128 } from "#src/assembler/value";

type Functions = Readonly<Record<string, (...values: number[]) => unknown>>;

/** Compiles a module, and gives its functions and its memory. */
function compiled(module: Module, host: Functions = {}): { functions: Functions; view: DataView } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    [importModule]: { memory, ...host },
  });
  return { functions: instance.exports as Functions, view: new DataView(memory.buffer) };
}

/** The result of one function of two i32. */
function computed(write: (body: Body) => void, ...values: number[]): unknown {
  const module = new Module();
  module.function("f", "i32", write);
  return compiled(module).functions.f?.(...values);
}

test("operators follow their operands on the stack, and constants take the type of what they meet", () => {
  const result = computed((body) => {
    const [a, b] = [body.parameter("i32"), body.parameter("i32")];
    body.return(a.add(b).mul(2).sub(1).xor(5).shl(1).or(1).and(0xff));
  }, 3, 4); // biome-ignore format: one call
  expect(result).toBe((((((3 + 4) * 2 - 1) ^ 5) << 1) | 1) & 0xff);
});

test("comparisons of any type are i32, and unsigned", () => {
  const minusOne = i64(-1);
  const result = computed((body) => {
    const flags = [minusOne.gt(1), minusOne.eq(-1n), minusOne.lt(0).not(), minusOne.not().eq(0)];
    body.return(flags.reduce((sum, flag) => sum.add(flag), i32(0)));
  });
  expect(result).toBe(4);
});

test("a value is computed each time it is used, a local once", () => {
  let calls = 0;
  const module = new Module();
  const next = module.import("next", [], "i32");
  module.function("twice", "i32", (body) => body.return(call(next).add(call(next))));
  module.function("once", "i32", (body) => {
    const local = body.let(call(next));
    body.return(local.add(local));
  });
  const { functions } = compiled(module, { next: () => ++calls });
  expect([functions.twice?.(), functions.once?.()]).toEqual([3, 6]);
});

test("loops and branches reach their labels from any depth", () => {
  const result = computed((body) => {
    const [sum, i] = [body.let(i32(0)), body.let(i32(0))];
    body.while(i.lt(100), (end) => {
      i.set(i.add(1));
      body.if(
        i.and(1),
        () => sum.set(sum.add(i)),
        () => body.if(i.gt(10), () => body.branch(end)),
      );
    });
    body.block((end) => {
      body.branch(end, sum.eq(36));
      sum.set(0);
    });
    body.return(sum);
  });
  // 1 + 3 + … + 11; the branch leaves at 12
  expect(result).toBe(36);
});

test("functions call each other and the host by their numbers", () => {
  const module = new Module();
  const half = module.import("half", ["f64"], "f64");
  const square = module.function("square", "f64", (body) => {
    const x = body.parameter("f64");
    body.return(op("f64.mul", x, x));
  });
  module.function("run", "f64", (body) => body.return(call(square, call(half, f64(6)))));
  const { functions } = compiled(module, { half: (x = 0) => x / 2 });
  expect(functions.run?.()).toBe(9);
});

test("memory is loaded and stored in integers of 1, 2, 4 and 8 bytes", () => {
  const module = new Module();
  module.function("run", undefined, (body) => {
    body.store(8, 0, i64(0x1122334455667788n));
    body.store(1, 8, load("i32.load8_u", 0, 1));
    body.store(2, 16, load("i64.load", 0));
    body.store(4, 24, load("i64.load", i32(0)), 4);
    body.store(4, 32, select(load("i32.load", 40), i32(1), i32(2)));
    body.return();
  });
  const { functions, view } = compiled(module);
  functions.run?.();
  expect([view.getUint8(8), view.getUint16(16, true), view.getUint32(28, true), view.getUint32(32, true)]).toEqual([
    0x77, 0x7788, 0x55667788, 2,
  ]);
});

test("vectors are constants of sixteen bytes, whose lanes are read one by one", () => {
  const result = computed((body) => {
    const bytes = v128(Array.from({ length: 16 }, (_, i) => i));
    body.return(lane("i32x4.extract_lane", op("i8x16.add", bytes, bytes), 1));
  });
  expect(result).toBe(0x0e0c0a08);
});

test("an instruction's result has the type that WebAssembly gives it", () => {
  const names = ["i64.eqz", "f32.le", "i8x16.bitmask", "v128.any_true", "i8x16.le_u", "i32x4.eq"] as const;
  expect(names.map(resultOf)).toEqual(["i32", "i32", "i32", "i32", "v128", "v128"]);
  const others = ["i64.clz", "i32.wrap_i64", "f64.load", "v128.load", "f64x2.extract_lane", "f64x2.splat"] as const;
  expect(others.map(resultOf)).toEqual(["i64", "i32", "f64", "v128", "f64", "v128"]);
});

test("types that do not fit are refused while the module is written", () => {
  expect(() => i32(1).add(i64(1))).toThrow("expected a value of type i32; got i64");
  expect(() => f64(1).xor(1)).toThrow("there is no instruction f64.xor");
  expect(() => computed((body) => body.local("f64").set(i32(1)))).toThrow("expected a value of type f64; got i32");
  const late = (body: Body): unknown => [body.local("i32"), body.parameter("i32")];
  expect(() => computed(late)).toThrow("a parameter is declared after a local");
  const callee = { index: 0, parameters: ["i32"], result: "i32" } as const;
  expect(() => call(callee)).toThrow("expected 1 arguments; got 0");
  expect(() => call({ index: 0, parameters: [] })).toThrow("a function without a result is not a value");
});
