/**
 * Operands of a piece on their way into a worker's memory, one tile at a time: read from a file, copied from shared memory
 * unless they lie in the memory that loops work in, or only counted. A tile's place says where it lies and how each dimension of the tile moves in it.
 */
import { copyBox } from "../data/copy.js";
import { type DType, factsOf } from "../data/dtype.js";
import { type StridedFile, storedBytes } from "../data/layout.js";
import { firstOf, placeOf, sizeOf } from "../data/region.js";
import type { PieceOperand } from "../graph/task.js";
import type { LoopOperand } from "../kernels/backend.js";
import type { SyncReadable } from "../storage/stores/capabilities.js";
import { readBox } from "../storage/strided-io.js";
import { type BoxLayout, planRead } from "../storage/strided-layout.js";
import type { Decoded } from "./encoded.js";
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";

/** One operand of a piece, whose tiles are loaded again and again into the same stretch of memory. */
export interface TileReader {
  /** Loads a tile; origin and counts are in the tiling's order of dimensions. Gives the place of each field. */
  load(origin: readonly number[], counts: readonly number[]): readonly LoopOperand[];
  /** Loads a tile of one field to a place of the caller's, if it comes just as it shall lie there; false if it does not. */
  loadTo?(origin: readonly number[], counts: readonly number[], place: LoopOperand): boolean;
  readonly dtypes: readonly DType[];
}

/** Strides of a compact copy: C order over the dimensions that move, 0 for those that do not. */
export function compact(
  strides: readonly number[],
  counts: readonly number[],
): { strides: number[]; elements: number } {
  const result = new Array<number>(strides.length).fill(0);
  let elements = 1;
  for (let dim = strides.length - 1; dim >= 0; dim--) {
    if (strides[dim] === 0) continue;
    result[dim] = elements;
    elements *= counts[dim]!;
  }
  return { strides: result, elements };
}

/** What is read from a file tile by tile: a strided file, or a box that was located in one. */
interface FileOperand {
  readonly source: Pick<StridedFile, "dtype" | "encoding" | "offset">;
  readonly first: number;
  readonly strides: readonly number[];
  open(): SyncReadable;
}

const plain = { otherEndian: false, half: false } as const;

function fileOperand(operand: PieceOperand, resources: Resources, decoded: readonly Decoded[]): FileOperand | null {
  const { first, strides } = operand;
  if (operand.kind === "file") {
    const open = (): SyncReadable => resources.file(operand.file, "read");
    return { source: resources.job.files[operand.file]!, first, strides, open };
  }
  const box = operand.kind === "decoded" ? decoded[operand.box]! : null;
  if (operand.kind !== "decoded" || box?.located === undefined) return null;
  const { file, offset, strides: inFile } = box.located;
  return {
    source: { dtype: box.dtype, encoding: plain, offset },
    ...placeOf(operand.view, inFile, strides.length),
    open: () => file,
  };
}

/**
 * The bytes that a tile of an operand takes in memory. A file is read over small gaps, so a tile of scattered elements may
 * take many times what its points do.
 */
export function tileBytes(
  operand: PieceOperand,
  order: readonly number[],
  tile: readonly number[],
  resources: Resources,
  decoded: readonly Decoded[],
): number {
  const file = fileOperand(operand, resources, decoded);
  if (file === null) return 0;
  const strides = order.map((dim) => file.strides[dim]!);
  return planRead(strides, tile, storedBytes(file.source)).length * storedBytes(file.source);
}

/** Prepares an operand for tiles of at most `tile` points per dimension; `order` is the tiling's order of dimensions. */
export function tileReader(
  operand: PieceOperand,
  order: readonly number[],
  tile: readonly number[],
  resources: Resources,
  scratch: Scratch,
  decoded: readonly Decoded[],
): TileReader {
  const strides = order.map((dim) => operand.strides[dim]!);
  if (operand.kind === "counted") {
    return { dtypes: ["float64"], load: (origin) => [{ offset: firstOf(operand.first, strides, origin), strides }] };
  }
  if (operand.kind === "memory") return memoryReader(operand, strides, tile, resources, scratch);
  const box = operand.kind === "decoded" ? decoded[operand.box]! : null;
  if (box !== null && box.located === undefined)
    return hereReader({ dtypes: [box.dtype], offsets: [box.address], first: operand.first }, strides);
  return fileReader(fileOperand(operand, resources, decoded)!, order, tile, resources, scratch);
}

function fileReader(
  { source, first, strides: moves, open }: FileOperand,
  order: readonly number[],
  tile: readonly number[],
  resources: Resources,
  scratch: Scratch,
): TileReader {
  const strides = order.map((dim) => moves[dim]!);
  // What is loaded from here decodes it: see program/stored.ts.
  const stored = storedBytes(source);
  let planned = { counts: [...tile], layout: planRead(strides, tile, stored) };
  const layoutOf = (counts: readonly number[]): BoxLayout => {
    if (counts.some((count, dim) => count !== planned.counts[dim])) {
      planned = { counts: [...counts], layout: planRead(strides, counts, stored) };
    }
    return planned.layout;
  };
  const read = (origin: readonly number[], layout: BoxLayout, to: number): void => {
    resources.bytesRead += readBox(open(), source, firstOf(first, strides, origin), layout, scratch.memory, to);
  };
  const address = scratch.take(planned.layout.length * stored);
  return {
    dtypes: [source.dtype],
    load(origin, counts) {
      const layout = layoutOf(counts);
      read(origin, layout, address);
      return [{ offset: address + layout.origin * stored, strides: layout.strides }];
    },
    loadTo(origin, counts, place) {
      const layout = layoutOf(counts);
      const dense = layout.origin === 0 && layout.length === sizeOf(counts);
      const fits = dense && counts.every((count, dim) => count === 1 || layout.strides[dim] === place.strides[dim]);
      if (fits) read(origin, layout, place.offset);
      return fits;
    },
  };
}

/** An operand that lies in the memory that loops work in. */
function hereReader(
  { dtypes, offsets, first }: Pick<PieceOperand & { kind: "memory" }, "dtypes" | "offsets" | "first">,
  strides: readonly number[],
): TileReader {
  return {
    dtypes,
    load(origin) {
      const at = firstOf(first, strides, origin);
      return dtypes.map((dtype, field) => ({ offset: offsets[field]! + at * factsOf(dtype).bytes, strides }));
    },
  };
}

function memoryReader(
  operand: PieceOperand & { kind: "memory" },
  strides: readonly number[],
  tile: readonly number[],
  resources: Resources,
  scratch: Scratch,
): TileReader {
  if (operand.buffer === scratch.home) return hereReader(operand, strides);
  const memory = resources.shared(operand.buffer).buffer;
  const { elements } = compact(strides, tile);
  const addresses = operand.dtypes.map((dtype) => scratch.take(elements * factsOf(dtype).bytes));
  return {
    dtypes: operand.dtypes,
    load(origin, counts) {
      const layout = compact(strides, counts);
      const first = firstOf(operand.first, strides, origin);
      return operand.dtypes.map((dtype, field) => {
        const { bytes } = factsOf(dtype);
        const from = { memory, offset: operand.offsets[field]! + first * bytes, strides };
        // a dimension that does not move is copied once, not once per point
        const moving = counts.map((count, dim) => (strides[dim] === 0 ? 1 : count));
        copyBox(bytes, moving, from, { memory: scratch.memory, offset: addresses[field]!, strides: layout.strides });
        return { offset: addresses[field]!, strides: layout.strides };
      });
    },
  };
}
