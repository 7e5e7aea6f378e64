/**
 * Locations: where everything is that a graph touches. Sources are in files and shared buffers. The blocks of a stored
 * node are in memory that each is given when its task starts, in memory where they stay, in the file of a sink, or in a
 * scratch file.
 */

import type { Chunks } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import type { EncodedArray } from "../data/encoded.js";
import { InternalError } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";
import { at } from "../data/lists.js";
import type { BlockMemory } from "../data/memory.js";
import { float64At } from "../data/numbers.js";
import { type Box, cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import type { ResidentArray } from "../expr/op.js";
import { blockStarts, fieldOffsets, type LeafLocation } from "./materialization.js";
import { sourceOf } from "./source.js";
import type { ChunkLocation, OutputLocation } from "./task.js";

/** What an expression is written to: a file that holds its elements as they are, or an array that is encoded. */
export type Sink =
  | { readonly kind: "file"; readonly file: StridedFile }
  | {
      readonly kind: "encoded";
      /** Its grid is that of the expression. */
      readonly array: EncodedArray;
      /** Numbers of parts that need not be computed, because they are complete. */
      readonly complete?: ReadonlySet<number>;
    };

/** Where everything is; see the head of this file. */
export class Locations {
  /** The files of the graph, by number. */
  readonly files: StridedFile[] = [];
  /** The encoded arrays of the graph, by number. */
  readonly arrays: EncodedArray[] = [];
  /** The memories of resident arrays, by the number of the buffer. */
  readonly memories: BlockMemory[] = [];
  /** Resident array → its blocks, with buffers numbered as in {@link memories}. */
  readonly #residents = new Map<ResidentArray, readonly ChunkLocation[]>();
  readonly #sources = new Map<string, number>();
  readonly #encoded = new Map<EncodedArray, number>();
  readonly #sinks = new Map<Expr, { sink: Sink; number: number }>();
  readonly #spills = new Map<Expr, { file: number; starts: Float64Array; grid: Chunks }>();
  readonly #kept: ReadonlyMap<Expr, ResidentArray>;

  constructor(
    sinks: ReadonlyMap<Expr, Sink>,
    spills: ReadonlyMap<Expr, StridedFile>,
    kept: ReadonlyMap<Expr, ResidentArray>,
  ) {
    this.#kept = kept;
    for (const array of kept.values()) this.#blocksOf(array);
    for (const [expr, sink] of sinks) {
      const number = sink.kind === "file" ? this.files.push(sink.file) - 1 : this.#encodedNumber(sink.array);
      this.#sinks.set(expr, { sink, number });
    }
    for (const [expr, file] of spills) {
      const grid = expr.meta.chunks;
      this.#spills.set(expr, { file: this.files.push(file) - 1, starts: blockStarts(grid), grid });
    }
  }

  /** True when the node's blocks are encoded as they are written. */
  isEncoded(expr: Expr): boolean {
    return this.#sinks.get(expr)?.sink.kind === "encoded";
  }

  /** True when the node's blocks go to a file. */
  inFile(expr: Expr): boolean {
    return this.#sinks.has(expr) || this.#spills.has(expr);
  }

  /** True when the node's blocks have a place before the computation runs, so that they are given no memory. */
  isPlaced(expr: Expr): boolean {
    return this.inFile(expr) || this.#kept.has(expr);
  }

  /** The location of a leaf. */
  leaf(expr: Expr): LeafLocation {
    const { chunks, dtype, shape } = expr.meta;
    const source = sourceOf(expr);
    if (source === null) {
      const spill = this.#spills.get(expr);
      if (spill !== undefined) return { kind: "spilled", ...spill };
      const kept = this.#kept.get(expr);
      if (kept !== undefined) return this.#resident(kept, dtype);
      return { kind: "chunks", grid: chunks, dtypes: fieldsOf(expr.meta) };
    }
    switch (source.kind) {
      case "file":
        return { kind: "file", file: this.#fileNumber(source.file), strides: source.file.strides };
      case "encoded": {
        const { grid, order } = source.array;
        return { kind: "encoded", array: this.#encodedNumber(source.array), grid, order };
      }
      case "counted":
        return { kind: "counted", strides: stridesOf(shape) };
      case "memory":
        return this.#resident(source.array, dtype);
      case "constant":
        throw new InternalError("internal error: a constant is not a leaf");
    }
  }

  #resident(array: ResidentArray, dtype: DType): LeafLocation {
    return { kind: "resident", grid: array.grid, dtypes: [dtype], blocks: this.#blocksOf(array) };
  }

  #fileNumber(file: StridedFile): number {
    const { otherEndian, half } = file.encoding;
    const key = `${file.path}\n${file.offset}\n${file.dtype}\n${otherEndian}\n${half}`;
    let number = this.#sources.get(key);
    if (number === undefined) {
      number = this.files.push(file) - 1;
      this.#sources.set(key, number);
    }
    return number;
  }

  #encodedNumber(array: EncodedArray): number {
    let number = this.#encoded.get(array);
    if (number === undefined) {
      number = this.arrays.push(array) - 1;
      this.#encoded.set(array, number);
    }
    return number;
  }

  #blocksOf(array: ResidentArray): readonly ChunkLocation[] {
    let blocks = this.#residents.get(array);
    if (blocks === undefined) {
      const first = this.memories.length;
      this.memories.push(...array.memories);
      blocks = array.blocks.map(({ buffer, offset }) => ({ buffer: first + buffer, offset }));
      this.#residents.set(array, blocks);
    }
    return blocks;
  }

  /**
   * Where a block of a stored node goes; `locate` is asked only for a block that is given memory when its task starts.
   */
  output(
    expr: Expr,
    dtypes: readonly DType[],
    { number, box }: { readonly number: number; readonly box: Box },
    locate: () => ChunkLocation,
  ): OutputLocation {
    const known = this.#sinks.get(expr);
    if (known?.sink.kind === "encoded") return { kind: "encoded", box: { array: known.number, box } };
    if (known !== undefined) {
      const { strides } = known.sink.file;
      return { kind: "file", file: known.number, first: firstOf(0, strides, cornerOf(box)), strides };
    }
    const counts = countsOf(box);
    const spill = this.#spills.get(expr);
    if (spill !== undefined)
      return { kind: "file", file: spill.file, first: float64At(spill.starts, number), strides: stridesOf(counts) };
    // a block of no bytes is given no memory
    if (sizeOf(counts) === 0) return { kind: "memory", buffer: -1, offsets: dtypes.map(() => 0) };
    const kept = this.#kept.get(expr);
    const { buffer, offset } = kept === undefined ? locate() : at(this.#blocksOf(kept), number);
    const { offsets } = fieldOffsets(dtypes, sizeOf(counts));
    return { kind: "memory", buffer, offsets: offsets.map((field) => offset + field) };
  }
}
