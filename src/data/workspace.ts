/**
 * The memory that routines need besides their inputs and outputs, known from dtypes and shapes alone: a plan counts it, and
 * whoever runs a routine takes as much and tells the address. Backends own no memory that their user has not given them.
 *
 *     │ packed panels of matrix products │ what the routine itself keeps │
 *
 * Invariant: it never shrinks when a shape grows, so that a plan may ask for the largest block only.
 */
import { type DType, factsOf } from "./dtype.js";
import { type FourierParams, fourierFloats } from "./fourier.js";

/** An array of which the content does not matter. */
export interface Shaped {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * The blocks that matrix products are cut into, in numbers of the dtype's parts: a block of the left matrix of 128 × 256
 * stays in the L2 cache, a panel of the right one of 256 steps in L1. See docs/design/0011.
 */
export const productBlocks = { rows: 128, inner: 256, columns: 512 } as const;

/** The sums that are kept in registers: rows, and columns of float32. Panels are filled up to these. */
export const productTile = { rows: 4, columns: 8 } as const;

const upTo = (length: number, most: number, unit: number): number => Math.ceil(Math.min(length, most) / unit) * unit;

/** The bytes in which a product [m, k] · [k, n] packs its panels, after each other and behind a tile; a multiple of 64. */
export function productBytes(dtype: DType, m: number, k: number, n: number): number {
  const { kind, part } = factsOf(dtype);
  if (kind !== "float" && kind !== "complex") return 0;
  const width = kind === "complex" ? 2 : 1;
  const inner = Math.min(width * k, productBlocks.inner);
  const left = upTo(m, productBlocks.rows, productTile.rows) * inner;
  const right = upTo(width * n, productBlocks.columns, productTile.columns) * inner;
  const tile = productTile.rows * productTile.columns;
  return Math.ceil(((tile + left + right) * factsOf(part).bytes) / 64) * 64;
}

/** The two parts of a workspace, in bytes: where products pack their panels, and behind it what the routine keeps. */
export interface WorkspaceParts {
  readonly products: number;
  readonly own: number;
}

/** The float64 numbers that a factorization keeps, from the sides of its inputs. */
type Kept = (m: number, n: number, params: unknown, r: number) => number;

/** Columns that LU factors copied together, of so many: few where there are few, so that their room is a small part of the whole. */
export function panelColumns(columns: number): number {
  return Math.min(64, 8 * Math.ceil(columns / 128));
}

/** LU factors in place, and the room of a panel. */
const factors = (m: number, n: number): number => m * (n + panelColumns(n));

const modeOf = (params: unknown): unknown => (params as { mode?: unknown } | null)?.mode;

/** Panels of so many reflections keep their vectors, two products, and a triangle. */
const panels = (width: number, m: number, most: number): number => width * (m + 2 * Math.max(width, most) + width);

/** Panels of 32 reflections, made of panels of 8: see routines/qr.ts and reflections.ts. */
const reflections = (m: number, n: number, widest: number): number =>
  panels(32, m, Math.max(n, widest)) + panels(8, m, 32);

const factorizations: ReadonlyMap<string, Kept> = new Map<string, Kept>([
  ["solveTriangular", (_, n, _params, r) => n * (n + r)],
  ["cholesky", (_, n) => n * n],
  ["lu", factors],
  ["luPanel", factors],
  ["solve", (_, n, _params, r) => factors(n, n) + n * r],
  ["inv", (_, n) => factors(n, n) + n * n],
  ["det", factors],
  ["slogdet", factors],
  ["eigh", (_, n) => 2 * n * n + panels(32, n, n)],
  // the matrix, three powers, four sums of which one is factored, and one for squaring
  ["expm", (_, n) => 8 * n * n + factors(n, n)],
  ["eig", (_, n) => 6 * n * n + panels(32, n, n)],
  [
    "svd",
    (rows, columns, params) => {
      const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)];
      const mode = modeOf(params);
      const many = mode === "values" ? 0 : mode === "complete" ? m : n;
      const vectors = mode === "values" ? 0 : many * m + n * n + panels(32, n, n);
      return 2 * m * n + n * n + vectors + (m > n ? reflections(m, n, many) : 0);
    },
  ],
  [
    "qr",
    (m, n, params) => {
      const mode = modeOf(params);
      const q = mode === "r" ? 0 : mode === "complete" ? m : Math.min(m, n);
      // five squares where Cholesky QR does it
      return m * (n + q) + Math.max(reflections(m, n, q), 5 * n * n);
    },
  ],
]);

/** The parts of a routine's workspace. */
export function workspaceParts(routine: string, inputs: readonly Shaped[], params: unknown): WorkspaceParts {
  const sides = inputs.map(({ shape }) => [shape.at(-2) ?? 1, shape.at(-1) ?? 1] as const);
  const [[m, n] = [0, 0], [, r] = [0, 0]] = sides;
  if (routine === "matmul") return { products: productBytes(inputs[0]!.dtype, m, n, r), own: 0 };
  if (routine === "fft") return { products: 0, own: 8 * fourierFloats(inputs[0]!, params as FourierParams) };
  const kept = factorizations.get(routine);
  if (kept === undefined) return { products: 0, own: 0 };
  const side = Math.max(m, n, r);
  // complex matrices are computed in float64 too, their parts apart
  const width = inputs.some(({ dtype }) => factsOf(dtype).kind === "complex") ? 2 : 1;
  return { products: productBytes("float64", side, side, side), own: 8 * width * kept(m, n, params, r) };
}

/** The bytes that a routine needs besides its inputs and outputs. */
export function workspaceBytes(routine: string, inputs: readonly Shaped[], params: unknown): number {
  const { products, own } = workspaceParts(routine, inputs, params);
  return products + own;
}
