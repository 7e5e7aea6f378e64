/**
 * Matrix products C += ±A · B over packed blocks: the three outer loops of Goto and BLIS (see gemm-kernel.ts for the
 * rest).
 *
 *     for each 512 columns of B           packed: 256 × 512 numbers, for the L2 and L3 caches
 *       for each 256 steps inside         ── pack B
 *         for each 128 rows of A          packed: 128 × 256 numbers, for the L2 cache
 *                                         ── pack A, run the kernel
 *
 * Complex numbers are pairs of real ones: with every complex number of B as the block [re im; -im re], the product of
 * the real matrices is the complex product, in the same places (Van Zee and Smith's "1m" method, 2017, by rows). A and
 * C stay as they are; only the packing of B differs.
 *
 * Invariant: the order in which an element's terms are added depends on the inner axis alone.
 */
import { factsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { productBlocks, productTile } from "../../program/routines/products.js";
import { productSizes } from "../../routines/matmul.js";
import type { Block, RoutineCall } from "../../routines/routine.js";
import { CompiledFunctions } from "./functions.js";
import { type Micro, writeProduct } from "./gemm-kernel.js";
import { writePack, writePackComplex } from "./gemm-pack.js";
import type { RealDType } from "./gemm-words.js";

/** A matrix in memory: the byte address of its first number, and strides in bytes. */
export interface StridedMatrix {
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** One product of real or complex matrices. */
export interface ProductCall {
  readonly dtype: RealDType;
  /** True for complex numbers of such parts; their columns must lie side by side. */
  readonly complex: boolean;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly left: StridedMatrix;
  readonly right: StridedMatrix;
  /** Its columns lie side by side, and the product is added to it. */
  readonly output: StridedMatrix;
  /** The address of `productBytes`. */
  readonly workspace: number;
  readonly sign: 1 | -1;
}

/** True for a product that the kernels here can do. */
export function isFloating({ outputs: [output] }: RoutineCall): boolean {
  const kind = output && factsOf(output.dtype).kind;
  return kind === "float" || kind === "complex";
}

/** The functions of products of one dtype. */
function functionsOf(dtype: RealDType, fused: boolean) {
  const micro: Micro = { dtype, rows: productTile.rows, columns: 32 / factsOf(dtype).bytes, fused };
  return new CompiledFunctions({
    product: () => writeProduct(micro),
    packLeft: () => writePack(dtype, micro.rows),
    packRight: () => writePack(dtype, micro.columns),
    packComplex: () => writePackComplex(dtype, micro.columns),
  });
}

/** Products, for all memories in which they run. */
export class Products {
  readonly #functions: Readonly<Record<RealDType, ReturnType<typeof functionsOf>>>;

  constructor(fused: boolean) {
    this.#functions = { float32: functionsOf("float32", fused), float64: functionsOf("float64", fused) };
  }

  /** The routine `matmul` on floating numbers. */
  call(memory: WebAssembly.Memory, { inputs, outputs, first, workspace }: RoutineCall): void {
    const sizes = productSizes(inputs, outputs);
    const { kind, part } = factsOf(at(outputs, 0).dtype);
    const strided = ({ offset, dtype, shape }: Block): StridedMatrix => {
      const columnStride = factsOf(dtype).bytes;
      return { offset, rowStride: at(shape, 1) * columnStride, columnStride };
    };
    const [left, right, output] = [strided(at(inputs, 0)), strided(at(inputs, 1)), strided(at(outputs, 0))];
    if (first) new Uint8Array(memory.buffer, output.offset, sizes.m * output.rowStride).fill(0);
    const dtype: RealDType = part === "float32" ? "float32" : "float64";
    this.run(memory, { ...sizes, dtype, complex: kind === "complex", left, right, output, workspace, sign: 1 });
  }

  /** Adds a product to its output. */
  run(memory: WebAssembly.Memory, call: ProductCall): void {
    const { dtype, complex, m, left, right, output, workspace, sign } = call;
    const { product, packLeft, packRight, packComplex } = this.#functions[dtype].in(memory);
    const { bytes } = factsOf(dtype);
    const { rows, inner, columns } = productBlocks;
    const width = complex ? 2 : 1;
    const [k, n] = [width * call.k, width * call.n];
    const leftColumn = complex ? bytes : left.columnStride;
    const tile = workspace;
    const packedRight = tile + productTile.rows * productTile.columns * bytes;
    for (let j = 0; j < n; j += columns) {
      const wide = Math.min(columns, n - j);
      for (let p = 0; p < k; p += inner) {
        const deep = Math.min(inner, k - p);
        // a panel is never wider than the tile: the packed block ends at the next multiple of its columns
        const packedLeft = packedRight + Math.ceil(wide / productTile.columns) * productTile.columns * deep * bytes;
        if (complex) {
          packComplex(
            right.offset + (p / 2) * right.rowStride + j * bytes,
            packedRight,
            wide,
            deep / 2,
            right.rowStride,
          );
        } else {
          const from = right.offset + p * right.rowStride + j * right.columnStride;
          packRight(from, packedRight, wide, deep, right.columnStride, right.rowStride);
        }
        for (let i = 0; i < m; i += rows) {
          const high = Math.min(rows, m - i);
          packLeft(
            left.offset + i * left.rowStride + p * leftColumn,
            packedLeft,
            high,
            deep,
            left.rowStride,
            leftColumn,
          );
          const to = output.offset + i * output.rowStride + j * bytes;
          product(packedLeft, packedRight, to, high, wide, deep, output.rowStride, tile, sign);
        }
      }
    }
  }
}
