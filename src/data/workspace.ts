/**
 * The memory that routines need besides their inputs and outputs, known from dtypes and shapes alone: a plan counts it, and
 * whoever runs a routine takes as much and tells the address. Backends own no memory that their user has not given them.
 *
 *     │ packed panels of matrix products │ what the routine itself keeps │
 *
 * Invariant: it never shrinks when a shape grows, so that a plan may ask for the largest block only.
 */
import { type DType, factsOf } from "./dtype.js";

/** An array of which the content does not matter. */
export interface Shaped {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * The blocks that matrix products are cut into, in numbers of the dtype's parts: a block of the left matrix of 128 × 256
 * stays in the L2 cache, a panel of the right one of 256 steps in L1. See docs/design/0011.
 */
export const productBlocks = { rows: 128, inner: 256, columns: 512 } as const;

/** The sums that are kept in registers: rows, and columns of float32. Panels are filled up to these. */
export const productTile = { rows: 4, columns: 8 } as const;

const upTo = (length: number, most: number, unit: number): number => Math.ceil(Math.min(length, most) / unit) * unit;

/** The bytes in which a product [m, k] · [k, n] packs its panels, after each other and behind a tile; a multiple of 64. */
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

/** What a routine needs of memory, from its inputs. */
type Workspace = (inputs: readonly Shaped[]) => number;

const workspaces: ReadonlyMap<string, Workspace> = new Map<string, Workspace>([
  ["matmul", ([a, b]) => productBytes(a!.dtype, a!.shape.at(-2)!, a!.shape.at(-1)!, b!.shape.at(-1)!)],
]);

/** The bytes that a routine needs besides its inputs and outputs. */
export function workspaceBytes(routine: string, inputs: readonly Shaped[]): number {
  return workspaces.get(routine)?.(inputs) ?? 0;
}
