/**
 * Elements of 8 bytes in records whose length is a multiple of 4 and not of 8: their distances are no whole numbers of
 * elements. In units of 4 bytes they are regular, so boxes of such units are read as those of any strided file.
 */
import { stridesOf } from "../../data/region.js";
import { type BoxLayout, planRead } from "../../storage/strided-layout.js";

/** Bytes of a unit. */
export const UNIT_BYTES = 4;

/** The records of a variable. */
export interface Records {
  /** Where its elements in the first record begin. */
  readonly begin: number;
  /** Bytes from one record to the next, and of an element. */
  readonly recordBytes: number;
  readonly itemBytes: number;
}

/** The units of a box: the element's axes, and one for the units in an element. */
export interface UnitBox {
  readonly strides: readonly number[];
  readonly counts: readonly number[];
  readonly layout: BoxLayout;
}

/** How a box of a variable is read, by the lengths of its sides, each at least 1. */
export function unitsOf(
  { recordBytes, itemBytes }: Records,
  shape: readonly number[],
  sides: readonly number[],
): UnitBox {
  const each = itemBytes / UNIT_BYTES;
  const [, ...inner] = stridesOf(shape).map((stride) => stride * each);
  const strides = [recordBytes / UNIT_BYTES, ...inner, 1];
  const counts = [...sides, each];
  return { strides, counts, layout: planRead(strides, counts, UNIT_BYTES) };
}
