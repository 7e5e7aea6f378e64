/**
 * Complex numbers, and what the unblocked parts of algorithms do with rows of them. A row is a matrix of one row; a
 * column is one when it is turned. Signs of conjugates count in everything here.
 */
import type { Complex } from "../../data/dtype.js";
import { type Matrix, part } from "../matrix.js";

/** Part of a row of a matrix, from a column on. */
export function rowAt(of: Matrix, row: number, from = 0, to = of.columns): Matrix {
  return part(of, row, from, 1, to - from);
}

/** One number. */
export function numberAt(
  { data, first, rowStride, columnStride, imaginary, sign }: Matrix,
  i: number,
  j: number,
): Complex {
  const place = first + i * rowStride + j * columnStride;
  return { re: data[place]!, im: sign * data[place + imaginary]! };
}

/** Puts one number. */
export function put(
  { data, first, rowStride, columnStride, imaginary, sign }: Matrix,
  i: number,
  j: number,
  { re, im }: Complex,
): void {
  const place = first + i * rowStride + j * columnStride;
  data[place] = re;
  data[place + imaginary] = sign * im;
}

/** x · y. */
export function times(x: Complex, y: Complex): Complex {
  return { re: x.re * y.re - x.im * y.im, im: x.re * y.im + x.im * y.re };
}

/** x / y, scaled as Smith's (1962), so that no square leaves the range of floats. */
export function quotient(x: Complex, y: Complex): Complex {
  if (Math.abs(y.re) >= Math.abs(y.im)) {
    const ratio = y.im / y.re;
    const size = y.re + y.im * ratio;
    // 0 / 0 where the divisor is 0 gives NaN in both parts, as division of real numbers does
    return { re: (x.re + x.im * ratio) / size, im: (x.im - x.re * ratio) / size };
  }
  const ratio = y.re / y.im;
  const size = y.im + y.re * ratio;
  return { re: (x.re * ratio + x.im) / size, im: (x.im * ratio - x.re) / size };
}

/** −x. */
export function negative({ re, im }: Complex): Complex {
  return { re: -re, im: -im };
}

/** Adds `factor` · x onto y. */
export function addTimes(y: Matrix, factor: Complex, x: Matrix): void {
  const [to, from] = [y.data, x.data];
  const [re, im] = [factor.re, factor.im * x.sign];
  // what the parts of x add to the imaginary part of y in memory
  const [ofRe, ofIm] = [y.sign * factor.im, y.sign * factor.re * x.sign];
  const [farTo, farFrom, stepTo, stepFrom] = [y.imaginary, x.imaginary, y.columnStride, x.columnStride];
  for (let j = 0, p = y.first, q = x.first; j < y.columns; j++, p += stepTo, q += stepFrom) {
    const a = from[q]!;
    const b = from[q + farFrom]!;
    to[p] = to[p]! + (re * a - im * b);
    to[p + farTo] = to[p + farTo]! + (ofRe * a + ofIm * b);
  }
}

/** Σ x · y, without conjugates of its own. */
export function sumOfProducts(x: Matrix, y: Matrix): Complex {
  const [a, b] = [x.data, y.data];
  const [farX, farY, stepX, stepY] = [x.imaginary, y.imaginary, x.columnStride, y.columnStride];
  let re = 0;
  let crossing = 0;
  let im = 0;
  let other = 0;
  for (let j = 0, p = x.first, q = y.first; j < x.columns; j++, p += stepX, q += stepY) {
    const xr = a[p]!;
    const xi = a[p + farX]!;
    const yr = b[q]!;
    const yi = b[q + farY]!;
    re += xr * yr;
    crossing += xi * yi;
    im += xr * yi;
    other += xi * yr;
  }
  return { re: re - x.sign * y.sign * crossing, im: y.sign * im + x.sign * other };
}

/** Multiplies every number of a row. */
export function scale(x: Matrix, factor: Complex): void {
  for (let j = 0; j < x.columns; j++) put(x, 0, j, times(numberAt(x, 0, j), factor));
}

/** Divides every number of a row. */
export function divideBy(x: Matrix, divisor: Complex): void {
  for (let j = 0; j < x.columns; j++) put(x, 0, j, quotient(numberAt(x, 0, j), divisor));
}
