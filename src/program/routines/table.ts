/**
 * The routines by name, as programs know them: plain data that tasks carry, with what a plan must know about it. The
 * kernels of the same names are in src/routines.
 */
import { type FactorizationParams, factorizations } from "./factorizations.js";
import { type FourierParams, fourier } from "./fourier.js";
import { type HistogramParams, histogram } from "./histogram.js";
import { matmul } from "./products.js";
import type { RoutineDescription, Shaped, Shapes, WorkspaceParts } from "./routine.js";

/** The parameters of each routine, by its name. */
export interface RoutineParams extends FactorizationParams {
  readonly matmul: null;
  readonly fft: FourierParams;
  readonly histogram: HistogramParams;
}

/** The name of a routine. */
export type RoutineName = keyof RoutineParams;

const descriptions: { readonly [Name in RoutineName]: RoutineDescription<RoutineParams[Name]> } = {
  ...factorizations,
  matmul,
  fft: fourier,
  histogram,
};

/** The description of a routine; parameters have travelled as plain data, so their type is known by the name alone. */
function descriptionOf(name: RoutineName): RoutineDescription<unknown> {
  return descriptions[name] as RoutineDescription<unknown>;
}

/** The shapes of a routine's outputs, for inputs that fit together. */
export function outputShapes(name: RoutineName, inputs: readonly Shaped[], params: unknown): Shapes {
  return descriptionOf(name).outputs(inputs, params);
}

/** The parts of a routine's workspace, in bytes. */
export function workspaceParts(name: RoutineName, inputs: readonly Shaped[], params: unknown): WorkspaceParts {
  return descriptionOf(name).workspace?.(inputs, params) ?? { products: 0, own: 0 };
}

/** The bytes that a routine needs besides its inputs and outputs. */
export function workspaceBytes(name: RoutineName, inputs: readonly Shaped[], params: unknown): number {
  const { products, own } = workspaceParts(name, inputs, params);
  return products + own;
}
