/**
 * The plane rotation of two rows of float64 numbers, (x, y) → (c x + s y, c y − s x): most of the work of the
 * iterations for eigenvalues and singular values. Invariant: the rows do not overlap; a lone number at the end gets the
 * same bits as a pair.
 */
import { Code } from "../../assembler/code.js";

/** Numbers in one iteration: two vectors of each row. */
const ITERATION_NUMBERS = 4;

/** Writes the kernel `run(a, b, count, c, s)`: addresses in bytes. */
export function writeRotation(): Code {
  const code = new Code();
  const [a, b, count] = [code.parameter("i32", "a"), code.parameter("i32", "b"), code.parameter("i32", "count")];
  const [c, s] = [code.parameter("f64", "c"), code.parameter("f64", "s")];
  const [cs, ss] = [code.local("v128", "c"), code.local("v128", "s")];
  const [x, y] = [code.local("v128", "x"), code.local("v128", "y")];
  /** Stores the rotated x and y, which are loaded. */
  const turn = (store: "v128.store" | "v128.store64_lane", offset: number): void => {
    const lane = store === "v128.store64_lane" ? [0] : [];
    code
      .get(a, cs, x)
      .op("f64x2.mul")
      .get(ss, y)
      .op("f64x2.mul")
      .op("f64x2.add")
      .op(store, offset, ...lane);
    code
      .get(b, cs, y)
      .op("f64x2.mul")
      .get(ss, x)
      .op("f64x2.mul")
      .op("f64x2.sub")
      .op(store, offset, ...lane);
  };
  code.get(c).op("f64x2.splat").set(cs).get(s).op("f64x2.splat").set(ss);
  code.repeat(count, ITERATION_NUMBERS, () => {
    for (let offset = 0; offset < 8 * ITERATION_NUMBERS; offset += 16) {
      code.get(a).op("v128.load", offset).set(x).get(b).op("v128.load", offset).set(y);
      turn("v128.store", offset);
    }
    code.advance(a, 8 * ITERATION_NUMBERS);
    code.advance(b, 8 * ITERATION_NUMBERS);
  });
  code.repeat(count, 1, () => {
    code.get(a).op("v128.load64_zero", 0).set(x).get(b).op("v128.load64_zero", 0).set(y);
    turn("v128.store64_lane", 0);
    code.advance(a, 8);
    code.advance(b, 8);
  });
  return code;
}
