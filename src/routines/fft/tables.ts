/**
 * The tables of a transform, as its layout (program/routines/fourier.ts) places them. Twiddles lie as vectors of two
 * neighbours want them, and where their number is odd, the last vector repeats the neighbour before:
 *
 *     c₀ c₁ s₀ s₁ │ c₂ c₃ s₂ s₃ │ c₃ c₄ s₃ s₄     five twiddles; in a stage, for each pair of i those of all u
 *
 * Invariant: tables are the same for every memory; a routine copies them to its workspace.
 */
import type { FourierLayout } from "../../program/routines/fourier.js";
import { PlainBuffers } from "./buffers.js";
import { planes } from "./butterflies.js";
import { Roots } from "./roots.js";

/** The sign of the exponent: −1 forward, +1 backward. */
export type Sign = 1 | -1;

/** Gives a twiddle: its cosine and its sine. */
type Twiddle = (i: number, u: number, to: Float64Array) => void;

/** Fills a table of `count` twiddles, `each` of them for every i. */
function fillTwiddles(data: Float64Array, table: number, count: number, each: number, twiddle: Twiddle): void {
  const root = new Float64Array(2);
  for (let first = 0, at = table; first < count; first += 2) {
    const second = Math.min(first + 1, count - 1);
    for (let u = 0; u < each; u++, at += 4) {
      for (const [lane, i] of [Math.max(0, second - 1), second].entries()) {
        twiddle(i, u, root);
        data[at + lane] = root[0]!;
        data[at + 2 + lane] = root[1]!;
      }
    }
  }
}

/** Makes the tables of a transform. */
export function fourierTables(layout: FourierLayout, sign: Sign): Float64Array {
  const { halved, count, length, tables } = layout;
  const data = new Float64Array(tables);
  const chirped = length > count;
  const fill = (table: number, n: number, each: number, of: Roots, which: (i: number, u: number) => number): void =>
    fillTwiddles(data, table, n, each, (i, u, to) => {
      of.put(which(i, u), to, 0);
      to[1] = sign * to[1]!;
    });
  // Bluestein's inner transforms go forward whichever way the whole goes
  fillStages(layout, chirped ? -1 : sign, data);
  if (halved) fill(layout.ends, Math.floor(count / 2), 1, new Roots(2 * count), (k) => k + 1);
  if (chirped) {
    // k² mod 2n, exact for every length
    const squares = new Float64Array(count);
    for (let k = 1; k < count; k++) squares[k] = (squares[k - 1]! + 2 * k - 1) % (2 * count);
    const roots = new Roots(2 * count);
    fill(layout.chirp, count, 1, roots, (k) => squares[k]!);
    fillSpectrum(layout, sign, data, (k, to) => roots.put(squares[k]!, to, 0));
  }
  return data;
}

function fillStages({ length, stages }: FourierLayout, sign: Sign, data: Float64Array): void {
  const all = new Roots(length);
  for (const { radix, groups, span, twiddles, roots } of stages) {
    for (let j = 0; radix % 2 === 1 && j < radix; j++) all.put((length / radix) * j, data, roots + 2 * j);
    if (span === 1) continue;
    fillTwiddles(data, twiddles, span, radix - 1, (i, u, to) => {
      all.put((u + 1) * groups * i, to, 0);
      to[1] = sign * to[1]!;
    });
  }
}

/** The transform of the conjugate of the chirp, divided by the length. */
function fillSpectrum(
  layout: FourierLayout,
  sign: Sign,
  data: Float64Array,
  chirp: (k: number, to: Float64Array) => void,
): void {
  const { count, length, stages, plane } = layout;
  const memory = new Float64Array(layout.floats);
  memory.set(data);
  const buffers = new PlainBuffers(memory);
  let [from, to] = [layout.front, layout.back];
  const inPlanes = planes(plane);
  const root = new Float64Array(2);
  for (let k = 0; k < count; k++) {
    chirp(k, root);
    for (const i of k === 0 ? [0] : [k, length - k]) {
      memory[from + i] = root[0]! / length;
      memory[from + plane + i] = (-sign * root[1]!) / length;
    }
  }
  for (const stage of stages) {
    buffers.butterflies({ stage: { ...stage, sign: -1 }, tables: 0, from: inPlanes, to: inPlanes, scale: 1 })(from, to);
    [from, to] = [to, from];
  }
  fillTwiddles(data, layout.spectrum, length, 1, (i, _, result) => {
    result[0] = memory[from + i]!;
    result[1] = memory[from + plane + i]!;
  });
}
