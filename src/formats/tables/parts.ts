/**
 * Parts of a table: the rows that a file decodes together, which are batches or row groups, and the grid of an array of
 * columns, made of one or more parts along the rows and of as many columns as make a task worthwhile.
 *
 * Invariant: a chunk of the grid is not smaller than {@link LEAST_CHUNK_BYTES} unless the table is.
 */
import { type Chunks, cut } from "../../data/chunks.js";
import { type DType, factsOf, viewOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { Box } from "../../data/region.js";
import { firstWhere } from "../../data/search.js";
import type { Column } from "./columns.js";
import { elementsOf, putColumns } from "./elements.js";

/** A task for less than this costs more than its work. */
const LEAST_CHUNK_BYTES = 2 ** 18;
/** The bytes of a column in a chunk, if rows can be cut anywhere. */
const COLUMN_CHUNK_BYTES = 2 ** 21;
/**
 * The bytes of a chunk of columns that need no decoding: loops mostly read them tile by tile, so it costs only its
 * plan.
 */
const PLAIN_CHUNK_BYTES = 2 ** 22;

/** The bytes of a chunk of columns of which some hold lists. */
const LISTS_CHUNK_BYTES = 2 ** 22;

/** How a file divides its rows. */
export interface RowDivision {
  /** The number of rows of each part. */
  readonly lengths: readonly number[];
  /** True if rows of a part can be read without the others. */
  readonly divisible: boolean;
}

/** The last axis of an array of columns. */
export interface ColumnAxis {
  readonly columns: readonly Column[];
  /** True if the array has no such axis. */
  readonly flat: boolean;
  readonly width: number;
}

/** The grid of an array of columns with `item` bytes per element. */
export function gridOfTable({ lengths, divisible }: RowDivision, axis: ColumnAxis, item: number): Chunks {
  const { flat, width } = axis;
  const least = Math.ceil(LEAST_CHUNK_BYTES / (width * item));
  const most = Math.max(least, Math.ceil(COLUMN_CHUNK_BYTES / item));
  if (hasLists(axis)) {
    // lists are decoded as a whole, so that their rows are cut and their places are not
    const rows = Math.max(1, Math.floor(LISTS_CHUNK_BYTES / (width * item)));
    return [
      mergedRows(
        lengths.flatMap((length) => cut(length, rows)),
        least,
      ),
      [width],
    ];
  }
  const rows = mergedRows(lengths, least).flatMap((length) => (divisible && length > 0 ? cut(length, most) : [length]));
  if (flat) return [rows];
  const total = rows.reduce((sum, size) => sum + size, 0);
  const usual = Math.max(1, (total / rows.length) * item);
  return [rows, cut(width, Math.max(1, Math.ceil((divisible ? PLAIN_CHUNK_BYTES : LEAST_CHUNK_BYTES) / usual)))];
}

/** The order of an array of columns: column after column, but for lists alone, which are rows in files too. */
export function orderOf({ flat, columns }: ColumnAxis): "C" | "F" {
  return flat || (columns.length === 1 && columns[0]?.list !== undefined) ? "C" : "F";
}

/** The most bytes that lists of a chunk need while they are decoded, besides their pages. */
export function listBytes(axis: ColumnAxis, item: number): number {
  return hasLists(axis) ? 2 * Math.max(LISTS_CHUNK_BYTES, LEAST_CHUNK_BYTES + axis.width * item) : 0;
}

function hasLists({ columns }: ColumnAxis): boolean {
  return columns.some(({ list }) => list !== undefined);
}

/** Lengths of parts of at least so many rows each, but for the last one. */
function mergedRows(lengths: readonly number[], least: number): number[] {
  const rows: number[] = [];
  let waiting = 0;
  for (const length of lengths) {
    waiting += length;
    if (waiting < least) continue;
    rows.push(waiting);
    waiting = 0;
  }
  if (waiting > 0 || rows.length === 0) rows.push(waiting);
  return rows;
}

/** A part of a table: its first row, and how many rows it has. */
export interface RowPart {
  readonly start: number;
  readonly rows: number;
}

/** The elements of one column for some rows of one part of a table, and the memory that they go to. */
export interface ColumnPiece<P extends RowPart> {
  readonly part: P;
  /** The number of the column. */
  readonly index: number;
  /** The first element, counted from the beginning of the part: of lists, all of their elements count. */
  readonly from: number;
  readonly into: Uint8Array;
}

/** Columns, and their first places on the last axis. */
interface PlacedColumns {
  readonly columns: readonly Column[];
  readonly firsts: readonly number[];
}

/** Places columns on the last axis, one after the other. */
export function placed(columns: readonly Column[]): PlacedColumns {
  let first = 0;
  const firsts = columns.map(({ list = 1 }) => {
    first += list;
    return first - list;
  });
  return { columns, firsts };
}

/** The memory of a box. */
interface PieceMemory {
  readonly dtype: DType;
  readonly order: "C" | "F";
  readonly into: Uint8Array;
}

/**
 * Fills a box [rows, columns] or [rows] with its columns in each part, one after another. Memory in order C is for one
 * column only. `read` fills memory with the elements of a piece; those of lists come row by row.
 */
export async function readPieces<P extends RowPart>(
  box: Box,
  parts: readonly P[],
  { columns, firsts }: PlacedColumns,
  memory: PieceMemory,
  read: (piece: ColumnPiece<P>) => Promise<void>,
): Promise<void> {
  const [rows, places = { start: 0, stop: 1 }] = box;
  if (rows === undefined) return;
  const { dtype, into, order } = memory;
  const item = factsOf(dtype).bytes;
  const height = rows.stop - rows.start;
  for (const part of parts.slice(partAt(parts, rows.start))) {
    if (part.start >= rows.stop) return;
    const [from, to] = [Math.max(rows.start, part.start), Math.min(rows.stop, part.start + part.rows)];
    if (from >= to) continue;
    // the last column that begins at or before the first place
    const begins = Math.max(0, firstWhere(firsts, (first) => first > places.start) - 1);
    for (let index = begins; index < columns.length && at(firsts, index) < places.stop; index++) {
      const [column, first] = [at(columns, index), at(firsts, index)];
      const { list = 1 } = column;
      const [left, right] = [Math.max(places.start, first), Math.min(places.stop, first + list)];
      const begin = ((left - places.start) * height + from - rows.start) * item;
      if (column.list !== undefined && order === "C") {
        const [width, start] = [(right - left) * item, (from - rows.start) * (right - left) * item];
        const target = into.subarray(start, start + (to - from) * width);
        const whole = right - left === list;
        const lists = whole ? target : new Uint8Array((to - from) * list * item);
        await read({ part, index, from: (from - part.start) * list, into: lists });
        if (!whole) cutRows(lists, list * item, left * item, target, width);
      } else if (left < right && column.list === undefined) {
        await read({ part, index, from: from - part.start, into: into.subarray(begin, begin + (to - from) * item) });
      } else if (left < right) {
        const lists = new Uint8Array((to - from) * list * item);
        await read({ part, index, from: (from - part.start) * list, into: lists });
        const end = (right - places.start) * height * item;
        putPlaces({ dtype, list, first: left - first, height }, lists, into.subarray(begin, end));
      }
    }
  }
}

/** Copies a stretch of each row, from a byte on. */
function cutRows(rows: Uint8Array, length: number, from: number, into: Uint8Array, width: number): void {
  for (let at = from, to = 0; to < into.length; at += length, to += width) into.set(rows.subarray(at, at + width), to);
}

/** Moves places of lists to their columns, which begin `height` elements after each other, in any alignment. */
function putPlaces(
  { dtype, list, first, height }: { dtype: DType; list: number; first: number; height: number },
  lists: Uint8Array,
  into: Uint8Array,
): void {
  const { bytes: item } = factsOf(dtype);
  const aligned = into.byteOffset % item === 0;
  const memory = aligned ? into : new Uint8Array(into);
  const target = viewOf(dtype, memory.buffer, memory.byteOffset, memory.length / item);
  putColumns(elementsOf(dtype, lists), list, first, target, height);
  if (!aligned) into.set(memory);
}

/** The index of the part that has a row. */
export function partAt(parts: readonly RowPart[], row: number): number {
  return firstWhere(parts, (part) => part.start + part.rows > row);
}
