/**
 * The grid of a table: along the rows, the parts that a file can decode by themselves; along the columns, as many as make a
 * part worth a task.
 *
 * Invariant: a part is not smaller than {@link leastBytes} where the table has more to give.
 */
import { type Chunks, cut } from "../../data/chunks.js";

/** A task for less costs more than its work. */
const leastBytes = 2 ** 18;
/** Rows that can be cut anywhere are cut into parts of so many bytes of a column. */
const wantedBytes = 2 ** 21;
/** The bytes of a part of columns that need no decoding: mostly loops read them tile by tile, and then a part costs only its plan. */
const plainBytes = 2 ** 22;

/** What the rows of a table are made of. */
export interface Rows {
  /** The lengths of the file's own parts: batches, row groups. */
  readonly lengths: readonly number[];
  /** True where rows inside a part can be read without the others. */
  readonly divisible: boolean;
}

/** The grid of an array of columns, `item` bytes an element; of one axis where there is no number of columns. */
export function gridOfTable({ lengths, divisible }: Rows, columns: number | undefined, item: number): Chunks {
  const width = (columns ?? 1) * item;
  const least = Math.ceil(leastBytes / width);
  const rows: number[] = [];
  let waiting = 0;
  for (const length of lengths) {
    waiting += length;
    if (waiting < least) continue;
    for (const size of divisible ? cut(waiting, Math.max(least, Math.ceil(wantedBytes / item))) : [waiting])
      rows.push(size);
    waiting = 0;
  }
  if (waiting > 0 || rows.length === 0) rows.push(waiting);
  if (columns === undefined) return [rows];
  const total = rows.reduce((sum, size) => sum + size, 0);
  const usual = Math.max(1, (total / rows.length) * item);
  return [rows, cut(columns, Math.max(1, Math.ceil((divisible ? plainBytes : leastBytes) / usual)))];
}
