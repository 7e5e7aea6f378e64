/**
 * The factors Q · R of a matrix by Householder reflections, in panels that are applied as products (LAPACK's dgeqrf and dorgqr).
 * Signs are LAPACK's, and so NumPy's; the diagonal of R is real.
 */
import { checkBlocks } from "./blocks.js";
import { reflectNarrowComplex } from "./complex/qr.js";
import { at, isComplex, type Matrix, type Multiply, part, rowOf, store, Workspace } from "./matrix.js";
import { applyPanel, applyReflections, type PanelRoom, panelRoom, reflectVector } from "./reflections.js";
import type { RoutineArguments } from "./routine.js";

/** What the routine `qr` is told. */
export interface QrParams {
  /** `reduced`: Q [m, k], R [k, n] with k = min(m, n); `complete`: Q [m, m], R [m, n]; `r`: R [k, n] alone. */
  readonly mode: "reduced" | "complete" | "r";
}

/**
 * Columns of a panel, and of the panels that it is made of in turn: what lies inside of the smallest is no product, and so
 * slow; what a large one is applied to is applied in few passes. See docs/design/0011.
 */
const PANELS = [32, 8] as const;

/** Reflects the columns of a narrow matrix one after the other; `scales` gets their factors τ. */
function reflectNarrow(a: Matrix, scales: Matrix): void {
  const { data, first, rows, columns, rowStride } = a;
  const sums = new Float64Array(columns);
  for (let j = 0; j < Math.min(rows, columns); j++) {
    const diagonal = first + j * rowStride + j;
    const { scale, length } = reflectVector(data, diagonal, rowStride, rows - j);
    data[diagonal] = length;
    scales.data[scales.first + j] = scale;
    if (scale === 0) continue;
    for (let q = j + 1; q < columns; q++) sums[q] = data[first + j * rowStride + q]!;
    for (let i = j + 1; i < rows; i++) {
      const row = first + i * rowStride;
      const v = data[row + j]!;
      for (let q = j + 1; q < columns; q++) sums[q] = sums[q]! + v * data[row + q]!;
    }
    for (let q = j + 1; q < columns; q++) {
      sums[q] = sums[q]! * scale;
      data[first + j * rowStride + q] = data[first + j * rowStride + q]! - sums[q]!;
    }
    for (let i = j + 1; i < rows; i++) {
      const row = first + i * rowStride;
      const v = data[row + j]!;
      for (let q = j + 1; q < columns; q++) data[row + q] = data[row + q]! - v * sums[q]!;
    }
  }
}

/** Reflects the columns of a matrix by panels of this level, each by panels of the next. */
function reflectColumns(
  a: Matrix,
  level: number,
  rooms: readonly PanelRoom[],
  scales: Matrix,
  multiply: Multiply,
): void {
  const room = rooms[level];
  if (room === undefined) return void (isComplex(a) ? reflectNarrowComplex : reflectNarrow)(a, scales);
  const k = Math.min(a.rows, a.columns);
  for (let start = 0; start < k; start += PANELS[level]!) {
    const width = Math.min(PANELS[level]!, k - start);
    const mine = part(scales, 0, start, 1, width);
    reflectColumns(part(a, start, start, a.rows - start, width), level + 1, rooms, mine, multiply);
    const rest = a.columns - start - width;
    applyPanel(a, start, mine, part(a, 0, start + width, a.rows, rest), true, room, multiply);
  }
}

/** A matrix that has become R, and the reflections that did it. */
export interface Reflected {
  /** R in and above the diagonal, the vectors of the reflections below. */
  readonly a: Matrix;
  /** Turns a matrix of as many rows into Q times it. */
  applyQ(c: Matrix): void;
}

/** Factors a matrix in place; there will be room for applying Q to up to `widest` columns. */
export function reflect(a: Matrix, widest: number, space: Workspace, multiply: Multiply): Reflected {
  const scales = rowOf(Math.min(a.rows, a.columns), space.complex);
  const [wide, narrow] = PANELS;
  const room = panelRoom(space, wide, a.rows, Math.max(widest, a.columns));
  reflectColumns(a, 0, [room, panelRoom(space, narrow, a.rows, wide)], scales, multiply);
  return { a, applyQ: (c) => applyReflections(a, scales, c, room, multiply) };
}

/** The routine `qr`: the input [m, n]; the outputs Q and R, or R alone, as {@link QrParams} says. */
export function qr(call: RoutineArguments): void {
  const { mode } = call.params as QrParams;
  const [m, n] = call.inputs[0]!.shape as [number, number];
  const k = mode === "complete" ? m : Math.min(m, n);
  checkBlocks("qr", call, mode === "r" ? [[k, n]] : [[m, k], [k, n]]); // biome-ignore format: a list
  const space = new Workspace(call.workspace, call.inputs[0]!);
  const { a, applyQ } = reflect(space.load(call.inputs[0]!), mode === "r" ? 0 : k, space, call.multiply);
  if (mode !== "r") {
    const q = space.identity(m, k);
    applyQ(q);
    store(q, call.outputs[0]!);
  }
  store(part(a, 0, 0, k, n), call.outputs.at(-1)!, (r, i, j) => (j < i ? 0 : at(r, i, j)));
}
