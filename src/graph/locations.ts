/**
 * Locations: where everything a graph touches stands. Sources stand in files and shared buffers; stored nodes stand in memory
 * that is given to each block when its task starts, in memory where they stay, in the file of a sink, or in a scratch file.
 */
import type { Chunks } from "../data/chunks.js";
import type { EncodedArray } from "../data/encoded.js";
import type { StridedFile } from "../data/layout.js";
import type { BlockMemory } from "../data/memory.js";
import { type Box, countsOf, sizeOf, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import type { ResidentArray } from "../expr/op.js";
import { blockStarts, type ChunkLocation, fieldOffsets, type LeafLocation } from "./materialization.js";
import { sourceOf } from "./source.js";
import type { OutputLocation } from "./task.js";

/** What an expression is written to: a file in which its elements stand as they are, or an array that is encoded. */
export type Sink =
  | { readonly kind: "file"; readonly file: StridedFile }
  | {
      readonly kind: "encoded";
      /** Its grid is that of the expression. */
      readonly array: EncodedArray;
      /** Numbers of parts that need not be computed, because they are complete. */
      readonly complete?: ReadonlySet<number>;
    };

/** Where a block of a resident array stands, whose buffers are numbered from `first` on. */
function residentLocation({ blocks }: ResidentArray, first: number, block: number): ChunkLocation {
  const { buffer, offset } = blocks[block]!;
  return { buffer: first + buffer, offset };
}

/** Where everything stands; see the head of this file. */
export class Locations {
  /** The files of the graph, by number. */
  readonly files: StridedFile[] = [];
  /** The encoded arrays of the graph, by number. */
  readonly arrays: EncodedArray[] = [];
  /** The memories of resident arrays, by the number of the buffer. */
  readonly memories: BlockMemory[] = [];
  readonly #firstBuffers = new Map<ResidentArray, number>();
  readonly #sources = new Map<string, number>();
  readonly #encoded = new Map<EncodedArray, number>();
  readonly #sinks = new Map<Expr, { kind: Sink["kind"]; number: number }>();
  readonly #spills = new Map<Expr, { file: number; starts: Float64Array; grid: Chunks }>();
  readonly #kept: ReadonlyMap<Expr, ResidentArray>;

  constructor(
    sinks: ReadonlyMap<Expr, Sink>,
    spills: ReadonlyMap<Expr, StridedFile>,
    kept: ReadonlyMap<Expr, ResidentArray>,
  ) {
    this.#kept = kept;
    for (const array of kept.values()) this.#residentNumber(array);
    for (const [expr, sink] of sinks) {
      const number = sink.kind === "file" ? this.files.push(sink.file) - 1 : this.#encodedNumber(sink.array);
      this.#sinks.set(expr, { kind: sink.kind, number });
    }
    for (const [expr, file] of spills) {
      const grid = expr.meta.chunks;
      this.#spills.set(expr, { file: this.files.push(file) - 1, starts: blockStarts(grid), grid });
    }
  }

  /** True when the node's blocks are encoded as they are written. */
  isEncoded(expr: Expr): boolean {
    return this.#sinks.get(expr)?.kind === "encoded";
  }

  /** True when the node's blocks go to a file. */
  inFile(expr: Expr): boolean {
    return this.#sinks.has(expr) || this.#spills.has(expr);
  }

  /** True when the node's blocks are given no memory for the time of the computation: they have a place already. */
  isPlaced(expr: Expr): boolean {
    return this.inFile(expr) || this.#kept.has(expr);
  }

  /** The place of a leaf; `at` gives the address of a stored node's block. */
  leaf(expr: Expr, at: (block: number) => ChunkLocation): LeafLocation {
    const source = sourceOf(expr);
    if (source === null) {
      const spill = this.#spills.get(expr);
      if (spill !== undefined) return { kind: "spilled", ...spill };
      const kept = this.#kept.get(expr);
      if (kept !== undefined) return this.#resident(kept, expr);
      return { kind: "blocks", grid: expr.meta.chunks, dtypes: fieldsOf(expr.meta), at };
    }
    if (source.kind === "file")
      return { kind: "file", file: this.#fileNumber(source.file), strides: source.file.strides };
    if (source.kind === "encoded") {
      const { grid, order } = source.array;
      return { kind: "encoded", array: this.#encodedNumber(source.array), grid, order };
    }
    if (source.kind === "counted") return { kind: "counted", strides: stridesOf(expr.meta.shape) };
    if (source.kind === "constant") throw new Error("a constant is not a leaf");
    return this.#resident(source.array, expr);
  }

  #resident(array: ResidentArray, { meta }: Expr): LeafLocation {
    const first = this.#residentNumber(array);
    return {
      kind: "blocks",
      grid: array.grid,
      dtypes: [meta.dtype],
      at: (block) => residentLocation(array, first, block),
    };
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

  #residentNumber(array: ResidentArray): number {
    let first = this.#firstBuffers.get(array);
    if (first === undefined) {
      first = this.memories.length;
      this.#firstBuffers.set(array, first);
      this.memories.push(...array.memories);
    }
    return first;
  }

  /** Where a block of a stored node goes; `location` is asked only for blocks in memory. */
  output(
    expr: Expr,
    dtypes: Parameters<typeof fieldOffsets>[0],
    block: number,
    box: Box,
    location: () => ChunkLocation,
  ): OutputLocation {
    const counts = countsOf(box);
    const sink = this.#sinks.get(expr);
    if (sink?.kind === "encoded") return { kind: "encoded", box: { array: sink.number, box } };
    if (sink !== undefined) {
      const { strides } = this.files[sink.number]!;
      const first = strides.reduce((sum, stride, axis) => sum + stride * box[axis]!.start, 0);
      return { kind: "file", file: sink.number, first, strides };
    }
    const spill = this.#spills.get(expr);
    if (spill !== undefined)
      return { kind: "file", file: spill.file, first: spill.starts[block]!, strides: stridesOf(counts) };
    // a block of no bytes was given no place
    if (sizeOf(counts) === 0) return { kind: "memory", buffer: -1, offsets: dtypes.map(() => 0) };
    const kept = this.#kept.get(expr);
    const { buffer, offset } =
      kept === undefined ? location() : residentLocation(kept, this.#residentNumber(kept), block);
    return {
      kind: "memory",
      buffer,
      offsets: fieldOffsets(dtypes, sizeOf(counts)).offsets.map((field) => offset + field),
    };
  }
}
