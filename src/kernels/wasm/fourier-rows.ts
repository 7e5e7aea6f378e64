/**
 * Rows that lie side by side, gathered into rows of their own and spread again, as WebAssembly: eight at a time, so
 * that whole cache lines are read and written.
 *
 *     block    element k of all rows │ step │ element k + 1 of all rows …
 *     bench    row 0: all elements │ stride │ row 1: all elements …
 *
 * Real numbers are moved two elements at a time, since two rows of two elements are two vectors both ways. The last
 * element of an odd number is left to the caller.
 */

import { Code, type Local } from "../../assembler/code.js";
import { rowsTogether } from "../../program/routines/fourier.js";
import { firsts, seconds } from "./fourier-pairs.js";

/** The module that gathers or spreads: block, bench, count of elements, step and stride in bytes. */
export function rowsCode(width: 1 | 2, spread: boolean): Uint8Array<ArrayBuffer> {
  const code = new Code();
  const parameter = (name: string): Local => code.parameter("i32", name);
  const [block, bench, count] = [parameter("block"), parameter("bench"), parameter("count")];
  const [step, stride] = [parameter("step"), parameter("stride")];
  // the addresses of the rows in the bench; the first one is its beginning
  const rows = Array.from({ length: rowsTogether }, (_, r) => code.local("i32", `row${r}`));
  rows.forEach((row, r) => {
    code.get(bench).get(stride).i32(r).op("i32.mul").op("i32.add").set(row);
  });
  const next = code.local("i32", "next");
  const [a, b] = [code.local("v128", "a"), code.local("v128", "b")];
  const copy = (from: Local, fromOffset: number, to: Local, toOffset: number): void => {
    code.get(to).get(from).op("v128.load", fromOffset).op("v128.store", toOffset);
  };
  code.repeat(count, 3 - width, () => {
    if (width === 2) {
      rows.forEach((row, r) => {
        if (spread) copy(row, 0, block, 16 * r);
        else copy(block, 16 * r, row, 0);
      });
    } else {
      code.get(block, step).op("i32.add").set(next);
      for (let r = 0; r < rowsTogether; r += 2) {
        const [one, other] = [rows[r]!, rows[r + 1]!];
        const [from, to] = [
          [[block, 8 * r] as const, [next, 8 * r] as const],
          [[one, 0] as const, [other, 0] as const],
        ] as const;
        const [source, target] = spread ? [to, from] : [from, to];
        code.get(source[0][0]).op("v128.load", source[0][1]).set(a);
        code.get(source[1][0]).op("v128.load", source[1][1]).set(b);
        code.get(target[0][0]).get(a, b).op("i8x16.shuffle", firsts).op("v128.store", target[0][1]);
        code.get(target[1][0]).get(a, b).op("i8x16.shuffle", seconds).op("v128.store", target[1][1]);
      }
      code.advance(block, step);
    }
    code.advance(block, step);
    for (const row of rows) code.advance(row, 16);
  });
  return code.encode();
}
