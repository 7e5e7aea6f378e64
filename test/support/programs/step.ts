/** What the steps of random programs are made of: an expression beside its mirror. */
import type { ChunkedArray } from "chunkwise";
import type * as m from "./mirror.js";

/** An expression and what it must give. */
export interface Pair {
  readonly array: ChunkedArray;
  readonly mirror: m.Mirror;
}

/** Numbers in [0, 1). */
export type Random = () => number;
/** What a step makes of an array and another one; null: nothing. */
export type Step = (x: Pair, y: Pair, random: Random) => Pair | null;

/** No program grows beyond so many elements. */
const LARGEST = 400;
export const small = (shape: readonly number[]): boolean => shape.reduce((size, length) => size * length, 1) <= LARGEST;
export const below = (random: Random, bound: number): number => Math.floor(random() * bound);
export const axesOf = ({ mirror }: Pair): number[] => mirror.shape.map((_, axis) => axis);
export const someAxes = (x: Pair, random: Random): number[] => axesOf(x).filter(() => random() < 0.5);
export const shuffled = (axes: readonly number[], random: Random): number[] =>
  [...axes]
    .map((axis) => ({ axis, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ axis }) => axis);
