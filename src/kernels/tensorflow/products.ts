/** Products of matrices on TensorFlow. */
import { at } from "../../data/lists.js";
import type { RoutineCall } from "../../routines/routine.js";
import type { Implementation } from "./implementation.js";
import { isTensorDType } from "./tensors.js";

/** True for [m, k] · [k, n] → [m, n] of one dtype that a tensor can have, without empty blocks. */
function isProduct({ inputs, outputs: [output] }: RoutineCall): boolean {
  const [left, right] = inputs;
  if (inputs.length !== 2 || left === undefined || right === undefined || output === undefined) return false;
  if (!isTensorDType(output.dtype)) return false;
  const blocks = [left, right, output];
  const [m, k] = left.shape;
  return (
    blocks.every(({ dtype, shape }) => dtype === output.dtype && shape.length === 2 && !shape.includes(0)) &&
    right.shape[0] === k &&
    output.shape[0] === m &&
    output.shape[1] === right.shape[1]
  );
}

/** [m, k] · [k, n], added onto the output unless it is the first step. Integers wrap around, as they do embedded. */
export const matmul: Implementation = {
  takes: isProduct,
  run({ inputs, outputs, first }, tensors) {
    const product = tensors.apply(
      "MatMul",
      inputs.map((block) => tensors.of(block)),
    );
    tensors.store(product, at(outputs, 0), { add: !first });
    return true;
  },
};
