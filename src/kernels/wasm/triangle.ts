/**
 * A small triangle against many right sides, both packed as for a product (see gemm-pack.ts): the triangle in panels of
 * four rows, the right sides in panels of four columns, which are solved in place and then unpacked.
 *
 *     rows 4b … 4b + 3 of a panel:   less the rows above, times a panel of T      the sums stay in registers
 *                                    then the four among themselves               four steps, one after the other
 *
 * Invariant: a column's bits do not depend on the others.
 */
import { Code, type Local } from "../../assembler/code.js";
import { zeros } from "./gemm-words.js";

/** Rows that are solved together, and columns of a panel. */
const PANEL_WIDTH = 4;
/** The bytes of one step of a panel. */
const STEP_BYTES = 8 * PANEL_WIDTH;

/**
 * Writes the kernel `run(t, x, n, panels, unit)` that solves a lower triangle of n rows for contiguous panels. If
 * `unit` is not 0, the diagonal is 1 and not read.
 */
export function writeTriangle(fused: boolean): Code {
  const code = new Code();
  const i32 = (name: string): Local => code.parameter("i32", name);
  const [t, x, n, panels, unit] = [i32("t"), i32("x"), i32("n"), i32("panels"), i32("unit")];
  const local = (name: string): Local => code.local("i32", name);
  const [block, row, left, done] = [local("block"), local("row"), local("left"), local("done")];
  const [a, q, steps] = [local("a"), local("q"), local("steps")];
  const splat = code.local("v128", "splat");
  const halves = [0, 1] as const;
  const sum = (i: number, v: number): Local => code.local("v128", `sum${i}_${v}`);
  const other = (v: number): Local => code.local("v128", `x${v}`);

  /** Solves some rows of a panel, below those that are done. */
  const rows = (many: number): void => {
    for (let i = 0; i < many; i++) for (const v of halves) code.op("v128.const", zeros).set(sum(i, v));
    code.get(block).set(a).get(x).set(q).get(done).set(steps);
    code.repeat(steps, 1, () => {
      for (const v of halves)
        code
          .get(q)
          .op("v128.load", 16 * v)
          .set(other(v));
      for (let i = 0; i < many; i++) {
        code
          .get(a)
          .op("v128.load64_splat", 8 * i)
          .set(splat);
        for (const v of halves) {
          if (fused) code.get(splat, other(v), sum(i, v)).op("f64x2.relaxed_madd");
          else code.get(sum(i, v), splat, other(v)).op("f64x2.mul").op("f64x2.add");
          code.set(sum(i, v));
        }
      }
      code.advance(a, STEP_BYTES);
      code.advance(q, STEP_BYTES);
    });
    for (let i = 0; i < many; i++)
      for (const v of halves)
        code
          .get(row)
          .op("v128.load", i * STEP_BYTES + 16 * v)
          .get(sum(i, v))
          .op("f64x2.sub")
          .set(sum(i, v));
    for (let i = 0; i < many; i++) {
      code.get(unit).op("i32.eqz");
      code.if(() => {
        code
          .get(a)
          .op("v128.load64_splat", i * STEP_BYTES + 8 * i)
          .set(splat);
        for (const v of halves) code.get(sum(i, v), splat).op("f64x2.div").set(sum(i, v));
      });
      for (const v of halves) code.get(row, sum(i, v)).op("v128.store", i * STEP_BYTES + 16 * v);
      for (let k = i + 1; k < many; k++) {
        code
          .get(a)
          .op("v128.load64_splat", i * STEP_BYTES + 8 * k)
          .set(splat);
        for (const v of halves) code.get(sum(k, v), splat, sum(i, v)).op("f64x2.mul").op("f64x2.sub").set(sum(k, v));
      }
    }
    code.advance(row, many * STEP_BYTES);
    code.get(done).i32(many).op("i32.add").set(done);
  };

  code.repeat(panels, 1, () => {
    code.get(t).set(block).get(x).set(row).get(n).set(left).i32(0).set(done);
    code.repeat(left, PANEL_WIDTH, () => {
      rows(PANEL_WIDTH);
      code.get(block, n).i32(STEP_BYTES).op("i32.mul").op("i32.add").set(block);
    });
    code.repeat(left, 1, () => {
      rows(1);
      code.advance(block, 8);
    });
    code.get(row).set(x);
  });
  return code;
}

/**
 * Writes the kernel `run(source, target, across, along, acrossStride, alongStride)` that undoes `writePack`.
 */
export function writeUnpack(): Code {
  const code = new Code();
  const i32 = (name: string): Local => code.parameter("i32", name);
  const [source, target, across, along, acrossStride, alongStride] = [
    i32("source"), i32("target"), i32("across"), i32("along"), i32("acrossStride"), i32("alongStride"),
  ] as const; // biome-ignore format: a list
  const local = (name: string): Local => code.local("i32", name);
  const [left, to, at, from, many] = [local("left"), local("to"), local("at"), local("from"), local("many")];

  /** Visits each step of a panel. */
  const eachStep = (put: () => void): void =>
    code.repeatOnce(left, 1, () => {
      put();
      code.advance(source, STEP_BYTES);
      code.advance(to, alongStride);
    });
  code.loop(() => {
    code.get(target).set(to).get(along).set(left);
    code.atLeast(across, PANEL_WIDTH).get(acrossStride).i32(8).op("i32.eq").op("i32.and").op("if");
    eachStep(() => {
      for (let offset = 0; offset < STEP_BYTES; offset += 16)
        code.get(to, source).op("v128.load", offset).op("v128.store", offset);
    });
    code.op("else");
    eachStep(() => {
      code.get(source).set(from).get(to).set(at);
      code.get(across).i32(PANEL_WIDTH).get(across).i32(PANEL_WIDTH).op("i32.lt_u").op("select").set(many);
      code.repeatOnce(many, 1, () => {
        code.get(at, from).op("f64.load", 0).op("f64.store", 0);
        code.advance(at, acrossStride);
        code.advance(from, 8);
      });
    });
    code.op("end");
    code.get(target, acrossStride).i32(PANEL_WIDTH).op("i32.mul").op("i32.add").set(target);
    code.get(across).i32(PANEL_WIDTH).op("i32.sub").tee(across).i32(0).op("i32.gt_s");
  });
  return code;
}
