/**
 * Matrix products: the blocks that they are cut into, and the memory that packed blocks take. The constants are part of
 * the description because a plan counts that memory and a kernel fills it.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import { type RoutineDescription, sidesOf } from "./routine.js";

/**
 * The blocks that matrix products are cut into, in numbers of the dtype's parts: a block of the left matrix of 128 ×
 * 256 stays in the L2 cache, a panel of the right one of 256 steps in L1. See docs/design/0011.
 */
export const productBlocks = { rows: 128, inner: 256, columns: 512 } as const;

/** The sums that are kept in registers: rows, and columns of float32. Panels are filled up to these. */
export const productTile = { rows: 4, columns: 8 } as const;

const upTo = (length: number, most: number, unit: number): number => Math.ceil(Math.min(length, most) / unit) * unit;

/**
 * The bytes in which a product [m, k] · [k, n] packs its panels, after each other and behind a tile; a multiple of 64.
 */
export function productBytes(dtype: DType, m: number, k: number, n: number): number {
  const { kind, part } = factsOf(dtype);
  if (kind !== "float" && kind !== "complex") return 0;
  const width = kind === "complex" ? 2 : 1;
  const inner = Math.min(width * k, productBlocks.inner);
  const left = upTo(m, productBlocks.rows, productTile.rows) * inner;
  const right = upTo(width * n, productBlocks.columns, productTile.columns) * inner;
  const tile = productTile.rows * productTile.columns;
  return Math.ceil(((tile + left + right) * factsOf(part).bytes) / 64) * 64;
}

/** `matmul`: inputs [m, k] and [k, n], the output [m, n]. Later steps add to what earlier ones left. */
export const matmul: RoutineDescription<null> = {
  outputs([left, right]) {
    const [[m], [, n]] = [sidesOf(left), sidesOf(right)];
    return [[m, n]];
  },
  workspace([left, right]) {
    const [[m, k], [, n]] = [sidesOf(left), sidesOf(right)];
    return { products: left === undefined ? 0 : productBytes(left.dtype, m, k, n), own: 0 };
  },
};
