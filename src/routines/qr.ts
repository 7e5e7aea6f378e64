/**
 * The factors Q · R of a matrix by Householder reflections, in panels that are applied as products (LAPACK's dgeqrf and
 * dorgqr); of matrices much taller than wide by products alone (cholesky-qr.ts). Signs are LAPACK's, and so NumPy's;
 * the diagonal of R is real.
 */
import type { QrParams } from "../program/routines/factorizations.js";
import { checkBlocks } from "./blocks.js";
import { choleskyQr, isMuchTaller } from "./cholesky-qr.js";
import { reflectNarrowComplex } from "./complex/reflections.js";
import {
  at,
  hasImaginaryParts,
  type Matrix,
  type Multiply,
  part,
  rowOf,
  store,
  storeIdentity,
  Workspace,
} from "./matrix.js";
import { applyPanel, applyReflections, type PanelBuffers, panelBuffers, reflectVector } from "./reflections.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";

/**
 * Columns of a panel, and of the panels that it is made of in turn: inside of the smallest there are no products, and
 * so slow; what a large one is applied to is applied in few passes. See docs/design/0011.
 */
const PANEL_COLUMNS = [32, 8] as const;

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
  buffersByLevel: readonly PanelBuffers[],
  scales: Matrix,
  multiply: Multiply,
): void {
  const buffers = buffersByLevel[level];
  if (buffers === undefined) return void (hasImaginaryParts(a) ? reflectNarrowComplex : reflectNarrow)(a, scales);
  const k = Math.min(a.rows, a.columns);
  for (let start = 0; start < k; start += PANEL_COLUMNS[level]!) {
    const width = Math.min(PANEL_COLUMNS[level]!, k - start);
    const mine = part(scales, 0, start, 1, width);
    reflectColumns(part(a, start, start, a.rows - start, width), level + 1, buffersByLevel, mine, multiply);
    const rest = a.columns - start - width;
    applyPanel(a, start, mine, part(a, 0, start + width, a.rows, rest), true, buffers, multiply);
  }
}

/** A matrix that has become R, and the reflections that did it. */
export interface Reflected {
  /** R in and above the diagonal, the vectors of the reflections below. */
  readonly a: Matrix;
  /** Turns a matrix of as many rows into Q times it. */
  applyQ(c: Matrix): void;
}

/** Factors a matrix in place; Q can then be applied to up to `widest` columns. */
export function reflect(a: Matrix, widest: number, space: Workspace, multiply: Multiply): Reflected {
  const scales = rowOf(Math.min(a.rows, a.columns), space.complex);
  const [wide, narrow] = PANEL_COLUMNS;
  const buffers = panelBuffers(space, wide, a.rows, Math.max(widest, a.columns));
  reflectColumns(a, 0, [buffers, panelBuffers(space, narrow, a.rows, wide)], scales, multiply);
  return { a, applyQ: (c) => applyReflections(a, scales, c, buffers, multiply) };
}

function storeUpper(r: Matrix, output: RoutineArray): void {
  store(r, output, (of, i, j) => (j < i ? 0 : at(of, i, j)));
}

/** The factors of a matrix much taller than wide; false where it must be reflected. */
function factorTall(call: RoutineArguments, mode: QrParams["mode"]): boolean {
  const { inputs, outputs, workspace } = call;
  const space = new Workspace(workspace, inputs[0]!);
  const a = space.load(inputs[0]!);
  const factors = choleskyQr(a, space, call);
  if (factors === null) return false;
  storeUpper(factors.r, outputs.at(-1)!);
  if (mode === "factored") {
    store(a, outputs[0]!);
    store(factors.turn, outputs[1]!);
  } else if (mode === "reduced") {
    const q = space.zeros(a.rows, a.columns);
    call.multiply(q, a, factors.turn, 1);
    store(q, outputs[0]!);
  }
  return true;
}

/** The routine `qr`: the input [m, n]; the outputs as {@link QrParams} says. */
export function qr(call: RoutineArguments<QrParams>): void {
  const { mode } = call.params;
  const [input] = call.inputs;
  const [m, n] = input!.shape as [number, number];
  const k = mode === "complete" ? m : Math.min(m, n);
  checkBlocks("qr", call);
  if (mode !== "complete" && isMuchTaller(input!) && factorTall(call, mode)) return;
  const space = new Workspace(call.workspace, input!);
  const { a, applyQ } = reflect(space.load(input!), mode === "r" ? 0 : k, space, call.multiply);
  if (mode !== "r") {
    const q = space.identity(m, k);
    applyQ(q);
    store(q, call.outputs[0]!);
  }
  if (mode === "factored") storeIdentity(call.outputs[1]!);
  storeUpper(part(a, 0, 0, k, n), call.outputs.at(-1)!);
}
