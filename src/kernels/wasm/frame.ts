/** What every part of a kernel's writer looks at: the code so far, what the kernel is for, and its arguments. */

import { Code, type Local } from "../../assembler/code.js";
import type { Loop } from "../../program/loop.js";
import { type PlaceKind, placesOf, type Variant } from "../iteration-shape.js";
import { declareParameters, type Parameters } from "./arguments.js";

/** See the head of this file. */
export interface Frame {
  readonly code: Code;
  readonly loop: Loop;
  readonly variant: Variant;
  readonly places: readonly PlaceKind[];
  readonly parameters: Parameters;
  /** How many points of the current row are still to do. */
  readonly left: Local;
}

/** The frame of a new kernel. */
export function frameOf(loop: Loop, variant: Variant): Frame {
  const code = new Code();
  const places = placesOf(loop);
  const parameters = declareParameters(code, variant.rank, places);
  return { code, loop, variant, places, parameters, left: code.local("i32", "left") };
}
