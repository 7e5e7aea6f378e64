/**
 * Linear algebra on whole matrices: what each routine takes and gives, and the memory that it works in. All of them
 * compute in float64; the parts of complex numbers lie apart and take twice as much.
 *
 * To add one: its parameters in {@link FactorizationParams}, its row in {@link factorizations}, its kernel in
 * src/routines.
 */
import { isComplex } from "../../data/dtype.js";
import { productBytes } from "./products.js";
import { type RoutineDescription, type Shapes, sidesOf } from "./routine.js";

/** The parameters of the routine `solveTriangular`. */
export interface TriangularParams {
  /** False for an upper triangle. */
  readonly lower: boolean;
  /** True where the diagonal is 1 and not read. */
  readonly unit: boolean;
  /** True for the transposed matrix, Tᵀ · X = B. */
  readonly transposed: boolean;
}

/** The parameters of the routine `cholesky`. */
export interface CholeskyParams {
  /** True for the factor U = Lᴴ. The lower triangle is read all the same. */
  readonly upper: boolean;
}

/** The parameters of the routine `luPanel`. */
export interface PanelParams {
  /** The operation that an error names. */
  readonly operation: string;
  /** The row of the whole matrix in which the panel begins. */
  readonly from: number;
  /** True where a pivot of 0 is an error. */
  readonly regular: boolean;
}

/** The parameters of the routine `qr`. */
export interface QrParams {
  /**
   * `reduced`: Q [m, k], R [k, n] with k = min(m, n); `complete`: Q [m, m], R [m, n]; `r`: R [k, n] alone; `factored`:
   * Q' [m, k], T [k, k] and R with Q = Q' · T, for callers that multiply Q anyway.
   */
  readonly mode: "reduced" | "complete" | "r" | "factored";
}

/** The parameters of the routine `svd`. */
export interface SvdParams {
  /** `reduced`: U [m, k], S [k], Vᴴ [k, n] with k = min(m, n); `complete`: U [m, m], Vᴴ [n, n]; `values`: S alone. */
  readonly mode: "reduced" | "complete" | "values";
}

/** The parameters of the routines `eigh` and `eig`. */
export interface EigenParams {
  /** False for the values alone. */
  readonly vectors: boolean;
}

/** The parameters of each routine. */
export interface FactorizationParams {
  readonly solveTriangular: TriangularParams;
  readonly cholesky: CholeskyParams;
  readonly lu: null;
  readonly luPanel: PanelParams;
  readonly takeRows: null;
  readonly qr: QrParams;
  readonly solve: null;
  readonly inv: null;
  readonly det: null;
  readonly slogdet: null;
  readonly svd: SvdParams;
  readonly eigh: EigenParams;
  readonly eig: EigenParams;
  readonly expm: null;
}

/** The sides of the first input, the parameters, and the columns of the second input. */
type OfSides<Params, Result> = (m: number, n: number, params: Params, r: number) => Result;

/** Describes a routine by the shapes of its outputs and the float64 numbers that it keeps if its matrices are real. */
function describe<Params>(
  outputs: OfSides<Params, Shapes>,
  numbers?: OfSides<Params, number>,
): RoutineDescription<Params> {
  const shapes: RoutineDescription<Params>["outputs"] = ([first, second], params) => {
    const [[m, n], [, r]] = [sidesOf(first), sidesOf(second)];
    return outputs(m, n, params, r);
  };
  if (numbers === undefined) return { outputs: shapes };
  return {
    outputs: shapes,
    workspace(inputs, params) {
      const [[m, n], [, r]] = [sidesOf(inputs[0]), sidesOf(inputs[1])];
      const side = Math.max(m, n, r);
      const width = inputs.some(({ dtype }) => isComplex(dtype)) ? 2 : 1;
      return { products: productBytes("float64", side, side, side), own: 8 * width * numbers(m, n, params, r) };
    },
  };
}

/**
 * The columns of LU factors that are copied together: few of a narrow matrix, so that the copy stays a small part of
 * it.
 */
export function panelColumns(columns: number): number {
  return Math.min(64, 8 * Math.ceil(columns / 128));
}

/** LU factors in place, and the copy of a panel. */
const luFactors = (m: number, n: number): number => m * (n + panelColumns(n));

/** A panel of this many reflections keeps their vectors, two products and a triangle. */
const panel = (width: number, m: number, most: number): number => width * (m + 2 * Math.max(width, most) + width);

/** Panels of 32 reflections, made of panels of 8: see routines/qr.ts and reflections.ts. */
const reflections = (m: number, n: number, widest: number): number =>
  panel(32, m, Math.max(n, widest)) + panel(8, m, 32);

const sameShape = (m: number, n: number): Shapes => [[m, n]];

const eigenvalues = (_m: number, n: number, { vectors }: EigenParams): Shapes =>
  vectors ? [[n], [n, n]] : [[n]]; // biome-ignore format: a list

/** The rows of Q that a mode asks for. */
const columnsOfQ = (m: number, n: number, mode: QrParams["mode"]): number => (mode === "complete" ? m : Math.min(m, n));

/** The description of each routine. */
export const factorizations: {
  readonly [Name in keyof FactorizationParams]: RoutineDescription<FactorizationParams[Name]>;
} = {
  // T [n, n] and B [n, r]; X [n, r]
  solveTriangular: describe(
    (_m, n, _params, r) => [[n, r]],
    (_m, n, _params, r) => n * (n + r),
  ),
  cholesky: describe(sameShape, (_m, n) => n * n),
  // P [m, m], L [m, k] and U [k, n]
  lu: describe((m, n) => {
    const k = Math.min(m, n);
    return [[m, m], [m, k], [k, n]]; // biome-ignore format: a list
  }, luFactors),
  // the factors, and beside them the order of the rows and its sign
  luPanel: describe((m, n) => [[m, n + 2]], luFactors),
  // an order [m, 1] and rows [·, r]; those rows in that order
  takeRows: describe((m, _n, _params, r) => [[m, r]]),
  qr: describe(
    (m, n, { mode }) => {
      const k = columnsOfQ(m, n, mode);
      const [q, r] = [[m, k], [k, n]]; // biome-ignore format: a list
      if (mode === "r") return [r];
      return mode === "factored" ? [q, [k, k], r] : [q, r];
    },
    (m, n, { mode }) => {
      const q = mode === "r" ? 0 : columnsOfQ(m, n, mode);
      // five squares where Cholesky QR does it
      return m * (n + q) + Math.max(reflections(m, n, q), 5 * n * n);
    },
  ),
  // A [n, n] and B [n, r]; X [n, r]
  solve: describe(
    (_m, n, _params, r) => [[n, r]],
    (_m, n, _params, r) => luFactors(n, n) + n * r,
  ),
  inv: describe(sameShape, (_m, n) => luFactors(n, n) + n * n),
  det: describe(() => [[1]], luFactors),
  // the sign, and the logarithm of the size
  slogdet: describe(() => [[1], [1]], luFactors), // biome-ignore format: a list
  svd: describe(
    (m, n, { mode }) => {
      const k = Math.min(m, n);
      if (mode === "values") return [[k]];
      const [left, right] = mode === "complete" ? [m, n] : [k, k];
      return [[m, left], [k], [right, n]]; // biome-ignore format: a list
    },
    (rows, columns, { mode }) => {
      const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)];
      const many = mode === "values" ? 0 : mode === "complete" ? m : n;
      const vectors = mode === "values" ? 0 : many * m + n * n + panel(32, n, n);
      return 2 * m * n + n * n + vectors + (m > n ? reflections(m, n, many) : 0);
    },
  ),
  eigh: describe(eigenvalues, (_m, n) => 2 * n * n + panel(32, n, n)),
  eig: describe(eigenvalues, (_m, n) => 6 * n * n + panel(32, n, n)),
  // the matrix, three powers, four sums of which one is factored, and one for squaring
  expm: describe(sameShape, (_m, n) => 8 * n * n + luFactors(n, n)),
};
