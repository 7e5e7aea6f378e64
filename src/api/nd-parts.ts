/** Parts of an array in memory, copied. */
import { allocate, type DType, factsOf, type TypedArray } from "../data/dtype.js";
import { zip } from "../data/lists.js";
import { sizeOf, stridesOf } from "../data/region.js";
import { selected } from "../ops/slice.js";

interface ArrayParts {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** The elements that a selection picks, in C order; see `slice` of chunked arrays. */
export function partOf(
  { dtype, shape, data }: ArrayParts & { readonly dtype: DType },
  selection: unknown,
  operation: string,
): ArrayParts {
  const { spans, dropped } = selected(selection, shape, operation);
  const width = factsOf(dtype).kind === "complex" ? 2 : 1;
  const counts = spans.map(({ count }) => count);
  const steps = zip(spans, stridesOf(shape)).map(([{ step }, stride]) => step * stride);
  const first = zip(spans, stridesOf(shape)).reduce((sum, [{ start }, stride]) => sum + start * stride, 0);
  const result = allocate(dtype, sizeOf(counts));
  let filled = 0;
  const copy = (axis: number, position: number): void => {
    const [count, step] = [counts[axis], steps[axis]];
    if (count === undefined || step === undefined) {
      for (let part = 0; part < width; part++) result[filled++] = data[position * width + part] ?? 0;
      return;
    }
    for (let i = 0; i < count; i++) copy(axis + 1, position + i * step);
  };
  if (result.length > 0) copy(0, first);
  return { shape: counts.filter((_, axis) => !dropped.includes(axis)), data: result };
}
