// @ts-check
/**
 * What the WebAssembly backend makes of columns of arguments. As a program, which any Node runs, it reads questions of
 * {op, dtype, args} from standard input and writes the values of each; numbers are text there.
 */
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { compileMap } from "#src/program/compile";
import { erf, erfc } from "#src/program/functions/error";
import { gamma, logGamma } from "#src/program/functions/gamma";
import * as s from "#src/program/scalar";

/** @typedef {Parameters<typeof s.unary>[0]} Unary */
/** @typedef {Parameters<typeof s.binary>[0]} Binary */
/** @typedef {Unary | Binary | keyof typeof expressions} Op */
/** @typedef {{ op: Op, dtype: "float64" | "float32", args: string[][] }} Asked */

/** Functions that are no primitives, but expressions of them. */
export const expressions = { erf, erfc, gamma, logGamma };

/** @param {number} x */
export const text = (x) => (Object.is(x, -0) ? "-0" : String(x).replace("Infinity", "inf"));

/** The values of a function, for rows of one or two arguments. @param {Asked} asked */
export function evaluate({ op, dtype, args }) {
  const backend = new WasmBackend();
  const rows = args.map((row) => row.map(Number));
  const [bytes, width] = [dtype === "float64" ? 8 : 4, rows[0]?.length ?? 0];
  /** @param {number} column */
  const place = (column) => ({ offset: column * rows.length * bytes, strides: [1] });
  const size = (width + 1) * rows.length;
  backend.reserve(size * bytes);
  const cells = new (dtype === "float64" ? Float64Array : Float32Array)(
    /** @type {ArrayBuffer} */ (backend.buffer),
    0,
    size,
  );
  for (let k = 0; k < width; k++) {
    const column = rows.map((row) => Number(row[k]));
    cells.set(column, k * rows.length);
  }
  const [a, b] = [s.input(0, dtype), s.input(1, dtype)];
  /** @param {s.Scalar} x */
  const unary = (x) =>
    op in expressions
      ? expressions[/** @type {keyof typeof expressions} */ (op)](x)
      : s.unary(/** @type {Unary} */ (op), x);
  const loop = compileMap([width === 1 ? unary(a) : s.binary(/** @type {Binary} */ (op), a, b)]);
  const inputs = Array.from({ length: width }, (_, k) => place(k));
  backend.run({ loop, counts: [rows.length], inputs, results: [place(width)] });
  return Array.from(cells.subarray(width * rows.length), text);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const asked = /** @type {Asked[]} */ (await json(process.stdin));
  process.stdout.write(JSON.stringify(asked.map(evaluate)));
}
