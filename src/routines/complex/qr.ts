/** Panels of complex columns that are reflected one after the other; see the real one in ../qr.ts. */
import { type Matrix, part, turned } from "../matrix.js";
import { applyAdjoint, isIdentity, reflectComplex } from "./reflections.js";
import { put } from "./rows.js";

/** Reflects the columns of a narrow matrix; `scales` gets their factors τ. */
export function reflectNarrowComplex(a: Matrix, scales: Matrix): void {
  for (let j = 0; j < Math.min(a.rows, a.columns); j++) {
    const column = turned(part(a, j, j, a.rows - j, 1));
    const reflection = reflectComplex(column);
    put(scales, 0, j, reflection.scale);
    // the vector's 1, as long as it is used
    put(a, j, j, { re: 1, im: 0 });
    if (!isIdentity(reflection))
      applyAdjoint(part(a, j, j + 1, a.rows - j, a.columns - j - 1), column, reflection.scale);
    put(a, j, j, { re: reflection.length, im: 0 });
  }
}
