/**
 * Matrix products, block by block. A block of the result needs a row of blocks of the one and a column of blocks of the
 * other; they are taken in steps along the inner axis, so that a task holds one block of each at a time.
 */
import { cut } from "../data/chunks.js";
import { promote } from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import type { Box } from "../data/region.js";
import { makeExpr } from "../expr/expr.js";
import type { Op } from "../expr/op.js";
import { broadcastShapes } from "./broadcast.js";
import { type Defined, type Definition, type Handle, isHandle } from "./define.js";
import { squeezeAxes } from "./movement.js";
import { astype } from "./selection.js";
import { broadcastTo, expandDims } from "./views.js";

/** The longest step along the inner axis: two blocks of 1024 × 1024 float64 take 16 MiB. */
const STEP = 1024;

/** [..., m, k] · [..., k, n] with equal leading axes and equal dtypes. */
const productOp: Op<null> = {
  name: "matmul",
  infer([a, b]) {
    const ndim = a!.shape.length;
    // leading axes have blocks of one matrix
    const batch = a!.shape.slice(0, -2).map((length) => (length === 0 ? [0] : new Array<number>(length).fill(1)));
    return {
      dtype: a!.dtype,
      shape: [...a!.shape.slice(0, -1), b!.shape.at(-1)!],
      chunks: [...batch, a!.chunks[ndim - 2]!, b!.chunks[ndim - 1]!],
    };
  },
  work: {
    kind: "routine",
    routine: () => ({ kind: "kernel", name: "matmul", params: null, rank: 2 }),
    steps([a], _params, { box }) {
      const inner = a!.shape.at(-1)!;
      const [batchStart, batchStop] = [box.start.slice(0, -2), box.stop.slice(0, -2)];
      const [row, column] = [box.start.length - 2, box.start.length - 1];
      let from = 0;
      return cut(inner, STEP).map((size): readonly Box[] => {
        const to = from + size;
        const boxes = [
          { start: [...batchStart, box.start[row]!, from], stop: [...batchStop, box.stop[row]!, to] },
          { start: [...batchStart, from, box.start[column]!], stop: [...batchStop, to, box.stop[column]!] },
        ];
        from = to;
        return boxes;
      });
    },
  },
};

/** The type of {@link matmul}. */
export interface MatMul extends Defined {
  <A extends Handle>(x: A, y: A): A;
}

const matmulDefinition: Definition = {
  family: "routine",
  name: "matmul",
  arity: 2,
  accepts: () => true,
  numpy: "np.matmul(x, y)",
  ulps: 64,
  domain: [-5, 5],
  examples: [
    {
      shapes: [
        [5, 7],
        [7, 4],
      ],
      args: [{ array: 1 }],
      numpy: "np.matmul(x, y)",
    },
    { shapes: [[7], [7, 4]], args: [{ array: 1 }], numpy: "np.matmul(x, y)" },
    { shapes: [[5, 7], [7]], args: [{ array: 1 }], numpy: "np.matmul(x, y)" },
    { shapes: [[7], [7]], args: [{ array: 1 }], numpy: "np.matmul(x, y)" },
    {
      shapes: [
        [3, 1, 5, 7],
        [2, 7, 4],
      ],
      args: [{ array: 1 }],
      numpy: "np.matmul(x, y)",
    },
    {
      shapes: [
        [5, 7],
        [7, 4],
      ],
      args: [{ array: 1 }],
      numpy: "np.matmul(x, y)",
      dtype: "complex128",
    },
    {
      shapes: [
        [5, 7],
        [7, 4],
      ],
      args: [{ array: 1 }],
      numpy: "np.matmul(x, y)",
      dtype: "int64",
    },
    {
      shapes: [
        [5, 7],
        [7, 4],
      ],
      args: [{ array: 1 }],
      numpy: "np.matmul(x, y)",
      dtype: "bool",
    },
  ],
};

function product<A extends Handle>(x: A, y: A): A {
  if (!isHandle(x) || !isHandle(y)) throw new ArgumentError("matmul: takes two chunked arrays");
  const [ndimX, ndimY] = [x.expr.meta.shape.length, y.expr.meta.shape.length];
  if (ndimX === 0 || ndimY === 0) throw new ShapeError("matmul: an array of no axes is not a matrix; use multiply()");
  const dtype = promote(x.expr.meta.dtype, y.expr.meta.dtype);
  let a: A = astype(ndimX === 1 ? expandDims(x, 0) : x, dtype);
  let b: A = astype(ndimY === 1 ? expandDims(y, 1) : y, dtype);
  const [shapeA, shapeB] = [a.expr.meta.shape, b.expr.meta.shape];
  if (shapeA.at(-1) !== shapeB.at(-2)) {
    throw new ShapeError(
      `matmul: the inner axes of [${x.expr.meta.shape.join(", ")}] and [${y.expr.meta.shape.join(", ")}] differ`,
    );
  }
  const batch = broadcastShapes([shapeA.slice(0, -2), shapeB.slice(0, -2)], "matmul");
  if (batch.length > 0) {
    a = broadcastTo(a, [...batch, ...shapeA.slice(-2)]);
    b = broadcastTo(b, [...batch, ...shapeB.slice(-2)]);
  }
  const result = makeExpr(productOp, [a.expr, b.expr], null);
  const ndim = result.meta.shape.length;
  const extra = [...(ndimX === 1 ? [ndim - 2] : []), ...(ndimY === 1 ? [ndim - 1] : [])];
  return x.wrap(extra.length === 0 ? result : squeezeAxes(result, extra));
}

/**
 * Matrix product of the last two axes; leading axes broadcast, vectors are rows on the left and columns on the right.
 * A task holds one block of the result and one step of each operand.
 * @example a.matmul(b)
 */
export const matmul: MatMul = Object.assign(product, { definition: matmulDefinition });
