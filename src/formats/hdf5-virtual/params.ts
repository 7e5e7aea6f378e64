/** The facts about a virtual dataset by which a worker finds its elements in other datasets, as plain data. */
import type { StoredArray } from "../format.js";
import type { Run } from "./runs.js";

/** The most sources that a thread has open: each has its memory. Neighbouring boxes are mostly in the same one. */
export const MOST_OPEN = 2;

/** Elements of a source that are elements of the virtual dataset. */
export interface Mapping {
  /** The number of the source. */
  readonly source: number;
  /** Along each axis of the virtual dataset, which indices. */
  readonly target: readonly (readonly Run[])[];
  /** Along each axis of the source, which indices. */
  readonly origin: readonly (readonly Run[])[];
  /** For each axis of the virtual dataset, the axis of the source that moves with it; -1 where there is one index. */
  readonly axes: readonly number[];
}

/** A virtual dataset. */
export interface VirtualParams {
  readonly dataset: string;
  /** The bytes of an element that no source has. */
  readonly fill: readonly number[];
  /** The sources that are there. */
  readonly sources: readonly StoredArray[];
  /** Where two have the same elements, the later one counts. */
  readonly mappings: readonly Mapping[];
}
