/** Copies of strided boxes between memories: the way of a tile into a backend's memory, and of a result out of it. */
import { type DType, factsOf, type TypedArray, viewOf } from "../data/dtype.js";
import type { AddressedMemory } from "../data/memory.js";
import { copyToAddress } from "../native/pages.js";

/** A strided array in some memory: byte address of point 0…0, strides in elements. */
export interface Strided {
  readonly memory: ArrayBufferLike;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Where a box may be copied to. */
export interface Target extends Omit<Strided, "memory"> {
  readonly memory: ArrayBufferLike | AddressedMemory;
}

/** A dimension of a copy: how many elements, and from one to the next in the source and in the target. */
interface Dim {
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

/**
 * Copies a box. Dimensions that are contiguous on both sides are moved in one stretch. Source and target must not overlap;
 * both must be aligned to their elements.
 */
export function copyBox(dtype: DType, counts: readonly number[], from: Strided, to: Target): void {
  if (factsOf(dtype).kind === "complex") {
    // pairs of floats: one more dimension, the parts
    const double = <T extends Target>({ strides, ...rest }: T) => ({
      ...rest,
      strides: [...strides.map((stride) => 2 * stride), 1],
    });
    copyBox(factsOf(dtype).part, [...counts, 2], double(from), double(to));
    return;
  }
  const dims = mergeDims(counts, from.strides, to.strides);
  if (dims === null) return;
  const { memory, offset, strides } = to;
  if ("address" in memory) copyNatively(dtype, dims, from, memory.address + offset);
  else copyHere(dtype, counts, dims, from, { memory, offset, strides });
}

/** Copies to an address of the process. */
function copyNatively(dtype: DType, dims: readonly Dim[], { memory, offset }: Strided, address: number): void {
  const { bytes } = factsOf(dtype);
  const moves = dims.length === 0 ? [{ count: 1, a: 1, b: 1 }] : dims;
  const flat = moves.flatMap(({ count, a, b }) => [count, b * bytes, a * bytes]);
  copyToAddress(address, new Uint8Array(memory, offset, bytes), new Float64Array(flat));
}

/** Copies in JavaScript. */
function copyHere(dtype: DType, counts: readonly number[], dims: Dim[], from: Strided, to: Strided): void {
  const source = windowOf(dtype, counts, from);
  const target = windowOf(dtype, counts, to);
  const [all, out] = [source.view, target.view];
  const inner = dims.pop() ?? { count: 1, a: 1, b: 1 };
  const index = dims.map(() => 0);
  let [a, b] = [source.first, target.first];
  for (;;) {
    if (inner.a === 1 && inner.b === 1) {
      if (inner.count > 16) (out as Uint8Array).set((all as Uint8Array).subarray(a, a + inner.count), b);
      else for (let i = 0; i < inner.count; i++) out[b + i] = all[a + i]!;
    } else for (let i = 0, p = a, q = b; i < inner.count; i++, p += inner.a, q += inner.b) out[q] = all[p]!;
    let dim = dims.length - 1;
    for (; dim >= 0; dim--) {
      const { count, a: stepA, b: stepB } = dims[dim]!;
      a += stepA;
      b += stepB;
      if (++index[dim]! < count) break;
      index[dim] = 0;
      a -= count * stepA;
      b -= count * stepB;
    }
    if (dim < 0) return;
  }
}

/** The elements that a box spans, and which of them is point 0…0. A view of all the memory may have too many elements. */
function windowOf(
  dtype: DType,
  counts: readonly number[],
  { memory, offset, strides }: Strided,
): { view: TypedArray; first: number } {
  let [first, last] = [0, 0];
  for (let dim = 0; dim < counts.length; dim++) {
    const span = (counts[dim]! - 1) * strides[dim]!;
    if (span < 0) first -= span;
    else last += span;
  }
  return { view: viewOf(dtype, memory, offset - first * factsOf(dtype).bytes, first + last + 1), first };
}

/** Drops dimensions of one point, sorts by the target's strides and joins neighbours; null when there is nothing to copy. */
function mergeDims(counts: readonly number[], a: readonly number[], b: readonly number[]): Dim[] | null {
  const dims: Dim[] = [];
  for (let dim = 0; dim < counts.length; dim++) {
    if (counts[dim] === 0) return null;
    if (counts[dim]! > 1) dims.push({ count: counts[dim]!, a: a[dim]!, b: b[dim]! });
  }
  dims.sort((x, y) => Math.abs(y.b) - Math.abs(x.b));
  for (let i = dims.length - 2; i >= 0; i--) {
    const [outer, inner] = [dims[i]!, dims[i + 1]!];
    if (outer.a === inner.a * inner.count && outer.b === inner.b * inner.count) {
      dims.splice(i, 2, { count: outer.count * inner.count, a: inner.a, b: inner.b });
    }
  }
  return dims;
}
