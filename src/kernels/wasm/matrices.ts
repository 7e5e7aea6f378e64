/**
 * Kernels for routines over matrices of float64 numbers in one memory: `MatrixKernels` on addresses.
 *
 *     in front of a routine's workspace:   │ tile │ a triangle, packed │ right sides, packed │
 *
 * Invariant: that memory holds nothing between two calls. It is large enough for a product of matrices as large as the
 * routine's, and so for a triangle and right sides of them.
 */
import { productTile } from "../../program/routines/products.js";
import {
  type Eliminate,
  type Exchange,
  type Matrix,
  type MatrixKernels,
  type Multiply,
  type Rotate,
  type SolveSmall,
  turned,
} from "../../routines/matrix.js";
import { writeElimination } from "./elimination.js";
import { writeExchange } from "./exchange.js";
import { CompiledFunctions } from "./functions.js";
import type { Products, StridedMatrix } from "./gemm.js";
import { writePack } from "./gemm-pack.js";
import { writeRotation } from "./rotation.js";
import { writeTriangle, writeUnpack } from "./triangle.js";

/**
 * The sides of the largest triangle that is solved without products, and the right sides packed at once: in the L1
 * cache.
 */
const [LARGEST_TRIANGLE_ROWS, PACKED_COLUMNS] = [64, 64];

/** Columns of a panel of right sides, and rows of one of a triangle. */
const PANEL_WIDTH = 4;

const addressOf = ({ data, first, rowStride, columnStride }: Matrix, row = 0, column = 0): number =>
  data.byteOffset + 8 * (first + row * rowStride + column * columnStride);

const stridedOf = (matrix: Matrix): StridedMatrix => ({
  offset: addressOf(matrix),
  rowStride: 8 * matrix.rowStride,
  columnStride: 8 * matrix.columnStride,
});

/** See the head of this file. */
export class Matrices {
  readonly #products: Products;
  readonly #functions: CompiledFunctions<"rotate" | "exchange" | "eliminate" | "pack" | "solve" | "unpack">;

  constructor(products: Products, fused: boolean) {
    this.#products = products;
    this.#functions = new CompiledFunctions({
      rotate: writeRotation,
      exchange: writeExchange,
      eliminate: () => writeElimination(fused),
      pack: () => writePack("float64", PANEL_WIDTH),
      solve: () => writeTriangle(fused),
      unpack: writeUnpack,
    });
  }

  /** Kernels on matrices in this memory; panels are packed at the address. */
  in(memory: WebAssembly.Memory, workspace: number): MatrixKernels {
    const functions = this.#functions.in(memory);
    const multiply: Multiply = (c, a, b, sign) => {
      if (c.columnStride !== 1) return void multiply(turned(c), turned(b), turned(a), sign);
      const [m, k, n] = [c.rows, a.columns, c.columns];
      const [left, right, output] = [stridedOf(a), stridedOf(b), stridedOf(c)];
      this.#products.run(memory, { dtype: "float64", complex: false, m, k, n, left, right, output, workspace, sign });
    };
    const rotate: Rotate = (matrix, i, j, c, s) =>
      functions.rotate(addressOf(matrix, i), addressOf(matrix, j), matrix.columns, c, s);
    const exchange: Exchange = (matrix, i, j) =>
      functions.exchange(addressOf(matrix, i), addressOf(matrix, j), matrix.columns);
    const eliminate: Eliminate = (matrix, j) => {
      const [column, row] = [addressOf(matrix, j, j), addressOf(matrix, j)];
      functions.eliminate(column, row, 8 * matrix.columnStride, j, matrix.rows - j, workspace);
      return j + new DataView(memory.buffer).getInt32(workspace, true);
    };
    const triangle = workspace + 8 * productTile.rows * productTile.columns;
    const solveSmall: SolveSmall = (t, b, { lower, unit }) => {
      const n = t.rows;
      if (n > LARGEST_TRIANGLE_ROWS) return false;
      if (n === 0) return true;
      // an upper triangle is a lower one that is read from its end
      const [corner, turn] = lower ? [0, 8] : [n - 1, -8];
      const panels = triangle + 8 * n * PANEL_WIDTH * Math.ceil(n / PANEL_WIDTH);
      functions.pack(addressOf(t, corner, corner), triangle, n, n, turn * t.rowStride, turn * t.columnStride);
      for (let j = 0; j < b.columns; j += PACKED_COLUMNS) {
        const columns = Math.min(PACKED_COLUMNS, b.columns - j);
        const [address, across, along] = [addressOf(b, corner, j), 8 * b.columnStride, turn * b.rowStride];
        functions.pack(address, panels, columns, n, across, along);
        functions.solve(triangle, panels, n, Math.ceil(columns / PANEL_WIDTH), unit ? 1 : 0);
        functions.unpack(panels, address, columns, n, across, along);
      }
      return true;
    };
    return { multiply, rotate, exchange, solveSmall, eliminate };
  }
}
