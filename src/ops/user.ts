/** Users' own functions, block by block or element by element, as operations. */
import { type Chunks, chunkBox, gridOf } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import type { Op } from "../expr/op.js";
import type { UserFunction } from "../program/user-function.js";

/** The parameters of {@link userOp}. */
export interface UserParams {
  readonly function: UserFunction;
  readonly form: "blocks" | "elements";
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly chunks: Chunks;
}

/** What a plan shows of a function: the beginning of its source, or where it is. */
function functionText(f: UserFunction): string {
  if (f.kind === "module") return `${f.name} of ${f.module}`;
  const line = f.source.replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

/** A user's function over the corresponding blocks of its inputs, whose grids are those of the result. */
export const userOp: Op<UserParams> = {
  name: "mapBlocks",
  shown: ({ function: f }) => ({ params: functionText(f) }),
  infer: (_inputs, { dtype, shape, chunks }) => ({ dtype, shape, chunks }),
  work: {
    kind: "routine",
    routine: ({ form, function: source }) => ({ kind: "user", form, source }),
    steps: (inputs, _params, { block }) => [
      inputs.map(({ chunks }) => {
        const grid = gridOf(chunks);
        return chunkBox(chunks, block.slice(block.length - grid.length));
      }),
    ],
  },
};

/** A user's function of the indices, element by element. */
export const fromFunctionOp: Op<UserParams> = { ...userOp, name: "fromFunction" };
