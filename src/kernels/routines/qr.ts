/**
 * The factors Q · R of a matrix by Householder reflections, in panels of which each is one product I − V T Vᵀ (Schreiber and Van
 * Loan's compact WY form, 1989; LAPACK's dgeqrf and dorgqr). Signs are LAPACK's, and so NumPy's: a reflection turns a
 * column into −sign(α) · its length.
 *
 *     ┌ R R R R ┐      panel j:  V, unit lower trapezoidal, below the diagonal of its columns; T beside the matrix
 *     │ v R R R │
 *     └ v v R R ┘
 */
import { at, checkBlocks, type Matrix, type Multiply, part, store, turned, Workspace } from "./matrix.js";
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
const [PANEL] = PANELS;

/** Length of a column from a row on, without leaving the range of floats. */
function lengthOf({ data, first, rows, rowStride }: Matrix, column: number, from: number): number {
  let largest = 0;
  for (let i = from; i < rows; i++) largest = Math.max(largest, Math.abs(data[first + i * rowStride + column]!));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = from; i < rows; i++) sum += (data[first + i * rowStride + column]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** Reflects the columns of a panel one after the other; `scales` gets the factors τ of I − τ v vᵀ. */
function reflectPanel(a: Matrix, scales: Float64Array): void {
  const { data, first, rows, columns, rowStride } = a;
  const sums = new Float64Array(columns);
  for (let j = 0; j < Math.min(rows, columns); j++) {
    const diagonal = first + j * rowStride + j;
    const alpha = data[diagonal]!;
    const rest = lengthOf(a, j, j + 1);
    if (rest === 0) {
      scales[j] = 0;
      continue;
    }
    const beta = alpha < 0 || Object.is(alpha, -0) ? Math.hypot(alpha, rest) : -Math.hypot(alpha, rest);
    const scale = (beta - alpha) / beta;
    scales[j] = scale;
    const divisor = alpha - beta;
    for (let i = j + 1; i < rows; i++) data[first + i * rowStride + j] = data[first + i * rowStride + j]! / divisor;
    data[diagonal] = beta;
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

/** What a panel needs while it is applied, in the workspace. */
interface Room {
  /** [rows, width]: V with its ones and zeros. */
  readonly v: Matrix;
  /** Twice [width, columns]. */
  readonly w: Matrix;
  readonly tw: Matrix;
  /** T of every panel, side by side. */
  readonly t: Matrix;
}

/** The panel of reflections that begins at a diagonal element. */
class Panel {
  readonly #v: Matrix;
  readonly #t: Matrix;
  readonly #start: number;

  constructor(a: Matrix, start: number, width: number, room: Room) {
    this.#start = start;
    const rows = a.rows - start;
    // the columns of the room's matrices are cut to the panel's, so their rows stay apart
    this.#v = part(room.v, 0, 0, rows, width);
    for (let i = 0; i < rows; i++) {
      const to = this.#v.first + i * this.#v.rowStride;
      for (let j = 0; j < width; j++) {
        this.#v.data[to + j] = i > j ? at(a, start + i, start + j) : i === j ? 1 : 0;
      }
    }
    this.#t = part(room.t, 0, start, width, width);
  }

  /** Makes T, of which the diagonal is the scales: T[:j, j] = −τ T[:j, :j] · V[:, :j]ᵀ v. */
  prepare(scales: Float64Array, inner: Matrix, multiply: Multiply): void {
    const [v, t] = [this.#v, this.#t];
    const width = v.columns;
    const products = part(inner, 0, 0, width, width);
    clear(products);
    multiply(products, turned(v), v, 1);
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < width; i++) {
        let sum = 0;
        for (let p = i; p < j; p++) sum += at(t, i, p) * at(products, p, j);
        t.data[t.first + i * t.rowStride + j] = i < j ? -scales[j]! * sum : i === j ? scales[j]! : 0;
      }
    }
  }

  /** C − V T Vᵀ C, or the same with Tᵀ: what the panel's reflections, or their inverse, make of rows of C. */
  apply(c: Matrix, transposed: boolean, room: Room, multiply: Multiply): void {
    if (c.columns === 0) return;
    const [v, t] = [this.#v, transposed ? turned(this.#t) : this.#t];
    const [w, tw] = [part(room.w, 0, 0, v.columns, c.columns), part(room.tw, 0, 0, v.columns, c.columns)];
    clear(w);
    clear(tw);
    const below = part(c, this.#start, 0, c.rows - this.#start, c.columns);
    multiply(w, turned(v), below, 1);
    multiply(tw, t, w, 1);
    multiply(below, v, tw, -1);
  }
}

function clear({ data, first, rows, columns, rowStride }: Matrix): void {
  for (let i = 0; i < rows; i++) data.fill(0, first + i * rowStride, first + i * rowStride + columns);
}

/** Reflections that turn a matrix into R, from which Q can be formed. */
export interface Reflections {
  /** R in and above the diagonal, the vectors of the reflections below. */
  readonly a: Matrix;
  /** Turns a matrix of as many rows into Q times it. */
  applyQ(c: Matrix): void;
}

/** Reflects the columns of a matrix by panels of this level, each by panels of the next. */
function reflectColumns(
  a: Matrix,
  level: number,
  rooms: readonly Room[],
  scales: Float64Array,
  multiply: Multiply,
): void {
  const room = rooms[level];
  if (room === undefined) return void reflectPanel(a, scales);
  const k = Math.min(a.rows, a.columns);
  const most = PANELS[level]!;
  for (let start = 0; start < k; start += most) {
    const width = Math.min(most, k - start);
    const mine = scales.subarray(start, start + width);
    reflectColumns(part(a, start, start, a.rows - start, width), level + 1, rooms, mine, multiply);
    const rest = a.columns - start - width;
    if (level > 0 && rest === 0) return; // nobody asks for its T
    const panel = new Panel(a, start, width, room);
    panel.prepare(mine, room.w, multiply);
    panel.apply(part(a, 0, start + width, a.rows, rest), true, room, multiply);
  }
}

/** Factors a matrix in place; the room is for matrices of up to `widest` columns that Q is applied to. */
export function reflect(a: Matrix, widest: number, space: Workspace, multiply: Multiply): Reflections {
  const k = Math.min(a.rows, a.columns);
  const roomOf = (width: number, most: number, all: number): Room => ({
    v: space.take(a.rows, width),
    w: space.take(width, Math.max(width, most)),
    tw: space.take(width, most),
    t: space.take(width, all),
  });
  const room = roomOf(PANEL, Math.max(widest, a.columns), k);
  reflectColumns(a, 0, [room, roomOf(PANELS[1], PANEL, PANEL)], new Float64Array(k), multiply);
  const applyQ = (c: Matrix): void => {
    for (let start = Math.floor((k - 1) / PANEL) * PANEL; k > 0 && start >= 0; start -= PANEL) {
      new Panel(a, start, Math.min(PANEL, k - start), room).apply(c, false, room, multiply);
    }
  };
  return { a, applyQ };
}

/** The first columns of the identity matrix. */
export function identity(space: Workspace, rows: number, columns: number): Matrix {
  const matrix = space.zeros(rows, columns);
  for (let i = 0; i < Math.min(rows, columns); i++) matrix.data[matrix.first + i * (columns + 1)] = 1;
  return matrix;
}

/** The routine `qr`: the input [m, n]; the outputs Q and R, or R alone, as {@link QrParams} says. */
export function qr(call: RoutineArguments): void {
  const { mode } = call.params as QrParams;
  const [m, n] = call.inputs[0]!.shape as [number, number];
  const k = mode === "complete" ? m : Math.min(m, n);
  checkBlocks("qr", call, mode === "r" ? [[k, n]] : [[m, k], [k, n]]); // biome-ignore format: a list
  const space = new Workspace(call.workspace);
  const { a, applyQ } = reflect(space.load(call.inputs[0]!), mode === "r" ? 0 : k, space, call.multiply);
  if (mode !== "r") {
    const q = identity(space, m, k);
    applyQ(q);
    store(q, call.outputs[0]!);
  }
  const r = part(a, 0, 0, k, n);
  store(r, call.outputs.at(-1)!, (i, j) => (j < i ? 0 : at(r, i, j)));
}
