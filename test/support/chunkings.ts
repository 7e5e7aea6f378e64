/** Ways to cut an array. */
import type { Chunks } from "chunkwise";
import { cut } from "#src/data/chunks";

/** A random way to cut a shape: axes are whole, cut to single elements, cut regularly, or into anything. */
export function randomChunks(shape: readonly number[], random: () => number): Chunks {
  return shape.map((length) => {
    const sort = Math.floor(random() * 4);
    if (length < 2 || sort === 0) return [length];
    if (sort === 1) return cut(length, 1);
    if (sort === 2) return cut(length, 1 + Math.floor(random() * (length - 1)));
    const sizes: number[] = [];
    for (let left = length; left > 0; left -= sizes.at(-1)!) sizes.push(1 + Math.floor(random() * left));
    return sizes;
  });
}
