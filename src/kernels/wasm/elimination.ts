/**
 * One column of an LU panel that lies by columns: subtracts the columns before it, and finds the row of its pivot.
 *
 *     column j  −=  column 0 · u₀ + … + column j − 1 · uⱼ₋₁        u: the numbers of column j above its own row
 *
 * Invariant: for the same numbers, the same pivot as in routines/elimination.ts: the first of the largest, or the first
 * NaN.
 */
import { Code, type Local } from "../../assembler/code.js";
import { zeros } from "./gemm-words.js";

/** Vectors in one iteration. */
const VECTORS = 4;

/**
 * Writes the kernel `run(column, first, stride, many, rows, result)`: the addresses of row j in column j and in column
 * 0, the bytes from column to column, j itself, and the number of rows from there on, at least one. It stores the
 * pivot's row, counted from row j, as an i32.
 */
export function writeElimination(fused: boolean): Code {
  const code = new Code();
  const i32 = (name: string): Local => code.parameter("i32", name);
  const [column, first, stride, many, rows, result] = [
    i32("column"), i32("first"), i32("stride"), i32("many"), i32("rows"), i32("result"),
  ] as const; // biome-ignore format: a list
  const local = (name: string): Local => code.local("i32", name);
  const [at, from, upper, steps] = [local("at"), local("from"), local("upper"), local("steps")];
  const vector = (name: string): Local => code.local("v128", name);
  const [factor, largest, strange] = [vector("factor"), vector("largest"), vector("strange")];
  const most = code.local("f64", "most");
  const value = (v: number): Local => vector(`value${v}`);
  const sum = (v: number): Local => vector(`sum${v}`);

  /** The next rows: this many vectors, or one number, which is then in both lanes. */
  const next = (vectors: number): void => {
    const single = vectors === 0;
    const all = Array.from({ length: single ? 1 : vectors }, (_, v) => v);
    const load = single ? "v128.load64_splat" : "v128.load";
    for (const v of all) code.op("v128.const", zeros).set(sum(v));
    code.get(first).set(from).get(column, many).i32(8).op("i32.mul").op("i32.sub").set(upper).get(many).set(steps);
    code.repeat(steps, 1, () => {
      code.get(upper).op("v128.load64_splat", 0).set(factor);
      for (const v of all) {
        if (fused)
          code
            .get(factor, from)
            .op(load, 16 * v)
            .get(sum(v))
            .op("f64x2.relaxed_madd");
        else
          code
            .get(sum(v), factor, from)
            .op(load, 16 * v)
            .op("f64x2.mul")
            .op("f64x2.add");
        code.set(sum(v));
      }
      code.advance(from, stride);
      code.advance(upper, 8);
    });
    for (const v of all) {
      code
        .get(at, at)
        .op(load, 16 * v)
        .get(sum(v))
        .op("f64x2.sub")
        .tee(value(v));
      if (single) code.op("v128.store64_lane", 0, 0);
      else code.op("v128.store", 16 * v);
      code.get(largest, value(v)).op("f64x2.abs").op("f64x2.pmax").set(largest);
      code.get(strange, value(v), value(v)).op("f64x2.ne").op("v128.or").set(strange);
    }
    const bytes = single ? 8 : 16 * vectors;
    code.advance(at, bytes);
    code.advance(first, bytes);
  };

  code.get(column).set(at);
  code.repeat(rows, 2 * VECTORS, () => next(VECTORS));
  code.repeat(rows, 1, () => next(0));
  code.get(column).set(at);
  /** Moves to the first number for which `isFound` pushes 1. There is one. */
  const find = (isFound: () => void): void => {
    code.op("block").op("loop");
    isFound();
    code.op("br_if", 1);
    code.advance(at, 8);
    code.op("br", 0).op("end").op("end");
  };
  code.get(strange).op("v128.any_true").op("if");
  find(() => code.get(at).op("f64.load", 0).get(at).op("f64.load", 0).op("f64.ne"));
  code.op("else");
  code.get(largest).op("f64x2.extract_lane", 0).get(largest).op("f64x2.extract_lane", 1).op("f64.max").set(most);
  find(() => code.get(at).op("f64.load", 0).op("f64.abs").get(most).op("f64.eq"));
  code.op("end");
  code.get(result, at, column).op("i32.sub").i32(3).op("i32.shr_u").op("i32.store", 0);
  return code;
}
