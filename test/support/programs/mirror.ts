/**
 * An eager array that is as plain as can be: every operation makes a new list, element by element, from an index. The
 * random programs of the laws grow beside it. It knows nothing of chunks, views or dtypes.
 */

/** An array of numbers in C order. */
export interface Mirror {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Index = readonly number[];

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** An array from a function of the index. */
export function make(shape: readonly number[], f: (index: Index) => number): Mirror {
  const index = shape.map(() => 0);
  const data = Array.from({ length: sizeOf(shape) }, () => {
    const value = f(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
    return value;
  });
  return { shape, data };
}

/** The element at an index; an axis of length 1 has the same element everywhere, and axes in front may be missing. */
export function at({ shape, data }: Mirror, index: Index): number {
  const skipped = index.length - shape.length;
  let position = 0;
  shape.forEach((length, axis) => {
    position = position * length + (length === 1 ? 0 : index[axis + skipped]!);
  });
  return data[position]!;
}

/** The shape of several arrays together; null when they do not fit. */
export function together(shapes: readonly (readonly number[])[]): number[] | null {
  const ndim = Math.max(...shapes.map((shape) => shape.length));
  const result = Array.from({ length: ndim }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - ndim + shape.length] ?? 1).filter((length) => length !== 1);
    return lengths.every((length) => length === lengths[0]) ? (lengths[0] ?? 1) : Number.NaN;
  });
  return result.some(Number.isNaN) ? null : result;
}

/** Element by element. */
export function map(arrays: readonly Mirror[], f: (...values: number[]) => number): Mirror {
  return make(together(arrays.map(({ shape }) => shape))!, (index) => f(...arrays.map((array) => at(array, index))));
}

/** Folds over axes, from `zero`, in C order. */
export function fold(
  array: Mirror,
  axes: readonly number[],
  keepdims: boolean,
  f: (values: readonly number[]) => number,
): Mirror {
  const kept = array.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const inner = array.shape.map((length, axis) => (axes.includes(axis) ? length : 1));
  const folded = make(kept, (index) =>
    f(
      make(inner, (offset) =>
        at(
          array,
          index.map((i, axis) => i + offset[axis]!),
        ),
      ).data,
    ),
  );
  return keepdims ? folded : { shape: array.shape.filter((_, axis) => !axes.includes(axis)), data: folded.data };
}

/** The elements at `start + step · i` along every axis. */
export function pick(array: Mirror, spans: readonly { start: number; step: number; count: number }[]): Mirror {
  return make(
    spans.map(({ count }) => count),
    (index) =>
      at(
        array,
        index.map((i, axis) => spans[axis]!.start + spans[axis]!.step * i),
      ),
  );
}

/** Axis i of the result is axis `axes[i]`. */
export function transpose(array: Mirror, axes: readonly number[]): Mirror {
  return make(
    axes.map((axis) => array.shape[axis]!),
    (index) =>
      at(
        array,
        array.shape.map((_, axis) => index[axes.indexOf(axis)]!),
      ),
  );
}

/** One after the other. */
export function concat(arrays: readonly Mirror[], axis: number): Mirror {
  const [first] = arrays;
  const shape = first!.shape.with(
    axis,
    arrays.reduce((sum, array) => sum + array.shape[axis]!, 0),
  );
  return make(shape, (index) => {
    let rest = index[axis]!;
    const array = arrays.find((one) => {
      if (rest < one.shape[axis]!) return true;
      rest -= one.shape[axis]!;
      return false;
    });
    return at(array!, index.with(axis, rest));
  });
}

/** Matrix product of the last two axes; the leading ones are equal. */
export function matmul(a: Mirror, b: Mirror): Mirror {
  const inner = a.shape.at(-1)!;
  return make([...a.shape.slice(0, -1), b.shape.at(-1)!], (index) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += at(a, index.with(-1, k)) * at(b, index.with(-2, k));
    return sum;
  });
}
