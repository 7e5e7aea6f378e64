/**
 * Parts of a table: the rows that a file decodes together, which are batches or row groups, and the grid of an array of
 * columns, made of one or more parts along the rows and of as many columns as make a task worthwhile.
 *
 * Invariant: a chunk of the grid is not smaller than {@link LEAST_CHUNK_BYTES} unless the table is.
 */
import { type Chunks, cut } from "../../data/chunks.js";
import type { Box } from "../../data/region.js";
import { firstWhere } from "../../data/search.js";

/** A task for less than this costs more than its work. */
const LEAST_CHUNK_BYTES = 2 ** 18;
/** The bytes of a column in a chunk, if rows can be cut anywhere. */
const COLUMN_CHUNK_BYTES = 2 ** 21;
/**
 * The bytes of a chunk of columns that need no decoding: loops mostly read them tile by tile, so it costs only its
 * plan.
 */
const PLAIN_CHUNK_BYTES = 2 ** 22;

/** How a file divides its rows. */
export interface RowDivision {
  /** The number of rows of each part. */
  readonly lengths: readonly number[];
  /** True if rows of a part can be read without the others. */
  readonly divisible: boolean;
}

/** The grid of an array of columns with `item` bytes per element; it has one axis if `columns` is undefined. */
export function gridOfTable({ lengths, divisible }: RowDivision, columns: number | undefined, item: number): Chunks {
  const width = (columns ?? 1) * item;
  const least = Math.ceil(LEAST_CHUNK_BYTES / width);
  const most = Math.max(least, Math.ceil(COLUMN_CHUNK_BYTES / item));
  const rows: number[] = [];
  let waiting = 0;
  for (const length of lengths) {
    waiting += length;
    if (waiting < least) continue;
    rows.push(...(divisible ? cut(waiting, most) : [waiting]));
    waiting = 0;
  }
  if (waiting > 0 || rows.length === 0) rows.push(waiting);
  if (columns === undefined) return [rows];
  const total = rows.reduce((sum, size) => sum + size, 0);
  const usual = Math.max(1, (total / rows.length) * item);
  return [rows, cut(columns, Math.max(1, Math.ceil((divisible ? PLAIN_CHUNK_BYTES : LEAST_CHUNK_BYTES) / usual)))];
}

/** A part of a table: its first row, and how many rows it has. */
export interface RowPart {
  readonly start: number;
  readonly rows: number;
}

/** Rows of one column in one part of a table, and the memory that they go to. */
export interface ColumnPiece<P extends RowPart, C> {
  readonly part: P;
  readonly column: C;
  /** The first row, counted from the beginning of the part. */
  readonly from: number;
  readonly into: Uint8Array;
}

/** Cuts a box [rows, columns] or [rows] into its columns in each part; `into` is its memory, in order F. */
export function* columnPieces<P extends RowPart, C>(
  box: Box,
  parts: readonly P[],
  columns: readonly C[],
  item: number,
  into: Uint8Array,
): Generator<ColumnPiece<P, C>> {
  const [rows, { start: left, stop: right } = { start: 0, stop: 1 }] = box;
  if (rows === undefined) return;
  const height = rows.stop - rows.start;
  const wanted = columns.slice(left, right);
  for (const part of parts.slice(partAt(parts, rows.start))) {
    const [from, to] = [Math.max(rows.start, part.start), Math.min(rows.stop, part.start + part.rows)];
    if (part.start >= rows.stop) return;
    if (from >= to) continue;
    for (const [i, column] of wanted.entries()) {
      const place = (i * height + from - rows.start) * item;
      yield { part, column, from: from - part.start, into: into.subarray(place, place + (to - from) * item) };
    }
  }
}

/** The index of the part that has a row. */
export function partAt(parts: readonly RowPart[], row: number): number {
  return firstWhere(parts, (part) => part.start + part.rows > row);
}
