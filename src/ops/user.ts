/** Users' own functions, block by block or element by element, as operations. */
import { type Chunks, chunkInterval } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import { at } from "../data/lists.js";
import type { Interval } from "../data/region.js";
import type { Op } from "../expr/op.js";
import type { UserFunction } from "../program/user-function.js";

/** The parameters of {@link userOp}. */
export interface UserParams {
  readonly function: UserFunction;
  readonly form: "blocks" | "elements";
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly chunks: Chunks;
  /** For each axis of the inputs, which are aligned at the end, the axis of the result, or {@link DROPPED}. */
  readonly axes: readonly number[];
}

/** An axis that the result does not have: each block needs it whole. */
export const DROPPED = -1;

/** What a plan shows of a function: the beginning of its source, or where it is. */
function functionText(f: UserFunction): string {
  if (f.kind === "module") return `${f.name} of ${f.module}`;
  const line = f.source.replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

/** A user's function over the corresponding blocks of its inputs. */
export const userOp: Op<UserParams> = {
  name: "mapBlocks",
  shown: ({ function: f }) => ({ params: functionText(f) }),
  infer: (_inputs, { dtype, shape, chunks }) => ({ dtype, shape, chunks }),
  work: {
    kind: "routine",
    routine: ({ form, function: source }) => ({ kind: "user", form, source }),
    steps: (inputs, { axes }, { block }) => [
      inputs.map(({ shape, chunks }) =>
        chunks.map((sizes, own): Interval => {
          const axis = at(axes, axes.length - chunks.length + own);
          if (axis === DROPPED) return { start: 0, stop: at(shape, own) };
          // a single block belongs to every block of the result
          return chunkInterval(sizes, sizes.length === 1 ? 0 : at(block, axis));
        }),
      ),
    ],
  },
};

/** A user's function of the indices, element by element. */
export const fromFunctionOp: Op<UserParams> = { ...userOp, name: "fromFunction" };
