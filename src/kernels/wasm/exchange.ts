/** The exchange of two rows of float64 numbers, as pivoting needs it. Invariant: the rows do not overlap. */
import { Code } from "../../assembler/code.js";

/** Numbers in one iteration: two vectors of each row. */
const ITERATION_NUMBERS = 4;

/** Writes the kernel `run(a, b, count)`: addresses in bytes. */
export function writeExchange(): Code {
  const code = new Code();
  const [a, b, count] = [code.parameter("i32", "a"), code.parameter("i32", "b"), code.parameter("i32", "count")];
  const [x, y] = [code.local("v128", "x"), code.local("v128", "y")];
  code.repeat(count, ITERATION_NUMBERS, () => {
    for (let offset = 0; offset < 8 * ITERATION_NUMBERS; offset += 16) {
      code.get(a).op("v128.load", offset).set(x).get(b).op("v128.load", offset).set(y);
      code.get(a, y).op("v128.store", offset).get(b, x).op("v128.store", offset);
    }
    code.advance(a, 8 * ITERATION_NUMBERS);
    code.advance(b, 8 * ITERATION_NUMBERS);
  });
  code.repeat(count, 1, () => {
    code.get(a).op("v128.load64_zero", 0).set(x).get(b).op("v128.load64_zero", 0).set(y);
    code.get(a, y).op("v128.store64_lane", 0, 0).get(b, x).op("v128.store64_lane", 0, 0);
    code.advance(a, 8);
    code.advance(b, 8);
  });
  return code;
}
