/** How many bytes of files tasks read: all that they read, and each byte counted once. */
import { chunkAt, chunkInterval } from "../data/chunks.js";
import { at } from "../data/lists.js";
import { type Box, countsOf, reach, sideOf, sizeOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { Coverage } from "./coverage.js";
import type { Discovery } from "./discovery.js";
import { elementBytes, sourceOf } from "./source.js";

/** The bytes of a file that are read for a view over a box. */
export function fileBytes(expr: Expr, view: View, box: Box): number {
  const source = sourceOf(expr);
  if (source?.kind === "encoded") {
    // parts are decoded as a whole
    const lengths = source.array.grid.map((parts, axis) => {
      const [low, high] = reach(at(view, axis), box);
      return chunkInterval(parts, chunkAt(parts, high)).stop - chunkInterval(parts, chunkAt(parts, low)).start;
    });
    return sizeOf(lengths) * elementBytes(expr);
  }
  const dims = new Set(view.filter(({ dim, step }) => dim >= 0 && step !== 0).map(({ dim }) => dim));
  return sizeOf(countsOf([...dims].map((dim) => sideOf(box, dim)))) * elementBytes(expr);
}

/** The bytes of files that all tasks together read, each byte counted once however often it is read. */
export function neededBytes(discovery: Discovery): number {
  const covered = new Map<Expr, Coverage>();
  const file = (expr: Expr, view: View, box: Box): void => {
    const coverage = covered.get(expr) ?? new Coverage();
    covered.set(expr, coverage);
    coverage.add(view, box);
  };
  for (let task = 0; task < discovery.tasks; task++) discovery.touch(task, { file });
  let bytes = 0;
  for (const [expr, { elements }] of covered) bytes += elements * elementBytes(expr);
  return bytes;
}
