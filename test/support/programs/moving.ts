/** Steps that move: slices, axes, shapes, chunks, joining. */
import { concat, stack } from "chunkwise";
import { randomChunks } from "../chunkings.js";
import * as m from "./mirror.js";
import { axesOf, below, type Step, shuffled, small, someAxes } from "./step.js";

/** Steps that move, by name. */
export const moving: Readonly<Record<string, Step>> = {
  slice: ({ array, mirror }, _, random) => {
    const spans = mirror.shape.map((length) => {
      const start = below(random, length);
      const step = (1 + below(random, 3)) * (random() < 0.4 ? -1 : 1);
      const room = step > 0 ? length - start : start + 1;
      return { start, step, count: Math.min(below(random, 6), length === 0 ? 0 : Math.ceil(room / Math.abs(step))) };
    });
    const entries = spans.map(({ start, step, count }): [number, number | null, number] => {
      const stop = start + step * count;
      return [start, stop < 0 ? null : stop, step];
    });
    // an empty range down to the very beginning has no stop that Python could name
    const usable = spans.map((span, axis) =>
      entries[axis]![1] === null && span.count === 0 ? { ...span, start: 0, step: 1 } : span,
    );
    return {
      array: array.slice(usable.map((span, axis) => (span === spans[axis] ? entries[axis]! : [0, 0]))),
      mirror: m.pick(mirror, usable),
    };
  },
  index: ({ array, mirror }, _, random) => {
    const axis = below(random, mirror.shape.length);
    const length = mirror.shape[axis] ?? 0;
    if (length === 0) return null;
    const at = below(random, length);
    const picked = m.pick(
      mirror,
      mirror.shape.map((count, i) => ({ start: i === axis ? at : 0, step: 1, count: i === axis ? 1 : count })),
    );
    const entries = mirror.shape.map((_, i) => (i === axis ? at - (random() < 0.5 ? length : 0) : null));
    return {
      array: array.slice(entries),
      mirror: { shape: mirror.shape.filter((_, i) => i !== axis), data: picked.data },
    };
  },
  transpose: (x, _, random) => {
    const axes = shuffled(axesOf(x), random);
    return { array: x.array.transpose(axes), mirror: m.transpose(x.mirror, axes) };
  },
  flip: (x, _, random) => {
    const axes = someAxes(x, random);
    const spans = x.mirror.shape.map((count, axis) =>
      axes.includes(axis) ? { start: count - 1, step: -1, count } : { start: 0, step: 1, count },
    );
    return { array: x.array.flip(axes), mirror: m.pick(x.mirror, spans) };
  },
  expandDims: ({ array, mirror }, _, random) => {
    if (mirror.shape.length > 3) return null;
    const axis = below(random, mirror.shape.length + 1);
    return { array: array.expandDims(axis), mirror: { shape: mirror.shape.toSpliced(axis, 0, 1), data: mirror.data } };
  },
  squeeze: ({ array, mirror }) => ({
    array: array.squeeze(),
    mirror: { shape: mirror.shape.filter((length) => length !== 1), data: mirror.data },
  }),
  reshape: ({ array, mirror }, _, random) => {
    const shape: number[] = [];
    let left = mirror.data.length;
    while (left > 1 && shape.length < 3) {
      const factors = Array.from({ length: left }, (_, i) => i + 1).filter((factor) => left % factor === 0);
      shape.push(factors[below(random, factors.length)]!);
      left /= shape.at(-1)!;
    }
    const target = shuffled([...shape, left], random);
    const asked = mirror.data.length > 0 && random() < 0.5 ? target.with(below(random, target.length), -1) : target;
    return { array: array.reshape(asked), mirror: { shape: target, data: mirror.data } };
  },
  broadcastTo: ({ array, mirror }, _, random) => {
    const shape = [
      ...(random() < 0.5 ? [1 + below(random, 3)] : []),
      ...mirror.shape.map((length) => (length === 1 ? 1 + below(random, 3) : length)),
    ];
    if (!small(shape) || shape.length > 4) return null;
    return { array: array.broadcastTo(shape), mirror: m.make(shape, (index) => m.at(mirror, index)) };
  },
  rechunk: ({ array, mirror }, _, random) => ({ array: array.rechunk(randomChunks(mirror.shape, random)), mirror }),
  concat: (x, y, random) => {
    const axis = below(random, x.mirror.shape.length);
    const fits = (other: m.Mirror): boolean =>
      other.shape.length === x.mirror.shape.length &&
      other.shape.every((length, i) => i === axis || length === x.mirror.shape[i]);
    const others = [x, y, x].filter(({ mirror }) => fits(mirror));
    const mirrors = others.map(({ mirror }) => mirror);
    if (x.mirror.shape.length === 0 || !small([...x.mirror.shape, others.length])) return null;
    return {
      array: concat(
        others.map(({ array }) => array),
        { axis },
      ),
      mirror: m.concat(mirrors, axis),
    };
  },
  stack: (x, _, random) => {
    if (!small([...x.mirror.shape, 2]) || x.mirror.shape.length > 3) return null;
    const axis = below(random, x.mirror.shape.length + 1);
    const row = { shape: x.mirror.shape.toSpliced(axis, 0, 1), data: x.mirror.data };
    return { array: stack([x.array, x.array], { axis }), mirror: m.concat([row, row], axis) };
  },
};
