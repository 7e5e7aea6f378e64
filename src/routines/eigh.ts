/**
 * Eigenvalues and eigenvectors of a symmetric or Hermitian matrix: Householder reflections to a tridiagonal one, which
 * is real, then the QL algorithm with implicit shifts, its rotations gathered in the vectors (EISPACK's tred2 and
 * imtql2; Golub and Van Loan, 8.3).
 *
 * Invariant: only the lower triangle is read; values ascend.
 */
import { LinAlgError } from "../data/errors.js";
import type { EigenParams } from "../program/routines/factorizations.js";
import { checkBlocks, checkFinite, sideOf } from "./blocks.js";
import { type Tridiagonal, tridiagonalizeComplex } from "./complex/reductions.js";
import {
  at,
  hasImaginaryParts,
  type Matrix,
  part,
  type Rotate,
  rowOf,
  scaleIntoRange,
  store,
  storeReal,
  turned,
  Workspace,
} from "./matrix.js";
import { applyReflections, panelBuffers, reflectVector } from "./reflections.js";
import type { RoutineArguments } from "./routine.js";

/** Reduces the lower triangle in place. */
function tridiagonalize(a: Matrix): Tridiagonal {
  if (hasImaginaryParts(a)) return tridiagonalizeComplex(a);
  const { data, first, rows: n, rowStride } = a;
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const scales = rowOf(Math.max(0, n - 1), false);
  const [v, w] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k + 1 < n; k++) {
    const begin = first + (k + 1) * rowStride + k;
    const { scale, length } = reflectVector(data, begin, rowStride, n - k - 1);
    diagonal[k] = data[first + k * rowStride + k]!;
    beside[k] = length;
    scales.data[k] = scale;
    if (scale === 0) continue;
    v[k + 1] = 1;
    for (let i = k + 2; i < n; i++) v[i] = data[first + i * rowStride + k]!;
    // w = τ A v, each row of the lower triangle once for itself and once for its mirror image
    w.fill(0, k + 1);
    for (let i = k + 1; i < n; i++) {
      const row = first + i * rowStride;
      const factor = v[i]!;
      let sum = data[row + i]! * factor;
      for (let j = k + 1; j < i; j++) {
        const value = data[row + j]!;
        sum += value * v[j]!;
        w[j] = w[j]! + value * factor;
      }
      w[i] = w[i]! + sum;
    }
    let inner = 0;
    for (let i = k + 1; i < n; i++) {
      w[i] = w[i]! * scale;
      inner += w[i]! * v[i]!;
    }
    const share = (scale * inner) / 2;
    for (let i = k + 1; i < n; i++) w[i] = w[i]! - share * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const row = first + i * rowStride;
      const [x, y] = [v[i]!, w[i]!];
      for (let j = k + 1; j <= i; j++) data[row + j] = data[row + j]! - x * w[j]! - y * v[j]!;
    }
  }
  if (n > 0) diagonal[n - 1] = data[first + (n - 1) * (rowStride + 1)]!;
  return { diagonal, beside, scales };
}

/** The QL algorithm; the rows of `vectors` are rotated along. */
function diagonalize({ diagonal: d, beside: e }: Tridiagonal, vectors: Matrix | null, rotate: Rotate): void {
  const n = d.length;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]!) + Math.abs(e[i]!));
  const negligible = norm * 2 ** -60;
  for (let low = 0; low < n; low++) {
    for (let sweeps = 0; ; sweeps++) {
      let m = low;
      for (; m < n - 1; m++) {
        if (Math.abs(e[m]!) <= 2 ** -52 * (Math.abs(d[m]!) + Math.abs(d[m + 1]!)) + negligible) break;
      }
      if (m === low) break;
      if (sweeps === 60) {
        throw new LinAlgError(`eigh: eigenvalue ${low} did not converge`, { reason: "not converged", order: low });
      }
      const half = (d[low + 1]! - d[low]!) / (2 * e[low]!);
      let g = d[m]! - d[low]! + e[low]! / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= low; i--) {
        const [f, b] = [s * e[i]!, c * e[i]!];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = d[i + 1]! - p;
          e[m] = 0;
          break;
        }
        [s, c] = [f / r, g / r];
        g = d[i + 1]! - p;
        const t = (d[i]! - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        if (vectors) rotate(vectors, i + 1, i, c, s);
      }
      if (i >= low) continue;
      d[low] = d[low]! - p;
      e[low] = g;
      e[m] = 0;
    }
  }
}

/**
 * The routine `eigh`: the input [n, n]; the outputs w, n numbers, and V [n, n] with the vectors in its columns, or w
 * alone.
 */
export function eigh(call: RoutineArguments<EigenParams>): void {
  const n = sideOf("eigh", call.inputs[0]!);
  const { vectors } = call.params;
  checkBlocks("eigh", call);
  checkFinite("eigh", call.inputs[0]!);
  const space = new Workspace(call.workspace, call.inputs[0]!);
  const a = space.load(call.inputs[0]!);
  const unit = scaleIntoRange(a);
  const reduced = tridiagonalize(a);
  // by rows, so that rotations run along memory
  const rows = vectors ? space.identity(n, n) : null;
  if (rows !== null && n > 1) {
    const inside = turned(part(rows, 1, 1, n - 1, n - 1));
    const buffers = panelBuffers(space, 32, n - 1, n - 1);
    applyReflections(part(a, 1, 0, n - 1, n - 1), reduced.scales, inside, buffers, call.multiply);
  }
  diagonalize(reduced, rows, call.rotate);
  const { diagonal } = reduced;
  const order = Array.from(diagonal.keys()).sort((x, y) => diagonal[x]! - diagonal[y]!);
  const [values, columns] = call.outputs;
  storeReal(
    order.map((from) => unit * diagonal[from]!),
    values!,
  );
  if (rows !== null) store(rows, columns!, (of, i, j) => at(of, order[j]!, i));
}
