/**
 * Operands of a piece on their way into a worker's memory, one tile at a time: read from a file, copied from shared
 * memory unless they lie in the task's working memory, or only counted.
 */
import { copyBox } from "../data/copy.js";
import { type DType, factsOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { type StridedFile, storedBytes } from "../data/layout.js";
import { at } from "../data/lists.js";
import { firstOf, placeOf, sizeOf } from "../data/region.js";
import type { PieceOperand } from "../graph/task.js";
import type { LoopOperand } from "../kernels/backend.js";
import { canMap, readMany } from "../native/windows.js";
import type { SyncReadable } from "../storage/stores/capabilities.js";
import { readBox } from "../storage/strided-io.js";
import { type BoxLayout, planRead } from "../storage/strided-layout.js";
import type { Decoded } from "./encoded.js";
import type { Fields } from "./loop-call.js";
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";
import type { Windows } from "./windows.js";

/** One operand of a piece, whose tiles are loaded one after the other into the same stretch of memory. */
export interface TileReader {
  /** Loads a tile; origin and counts are in the tiling's order of dimensions. Returns where each field lies. */
  load(origin: readonly number[], counts: readonly number[]): Fields;
  /** The same for a tile that lies in the window of a file; null if it must be loaded. Absent without a window. */
  readonly find?: ((origin: readonly number[], counts: readonly number[]) => Fields | null) | undefined;
  /** Loads a tile of one field to a place of the caller's, if the file has it in that layout; false if not. */
  readonly loadTo?: (origin: readonly number[], counts: readonly number[], place: LoopOperand) => boolean;
}

/** A window that an operand may use, which is the operand's own for as long as its piece runs. */
export interface FileWindow {
  readonly windows: Windows;
  readonly operand: number;
}

/** Strides of a compact copy: C order over the dimensions that move, 0 for those that do not. */
export function compact(
  strides: readonly number[],
  counts: readonly number[],
): { strides: number[]; elements: number } {
  const result = strides.map(() => 0);
  let elements = 1;
  for (let dim = strides.length - 1; dim >= 0; dim--) {
    if (strides[dim] === 0) continue;
    result[dim] = elements;
    elements *= at(counts, dim);
  }
  return { strides: result, elements };
}

/** What is read from a file tile by tile: a strided file, or a box that was located in one. */
interface FileOperand {
  readonly source: Pick<StridedFile, "dtype" | "encoding" | "offset">;
  readonly first: number;
  readonly strides: readonly number[];
  /** Whether chunkwise itself may still be writing to it. */
  readonly isGrowing: boolean;
  open(): SyncReadable;
}

const plain = { otherEndian: false, half: false } as const;

/** An operand that is read from a file; null for any other. */
function fileOperand(operand: PieceOperand, resources: Resources, decoded: readonly Decoded[]): FileOperand | null {
  const { first, strides } = operand;
  if (operand.kind === "file") {
    const open = (): SyncReadable => resources.file(operand.file, "read");
    const source = at(resources.job.files, operand.file);
    return { source, first, strides, isGrowing: source.modified === 0, open };
  }
  const box = operand.kind === "decoded" ? at(decoded, operand.box) : null;
  if (operand.kind !== "decoded" || box?.kind !== "inFile") return null;
  const { file, offset, strides: inFile } = box.located;
  return {
    source: { dtype: box.dtype, encoding: plain, offset },
    ...placeOf(operand.view, inFile, strides.length),
    isGrowing: false,
    open: () => file,
  };
}

/**
 * The bytes that a tile of an operand takes in memory. A file is read over small gaps, so a tile of scattered elements
 * may take many times the bytes of its points.
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
  const strides = order.map((dim) => at(file.strides, dim));
  return planRead(strides, tile, storedBytes(file.source)).length * storedBytes(file.source);
}

/**
 * Prepares an operand for tiles of at most `tile` points per dimension; `order` is the tiling's order of dimensions, in
 * which the operand has these strides.
 */
export function tileReader(
  operand: PieceOperand,
  strides: readonly number[],
  order: readonly number[],
  tile: readonly number[],
  resources: Resources,
  scratch: Scratch,
  decoded: readonly Decoded[],
  window: FileWindow | null,
): TileReader {
  if (operand.kind === "counted") {
    const { first } = operand;
    return { load: (origin) => [{ dtype: "float64", offset: firstOf(first, strides, origin), strides }] };
  }
  if (operand.kind === "memory") return memoryReader(operand, strides, tile, resources, scratch);
  const file = fileOperand(operand, resources, decoded);
  if (file !== null) return fileReader(file, order, tile, resources, scratch, window);
  const box = operand.kind === "decoded" ? at(decoded, operand.box) : null;
  if (box?.kind !== "inMemory") throw new InternalError("internal error: an operand that is nowhere");
  return inPlaceReader([{ dtype: box.dtype, address: box.address }], operand.first, strides);
}

function fileReader(
  { source, first, strides: moves, isGrowing, open }: FileOperand,
  order: readonly number[],
  tile: readonly number[],
  resources: Resources,
  scratch: Scratch,
  window: FileWindow | null,
): TileReader {
  const strides = order.map((dim) => at(moves, dim));
  // The loop decodes what is stored: see program/stored.ts.
  const stored = storedBytes(source);
  let planned = { counts: [...tile], layout: planRead(strides, tile, stored) };
  const layoutOf = (counts: readonly number[]): BoxLayout => {
    if (counts.some((count, dim) => count !== planned.counts[dim])) {
      planned = { counts: [...counts], layout: planRead(strides, counts, stored) };
    }
    return planned.layout;
  };
  const many = canMap() ? readMany : undefined;
  const read = (origin: readonly number[], layout: BoxLayout, to: number): void => {
    const from = firstOf(first, strides, origin);
    resources.bytesRead += readBox(open(), source, from, layout, scratch.memory, to, many);
  };
  const address = scratch.take(planned.layout.length * stored);
  const find = (origin: readonly number[], counts: readonly number[]): Fields | null => {
    const layout = layoutOf(counts);
    if (window === null || layout.outer.length > 0) return null;
    const bytes = layout.length * stored;
    const start = source.offset + (firstOf(first, strides, origin) + layout.base) * stored;
    const found = window.windows.addressOf(window.operand, open(), start, bytes);
    if (found === null) return null;
    resources.bytesRead += bytes;
    resources.bytesMapped += bytes;
    return [{ dtype: source.dtype, offset: found + layout.origin * stored, strides: layout.strides }];
  };
  // a tile that is read in several stretches is packed, which a window cannot do
  const inOneStretch = planned.layout.outer.length === 0;
  const isMapped = inOneStretch && !isGrowing && window?.windows.serves(window.operand, open());
  return {
    find: isMapped ? find : undefined,
    load(origin, counts) {
      const layout = layoutOf(counts);
      read(origin, layout, address);
      return [{ dtype: source.dtype, offset: address + layout.origin * stored, strides: layout.strides }];
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

/** A field of an operand in some memory, by the address of its first element. */
interface OperandField {
  readonly dtype: DType;
  readonly address: number;
}

/** Reads an operand in place: it lies in the memory that loops work in. */
function inPlaceReader(fields: readonly OperandField[], first: number, strides: readonly number[]): TileReader {
  return {
    load(origin) {
      const element = firstOf(first, strides, origin);
      return fields.map(({ dtype, address }) => ({
        dtype,
        offset: address + element * factsOf(dtype).bytes,
        strides,
      }));
    },
  };
}

function memoryReader(
  { buffer, dtypes, offsets, first }: PieceOperand & { kind: "memory" },
  strides: readonly number[],
  tile: readonly number[],
  resources: Resources,
  scratch: Scratch,
): TileReader {
  const fields = dtypes.map((dtype, field) => ({ dtype, address: at(offsets, field) }));
  if (buffer === scratch.workingMemory) return inPlaceReader(fields, first, strides);
  const memory = resources.shared(buffer).buffer;
  const { elements } = compact(strides, tile);
  const copies = fields.map((from) => ({ from, to: scratch.take(elements * factsOf(from.dtype).bytes) }));
  return {
    load(origin, counts) {
      const layout = compact(strides, counts);
      const element = firstOf(first, strides, origin);
      // a dimension that does not move is copied once, not once per point
      const moving = counts.map((count, dim) => (strides[dim] === 0 ? 1 : count));
      return copies.map(({ from: { dtype, address }, to }) => {
        const { bytes } = factsOf(dtype);
        const source = { memory, offset: address + element * bytes, strides };
        copyBox(bytes, moving, source, { memory: scratch.memory, offset: to, strides: layout.strides });
        return { dtype, offset: to, strides: layout.strides };
      });
    },
  };
}
