/** Detects boxes that arrive in a wrong order or place, or touch what lies around them, in memory and at an address. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, type DType, factsOf, type TypedArray } from "#src/data/dtype";
import { copyOut } from "#src/executors/copy";
import { addressOf } from "#src/native/pages";
import { native } from "../support/platform.js";

/** Strides of a box whose dimensions lie in some order, from the innermost on, with gaps, some of them backwards. */
function lie(counts: readonly number[], order: readonly number[], gaps: readonly number[], back: readonly boolean[]) {
  const strides = counts.map(() => 0);
  let [step, first] = [1, 0];
  for (const dim of order) {
    strides[dim] = back[dim] ? -step : step;
    if (back[dim]) first += step * (counts[dim]! - 1);
    step *= counts[dim]! + gaps[dim]!;
  }
  return { strides, first, elements: step };
}

const boxes = fc.integer({ min: 0, max: 4 }).chain((rank) => {
  const each = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: rank, maxLength: rank });
  const order = fc.shuffledSubarray([0, 1, 2, 3].slice(0, rank), { minLength: rank });
  const side = fc.record({ order, gaps: each(fc.nat(2)), back: each(fc.boolean()) });
  return fc.record({ counts: each(fc.nat(6)), from: side, to: side });
});

/** Every element of the target that the box has. */
function* targets(counts: readonly number[], from: number[], to: number[], dim = 0, a = 0, b = 0): Generator<number[]> {
  if (dim === counts.length) yield [a, b];
  else
    for (let i = 0; i < counts[dim]!; i++)
      yield* targets(counts, from, to, dim + 1, a + i * from[dim]!, b + i * to[dim]!);
}

const dtypes: DType[] = ["uint8", "int16", "float32", "float64", "int64", "complex64", "complex128"];

describe.each(["memory", ...(native ? ["an address"] : [])])("a box copied to %s", (where) => {
  test.each(dtypes)("every element of a box arrives at its place, and nothing around it changes: %s", (dtype) => {
    fc.assert(
      fc.property(boxes, ({ counts, from, to }) => {
        const source = lie(counts, from.order, from.gaps, from.back);
        const target = lie(counts, to.order, to.gaps, to.back);
        const data = allocate(dtype, source.elements + 1);
        const width = data.length / (source.elements + 1);
        for (let i = 0; i < data.length; i++) data[i] = dtype === "int64" ? BigInt(i) : i % 250;
        const result = allocate(dtype, target.elements + 1);
        const wanted = allocate(dtype, target.elements + 1);
        for (const [a, b] of targets(counts, source.strides, target.strides)) {
          for (let part = 0; part < width; part++) {
            wanted[width * (target.first + b!) + part] = data[width * (source.first + a!) + part]!;
          }
        }
        const bytes = data.BYTES_PER_ELEMENT * width;
        const memory =
          where === "memory" ? result.buffer : { bytes: result.byteLength, address: addressOf(result.buffer, 0) };
        copyOut(
          factsOf(dtype).bytes,
          counts,
          { memory: data.buffer, offset: source.first * bytes, strides: source.strides },
          { memory, offset: target.first * bytes, strides: target.strides },
        );
        expect(result as TypedArray).toEqual(wanted);
      }),
    );
  });
});
