/**
 * Matrix products C += ±A · B over packed blocks: the three outer loops of Goto and BLIS (see gemm-kernel.ts for the rest).
 *
 *     for each 512 columns of B           packed: 256 × 512 numbers, for the L2 and L3 caches
 *       for each 256 steps inside         ── pack B
 *         for each 128 rows of A          packed: 128 × 256 numbers, for the L2 cache
 *                                         ── pack A, run the kernel
 *
 * Complex numbers are pairs of real ones: with every complex number of B as the block [re im; -im re], the product of the
 * real matrices is the complex product, in the same places (Van Zee and Smith's "1m" method, 2017, by rows). A and C lie
 * as they are; only packing B knows.
 *
 * Invariant: the order in which an element's terms are added depends on the inner axis alone.
 */
import { factsOf } from "../../data/dtype.js";
import { productBlocks, productTile } from "../../data/workspace.js";
import type { Block, RoutineCall } from "../backend.js";
import { productSizes } from "../routines/matmul.js";
import { type Matrix, type MatrixKernels, type Multiply, type Rotate, turned } from "../routines/matrix.js";
import type { Code } from "./code.js";
import { exportName, importModule } from "./encoder.js";
import { type Micro, writeProduct } from "./gemm-kernel.js";
import { writePack, writePackComplex } from "./gemm-pack.js";
import type { RealDType } from "./gemm-words.js";
import { writeRotation } from "./rotation.js";

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
  /** Columns lie side by side; it is added to. */
  readonly output: StridedMatrix;
  /** The address of `productBytes`. */
  readonly workspace: number;
  readonly sign: 1 | -1;
}

/** True for a product that the kernels here know. */
export function isFloating({ outputs: [output] }: RoutineCall): boolean {
  const kind = output && factsOf(output.dtype).kind;
  return kind === "float" || kind === "complex";
}

type Run = (...numbers: number[]) => void;

/** The functions of a micro-kernel in one memory. */
interface Functions {
  readonly product: Run;
  readonly packLeft: Run;
  readonly packRight: Run;
  readonly packComplex: Run;
  readonly rotate: Run;
}

/** Compiles the functions of products, each when it is first used, for all memories that they run in. */
export class Products {
  readonly #fused: boolean;
  readonly #modules = new Map<RealDType, Record<keyof Functions, WebAssembly.Module>>();
  readonly #functions = new WeakMap<WebAssembly.Memory, Map<RealDType, Functions>>();

  constructor(fused: boolean) {
    this.#fused = fused;
  }

  /** The routine `matmul` on floating numbers. */
  call(memory: WebAssembly.Memory, { inputs, outputs, first, workspace }: RoutineCall): void {
    const sizes = productSizes(inputs, outputs);
    const { kind, part } = factsOf(outputs[0]!.dtype);
    const place = ({ offset, dtype, shape }: Block): StridedMatrix => {
      const columnStride = factsOf(dtype).bytes;
      return { offset, rowStride: shape[1]! * columnStride, columnStride };
    };
    const [left, right, output] = [...inputs, ...outputs].map(place) as [StridedMatrix, StridedMatrix, StridedMatrix];
    if (first) new Uint8Array(memory.buffer, output.offset, sizes.m * output.rowStride).fill(0);
    const form = { dtype: part as RealDType, complex: kind === "complex" };
    this.run(memory, { ...sizes, ...form, left, right, output, workspace, sign: 1 });
  }

  /** Kernels for routines, on matrices in this memory; the panels of products are packed at the address. */
  kernels(memory: WebAssembly.Memory, workspace: number): MatrixKernels {
    const rotate: Rotate = ({ data, first, rowStride, columns }, i, j, c, s) => {
      const address = data.byteOffset + 8 * first;
      this.#in(memory, "float64").rotate(address + 8 * i * rowStride, address + 8 * j * rowStride, columns, c, s);
    };
    const dtype = "float64";
    const place = ({ data, first, rowStride, columnStride }: Matrix): StridedMatrix => ({
      offset: data.byteOffset + 8 * first,
      rowStride: 8 * rowStride,
      columnStride: 8 * columnStride,
    });
    const multiply: Multiply = (c, a, b, sign) => {
      if (c.columnStride !== 1) return void multiply(turned(c), turned(b), turned(a), sign);
      const [m, k, n] = [c.rows, a.columns, c.columns];
      const [left, right, output] = [place(a), place(b), place(c)];
      this.run(memory, { dtype, complex: false, m, k, n, left, right, output, workspace, sign });
    };
    return { multiply, rotate };
  }

  /** Adds a product onto its output. */
  run(memory: WebAssembly.Memory, call: ProductCall): void {
    const { dtype, complex, m, left, right, output, workspace, sign } = call;
    const { product, packLeft, packRight, packComplex } = this.#in(memory, dtype);
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
        // a panel is never wider than the tile: what is packed ends at the next multiple of its columns
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

  #in(memory: WebAssembly.Memory, dtype: RealDType): Functions {
    let known = this.#functions.get(memory);
    if (known === undefined) {
      known = new Map();
      this.#functions.set(memory, known);
    }
    let functions = known.get(dtype);
    if (functions === undefined) {
      const modules = this.#compiled(dtype);
      const load = (module: WebAssembly.Module): Run =>
        new WebAssembly.Instance(module, { [importModule]: { memory } }).exports[exportName] as Run;
      functions = {
        product: load(modules.product),
        packLeft: load(modules.packLeft),
        packRight: load(modules.packRight),
        packComplex: load(modules.packComplex),
        rotate: load(modules.rotate),
      };
      known.set(dtype, functions);
    }
    return functions;
  }

  #compiled(dtype: RealDType): Record<keyof Functions, WebAssembly.Module> {
    let modules = this.#modules.get(dtype);
    if (modules === undefined) {
      const micro: Micro = { dtype, rows: productTile.rows, columns: 32 / factsOf(dtype).bytes, fused: this.#fused };
      const compile = (code: Code): WebAssembly.Module => new WebAssembly.Module(code.encode());
      modules = {
        product: compile(writeProduct(micro)),
        packLeft: compile(writePack(dtype, micro.rows)),
        packRight: compile(writePack(dtype, micro.columns)),
        packComplex: compile(writePackComplex(dtype, micro.columns)),
        rotate: compile(writeRotation()),
      };
      this.#modules.set(dtype, modules);
    }
    return modules;
  }
}
