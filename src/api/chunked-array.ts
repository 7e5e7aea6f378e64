/**
 * The array that users hold: an expression with methods. Everything in the table of operations is a method here, with
 * the array as its first argument; nothing in this file computes.
 */

import { inspect } from "node:util";
import { refuseRest, takeOnly } from "../data/arguments.js";
import { formatBytes } from "../data/bytes.js";
import { type Chunks, countChunks } from "../data/chunks.js";
import { type DType, factsOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import { shown } from "../data/shown.js";
import type { Expr } from "../expr/expr.js";
import { formatChunks, formatNode } from "../expr/print.js";
import type { ArrowWriteOptions } from "../formats/arrow/writer.js";
import type { CsvWriteOptions } from "../formats/csv/create.js";
import type { ParquetWriteOptions } from "../formats/parquet/writer.js";
import { table } from "../formats/table.js";
import { makeHandlesBy } from "../ops/handle.js";
import { type Histogram, type HistogramOptions, histogram } from "../ops/histogram.js";
import * as operations from "../ops/index.js";
import type { TypedHandle } from "../ops/typed-handle.js";
import { type BlockResult, blocksOf } from "./blocks.js";
import type { ModuleFunction } from "./capture.js";
import { type ComputeOptions, computeExprs } from "./compute.js";
import { type ExplainOptions, explainExprs } from "./explain.js";
import { type BlockFunction, type MapBlocksOptions, mapBlocksExpr } from "./map-blocks.js";
import type { FunctionsOnly, Methods } from "./methods.js";
import type { NDArray } from "./nd-array.js";
import { textOrAdvice } from "./operators.js";
import { persistExpr } from "./persist.js";
import { saveAs } from "./store.js";
import type { ZarrOptions } from "./targets.js";

/** The operations whose first argument is not an array. */
const functionsOnly: ReadonlySet<string> = new Set(
  Object.keys({
    concat: true,
    einsum: true,
    multiDot: true,
    stack: true,
  } satisfies Record<FunctionsOnly, true>),
);

/** The arrays of each dtype. */
interface ChunkedArrayFamily {
  readonly dtype: DType;
  readonly handle: ChunkedArray<this["dtype"]>;
}

declare module "../ops/typed-handle.js" {
  interface MadeHandles {
    readonly family: ChunkedArrayFamily;
  }
}

/** A lazy array; see the class of the same name. */
export interface ChunkedArray<D extends DType = DType> extends Methods<ChunkedArrayFamily, D> {}

/**
 * A lazy array, cut into chunks. Operations give new arrays at once and compute nothing; `compute()`, `persist()`,
 * `blocks()` and `saveNpy()` do. Made by `openNpy`, `fromArray`, `zeros` and their kin.
 * @example
 * const x = openNpy("huge.npy");
 * const spread = await x.max(0).subtract(x.min(0)).compute();
 */
export class ChunkedArray<D extends DType = DType> implements TypedHandle<D> {
  /** In types only: the arrays of other dtypes. */
  declare readonly family?: ChunkedArrayFamily | undefined;
  /** The expression that the array represents. */
  readonly expr: Expr;

  /** Arrays are made by functions such as `openNpy`; this wraps an expression. */
  constructor(expr: Expr);
  constructor(expr: Expr, ...rest: unknown[]) {
    refuseRest("ChunkedArray", ["expr"], rest);
    if (expr?.meta === undefined)
      throw new ArgumentError(`ChunkedArray: functions such as fromArray make arrays; got ${shown(expr)}`);
    this.expr = expr;
  }

  /** An array for another expression. */
  wrap(expr: Expr): this {
    return new ChunkedArray(expr) as this; // there are no subclasses
  }

  /** The dtype of the elements. */
  get dtype(): D {
    return this.expr.meta.dtype as D; // the functions that make arrays see to it
  }

  /** The length of each axis. */
  get shape(): readonly number[] {
    return this.expr.meta.shape;
  }

  /** The sizes of the chunks along each axis. */
  get chunks(): Chunks {
    return this.expr.meta.chunks;
  }

  /** The number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The bytes that all elements take. */
  get nbytes(): number {
    return this.size * factsOf(this.dtype).bytes;
  }

  /** Matrices with rows and columns exchanged: the last two axes; see {@link matrixTranspose}. */
  get mT(): ChunkedArray {
    return this.matrixTranspose();
  }

  /** The array with its axes reversed. */
  get T(): ChunkedArray<D> {
    return new ChunkedArray(this.transpose().expr);
  }

  /**
   * Computes the array. Memory: the result and at most `memoryLimit` together.
   *
   * Throws a MemoryLimitError before anything runs when it cannot fit; rejects with a ComputeError when a task fails,
   * and with the signal's reason when it is aborted.
   * @example const means = await x.mean(0).compute({ memoryLimit: "512MB" });
   */
  async compute(options: ComputeOptions = {}): Promise<NDArray<D>> {
    return at(await computeExprs<D>([this.expr], options, "compute"), 0);
  }

  /**
   * Computes the array and keeps its chunks in memory, so that later computations start from them.
   * @example const y = await x.multiply(2).persist();
   */
  async persist(options: ComputeOptions = {}): Promise<ChunkedArray<D>> {
    return new ChunkedArray(await persistExpr(this.expr, options));
  }

  /**
   * Computes the chunks one after the other, in C order. A few are computed ahead; a reader that stops early ends the
   * rest.
   * @example for await (const { region, block } of x.blocks()) console.log(region, block.data[0]);
   */
  blocks(options: ComputeOptions = {}): AsyncGenerator<BlockResult<D>, void, void> {
    return blocksOf(this.expr, options);
  }

  /**
   * Computes the array into a .npy file, chunk by chunk. The file appears under its name when it is complete; on any
   * failure nothing is left and an older file of that name stays.
   * @example await x.subtract(x.mean(0)).saveNpy("centred.npy");
   */
  async saveNpy(path: string, options: ComputeOptions = {}): Promise<void> {
    await saveAs(table.npy, this.expr, path, options);
  }

  /**
   * Computes the array into a Zarr array, chunk by chunk; see {@link toZarr}.
   * @example await x.saveZarr("x.zarr", { shards: 4096, chunks: 512, memoryLimit: "1GB" });
   */
  async saveZarr(path: string, options: ZarrOptions & ComputeOptions = {}): Promise<void> {
    await saveAs(table.zarr, this.expr, path, options);
  }

  /**
   * Computes the array, of one axis or two, into an Arrow IPC file; see {@link toArrow}.
   * @example await x.saveArrow("x.arrow", { columns: ["a", "b"] });
   */
  async saveArrow(path: string, options: ArrowWriteOptions & ComputeOptions = {}): Promise<void> {
    await saveAs(table.arrow, this.expr, path, options);
  }

  /**
   * Computes the array, of one axis or two, into a Parquet file; see {@link toParquet}.
   * @example await x.saveParquet("x.parquet", { columns: ["a", "b"] });
   */
  async saveParquet(path: string, options: ParquetWriteOptions & ComputeOptions = {}): Promise<void> {
    await saveAs(table.parquet, this.expr, path, options);
  }

  /**
   * Computes the array, of one axis or two, into a table of text; see {@link toCsv}.
   * @example await x.saveCsv("x.csv", { header: ["a", "b"] });
   */
  async saveCsv(path: string, options: CsvWriteOptions & ComputeOptions = {}): Promise<void> {
    await saveAs(table.csv, this.expr, path, options);
  }

  /**
   * Applies a function to each chunk, in a worker. The function gets `{ dtype, shape, data }` and the place of the
   * block, and gives the elements of the new block; it must not use variables from outside itself (a CaptureError names
   * them). With `{ module, name }` the function that a module exports is used.
   *
   * A function that changes the shape of a block says so: `chunks` are the sizes of its blocks, `dropAxis` and
   * `newAxis` the axes that only the array or only the result has. The function `mapBlocks` takes several arrays.
   * @example x.mapBlocks((block) => block.data.map((v) => v * 2))
   * @example x.mapBlocks(({ data }) => [Math.max(...data)], { chunks: 1 })
   */
  mapBlocks<E extends DType = D>(
    f: BlockFunction<D> | ModuleFunction,
    options: MapBlocksOptions<E> = {},
  ): ChunkedArray<E> {
    return new ChunkedArray(mapBlocksExpr([this.expr], f, options));
  }

  /**
   * How many elements lie in each bin; see the function of this name.
   * @example const { counts, edges } = x.histogram({ bins: 20, range: [0, 1] })
   */
  histogram(options: HistogramOptions = {}): Histogram<ChunkedArray> {
    return histogram<ChunkedArray>(this, options);
  }

  /**
   * What `compute()` would do, as text: the expression, the optimized expression, the tasks, the bytes to read and
   * the memory needed; with `kernels: true` also the code of its loops. Computes nothing.
   * @example console.log(x.mean(0).explain());
   */
  explain(options: ExplainOptions = {}): string {
    return explainExprs([this.expr], options);
  }

  /** Text for a template; an operator such as `x + 1` throws an ArgumentError with advice. */
  [Symbol.toPrimitive](hint: string): string {
    return textOrAdvice(this, hint, "x.add(1)");
  }

  /** The array in one line. */
  toString(): string {
    return `ChunkedArray ${this.dtype} [${this.shape.join(", ")}]`;
  }

  /** The text for `console.log`: dtype, shape, chunks, bytes, and where it comes from. */
  [inspect.custom](): string {
    const chunks = countChunks(this.chunks);
    return [
      this.toString(),
      `  chunks  ${formatChunks(this.chunks)}: ${chunks} of up to ${formatBytes(this.#largestChunk())}`,
      `  bytes   ${formatBytes(this.nbytes)}`,
      `  from    ${formatNode(this.expr)}`,
      `  tasks   ${chunks} for its own chunks; explain() shows the rest`,
    ].join("\n");
  }

  #largestChunk(): number {
    return this.chunks.reduce(
      (size, sizes) => size * sizes.reduce((a, b) => Math.max(a, b), 0),
      factsOf(this.dtype).bytes,
    );
  }
}

const computing = ["options"];
const saving = ["path", "options"];
takeOnly(ChunkedArray.prototype, {
  ...{ compute: computing, persist: computing, blocks: computing, explain: computing },
  ...{ saveNpy: saving, saveZarr: saving, saveArrow: saving, saveParquet: saving, saveCsv: saving },
  ...{ mapBlocks: ["f", "options"], histogram: ["options"], toString: [], wrap: ["expr"] },
});

makeHandlesBy((expr) => new ChunkedArray(expr));

for (const [name, operation] of Object.entries(operations)) {
  if (functionsOnly.has(name)) continue;
  // each operation has its own arguments, and Methods gives the method the same ones
  const call = operation as (...args: unknown[]) => unknown;
  Object.defineProperty(ChunkedArray.prototype, name, {
    value(this: ChunkedArray, ...rest: unknown[]): unknown {
      return call(this, ...rest);
    },
    configurable: true,
    writable: true,
  });
}
