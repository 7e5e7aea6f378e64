/** Detects tiles of one piece that are used for another one, which would be cut or ordered in another way. */
import { expect, test } from "vitest";
import { inOrder, LastTiling, pointsPerTile, tilesOf } from "#src/executors/tiles";
import type { Piece, PieceOperand } from "#src/graph/task";

const job = { files: [], arrays: [] };
const memory = (offset: number, strides: readonly number[], dtype: "float64" | "int8" = "float64"): PieceOperand => {
  return { kind: "memory", buffer: 0, offsets: [offset], dtypes: [dtype], first: 0, strides };
};
const pieceOf = (counts: readonly number[], operand: PieceOperand, strides = [...operand.strides]): Piece => {
  return { counts, operands: [operand], runs: [{ output: 0, program: 0, operands: [0], first: 0, strides }] };
};
const stored = [{ dtypes: ["int8"], fold: null }] as const;
const wide = [{ dtypes: ["complex128"], fold: null }] as const;

const first = pieceOf([1000, 1000], memory(0, [1000, 1]));

test("pieces that differ in their places share a tiling, all others are tiled like a first one", () => {
  const tiling = new LastTiling();
  const pieces = [
    { piece: first, outputs: stored, isShared: false },
    { piece: pieceOf([1000, 1000], memory(4096, [1000, 1])), outputs: stored, isShared: true },
    { piece: pieceOf([1000, 1000], memory(0, [1, 1000])), outputs: stored, isShared: false },
    { piece: pieceOf([1000, 1000], memory(0, [1, 1000], "int8")), outputs: stored, isShared: false },
    { piece: pieceOf([1000, 1000], memory(0, [1, 1000], "int8")), outputs: wide, isShared: false },
    { piece: pieceOf([1000, 999], memory(0, [1, 1000], "int8")), outputs: wide, isShared: false },
    { piece: pieceOf([1000, 999], memory(0, [0, 0], "int8"), [1, 0]), outputs: wide, isShared: false },
    { piece: pieceOf([1000, 999], memory(0, [0, 0], "int8"), [0, 1]), outputs: wide, isShared: false },
    { piece: first, outputs: stored, isShared: false },
    { piece: { ...first, operands: [] }, outputs: stored, isShared: false },
  ];
  for (const { piece, outputs, isShared } of pieces) {
    let worked = false;
    const anew = () => inOrder(piece, tilesOf(piece, pointsPerTile(piece, outputs, job)));
    const tiled = tiling.of(piece, outputs, () => {
      worked = true;
      return anew();
    });
    expect(tiled).toEqual(anew());
    expect(worked).toBe(!isShared);
  }
});

test("a piece that reads a file is tiled each time", () => {
  const tiling = new LastTiling();
  const piece = pieceOf([4], { kind: "file", file: 0, first: 0, strides: [1] });
  let count = 0;
  const work = () => {
    count++;
    return inOrder(piece, { order: [0], counts: [4] });
  };
  for (let k = 0; k < 3; k++) tiling.of(piece, stored, work);
  expect(count).toBe(3);
});
