/**
 * An index of things by the boxes that they cover: it finds those that meet a box without looking at each.
 *
 * A node of many pieces (a concatenation, the stretches of a factor) is asked for by each of its many blocks. Looking
 * through all pieces each time would take the square of their number.
 *
 *     sorted by where they begin along the axis that distinguishes them best
 *     begin    0   10   20   30   40       a box [15, 25) meets only what begins before 25,
 *     furthest 10  20   30   40   50       and from where the furthest end so far is above 15
 *
 * One long thing among many short ones would be the furthest for all behind it, so things are kept apart by the
 * magnitude of their lengths.
 */
import { type Box, type Interval, intersect, isEmpty } from "../data/region.js";
import { firstWhere } from "../data/search.js";

interface Boxed {
  readonly box: Box;
}

/** A thing on the chosen axis. */
interface Entry<T> {
  readonly item: T;
  /** Its place in the list that was given. */
  readonly number: number;
  /** Where its box begins. */
  readonly start: number;
  /** The furthest end of all boxes up to this one. */
  readonly furthest: number;
}

/** The axis along which boxes begin at the most different places; −1 for boxes without axes. */
function bestAxis(items: readonly Boxed[]): number {
  const [first] = items;
  const kinds = (first?.box ?? []).map((_, axis) => new Set(items.map(({ box }) => box[axis]?.start)).size);
  return kinds.indexOf(Math.max(...kinds));
}

/** Things of one magnitude, sorted by where they begin. */
type Row<T> = readonly Entry<T>[];

function rowsAlong<T extends Boxed>(items: readonly T[], axis: number): Row<T>[] {
  const rows = new Map<number, { item: T; number: number; side: Interval }[]>();
  for (const [number, item] of items.entries()) {
    const side = item.box[axis];
    if (side === undefined) continue;
    const magnitude = Math.floor(Math.log2(Math.max(1, side.stop - side.start)));
    const row = rows.get(magnitude);
    if (row === undefined) rows.set(magnitude, [{ item, number, side }]);
    else row.push({ item, number, side });
  }
  return Array.from(rows.values(), (row) => {
    row.sort((a, b) => a.side.start - b.side.start);
    let furthest = Number.NEGATIVE_INFINITY;
    return row.map(({ item, number, side: { start, stop } }) => {
      furthest = Math.max(furthest, stop);
      return { item, number, start, furthest };
    });
  });
}

/** True when a box holds all of another one of as many dimensions. */
function contains(box: Box, other: Box): boolean {
  for (const [dim, { start, stop }] of box.entries()) {
    const side = other[dim];
    if (side === undefined || side.start < start || side.stop > stop) return false;
  }
  return true;
}

/** Things with boxes; see the head of this file. */
export class BoxIndex<T extends Boxed> {
  readonly items: readonly T[];
  readonly #axis: number;
  readonly #rows: readonly Row<T>[];

  constructor(items: readonly T[]) {
    this.items = items;
    this.#axis = items.length < 2 ? -1 : bestAxis(items);
    this.#rows = rowsAlong(items, this.#axis);
  }

  /**
   * The things that meet a box, in the order in which they were given, each with what it has in common with the box.
   */
  meeting(box: Box): { readonly item: T; readonly common: Box }[] {
    const side = box[this.#axis];
    const found: { item: T; common: Box }[] = [];
    for (const item of side === undefined ? this.items : this.#near(side)) {
      const common = contains(item.box, box) ? box : intersect(item.box, box);
      if (!isEmpty(common)) found.push({ item, common });
    }
    return found;
  }

  /** The things that may meet a box with this side along the axis. */
  #near({ start, stop }: Interval): T[] {
    const near = this.#rows.flatMap((row) => {
      const from = firstWhere(row, ({ furthest }) => furthest > start);
      const to = firstWhere(row, (entry) => entry.start >= stop);
      return row.slice(from, Math.max(from, to));
    });
    near.sort((a, b) => a.number - b.number);
    return near.map(({ item }) => item);
  }
}
