/** The state that all parts of a kernel's writer share: the code so far, the loop and its variant, the arguments. */

import { Code, type Local } from "../../assembler/code.js";
import type { Loop } from "../../program/loop.js";
import { type OperandKind, operandKindsOf, type Variant } from "../iteration-shape.js";
import { declareParameters, type Parameters } from "./arguments.js";

/** See the head of this file. */
export interface Frame {
  readonly code: Code;
  readonly loop: Loop;
  readonly variant: Variant;
  readonly operands: readonly OperandKind[];
  readonly parameters: Parameters;
  /** The number of points of the current row that are left. */
  readonly left: Local;
}

/** The frame of a new kernel. */
export function frameOf(loop: Loop, variant: Variant): Frame {
  const code = new Code();
  const operands = operandKindsOf(loop);
  const parameters = declareParameters(code, variant.rank, operands);
  return { code, loop, variant, operands, parameters, left: code.local("i32", "left") };
}
