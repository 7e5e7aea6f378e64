/**
 * Running the programs of a piece, tile by tile:
 *
 *     operands ─▶ scratch memory ─ programs ─▶ state of a fold, or the output's place
 *
 * A tile of a file is read straight into the backend's memory, the loops run over it, and the next tile overwrites it:
 * a source chunk is never materialized. All programs of a piece use the same tile.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { firstOf, sizeOf, stridesOf } from "../data/region.js";
import {
  LARGEST_TILE_BYTES,
  type Output,
  type Piece,
  type PieceOperand,
  type ProgramRun,
  TILE_BYTES,
} from "../graph/task.js";
import { type FoldProgram, isCopy, type Loop } from "../program/loop.js";
import type { TaskContext } from "./context.js";
import { type Decoded, decode } from "./encoded.js";
import { type Fold, type Folding, runFolds } from "./folding.js";
import { type Fields, loopCall } from "./loop-call.js";
import { type TileReader, tileBytes, tileReader } from "./operands.js";
import type { Resources } from "./resources.js";
import type { Result } from "./result-writer.js";
import type { Scratch } from "./scratch.js";
import { type Suspendable, wait } from "./suspendable.js";
import { TileTimer } from "./tile-timer.js";
import { forEachTile, inOrder, pointsPerTile, type Tiling, tilesOf } from "./tiles.js";

/** Where the programs of a piece put what they make for one output. */
export interface Destination extends Pick<Output, "dtypes" | "fold"> {
  /** The state that tiles are folded into; null for an output that is stored element by element. */
  readonly folding: Folding | null;
  /** The addresses of the fields, if loops can write there themselves; null if results go through `put`. */
  readonly addresses: readonly number[] | null;
  /** Takes part of the output's block: `first` and `strides` say where it belongs, in elements of the block. */
  put(result: Result, first: number, strides: readonly number[]): void;
}

/** Memory that a loop writes a field of its result to. */
interface ResultField {
  readonly dtype: DType;
  readonly address: number;
}

/** A program that is ready to run over tiles. Strides follow the tiling's order of dimensions. */
type PreparedRun = {
  readonly operands: readonly number[];
  readonly first: number;
  readonly strides: readonly number[];
} & (
  | { readonly kind: "fold"; readonly program: FoldProgram; readonly folding: Folding }
  /** Its loop writes to the output's own place. */
  | { readonly kind: "direct"; readonly loop: Loop; readonly fields: readonly ResultField[] }
  /** Its loop writes to scratch memory, and the destination takes the results from there. */
  | {
      readonly kind: "buffered";
      readonly loop: Loop;
      readonly fields: readonly ResultField[];
      readonly destination: Destination;
    }
);

/** Loads a tile to its destination; false if the tile cannot come that way. */
type LoadTile = (origin: readonly number[], counts: readonly number[]) => boolean;

/** Runs all programs of a piece. `destinations` are those of the task's outputs, by their numbers. */
export function* runPiece(piece: Piece, destinations: readonly Destination[], context: TaskContext): Suspendable<void> {
  const { scratch, resources, windows } = context;
  if (resources.isFull) {
    windows?.close(); // before their files
    yield* wait(resources.trim());
  }
  const mark = scratch.mark;
  const boxes = piece.decoded;
  runTiles(piece, boxes === undefined ? [] : yield* wait(decode(boxes, resources, scratch)), destinations, context);
  // a reader may close a file in which it located a box
  if (boxes !== undefined) windows?.close();
  scratch.release(mark);
}

function runTiles(
  piece: Piece,
  decoded: readonly Decoded[],
  destinations: readonly Destination[],
  { scratch, resources, windows, checkStop }: TaskContext,
): void {
  const tiled = resources.tiling.of(piece, destinations, () => {
    const points = pointsPerTile(piece, destinations, resources.job);
    return inOrder(piece, fittingTiles(piece, points, decoded, resources));
  });
  const { order, counts: tile, full } = tiled;
  let mappable = 0;
  const readers = piece.operands.map((operand, number) => {
    const isFile = operand.kind === "file" || operand.kind === "decoded";
    const window = windows === undefined || !isFile ? null : { windows, operand: mappable++ };
    return tileReader(operand, at(tiled.operands, number), order, tile, resources, scratch, decoded, window);
  });
  const runs = piece.runs.map((run, number) =>
    prepare(run, at(tiled.runs, number), at(destinations, run.output), tile, resources, scratch),
  );
  const [only, second] = runs;
  const copied = only === undefined || second !== undefined ? null : copyingLoader(only, readers);
  const isMapped = windows !== undefined && readers.some(({ find }) => find !== undefined);
  const timer = isMapped ? new TileTimer(resources.rule(kindOf(piece)), resources, windows) : null;
  forEachTile(full, tile, (origin, counts) => {
    checkStop();
    if (copied?.(origin, counts)) return;
    const maps = timer?.begin() ?? false;
    const loaded = readers.map((reader) => (maps && reader.find?.(origin, counts)) || reader.load(origin, counts));
    const folds: Fold[] = [];
    for (const run of runs) {
      const used = run.operands.map((operand) => at(loaded, operand));
      const first = firstOf(run.first, run.strides, origin);
      switch (run.kind) {
        case "fold":
          folds.push(run.folding.fold(run.program, counts, used, first, run.strides));
          break;
        case "direct":
          scratch.backend.run(loopCall(run.loop, counts, used, directResults(run.fields, first, run.strides)));
          break;
        case "buffered": {
          const { loop, fields, destination } = run;
          const strides = stridesOf(counts);
          const results = fields.map(({ dtype, address }) => ({ dtype, offset: address, strides }));
          scratch.backend.run(loopCall(loop, counts, used, results));
          const addresses = fields.map(({ address }) => address);
          destination.put({ memory: scratch.memory, counts, addresses, strides }, first, run.strides);
        }
      }
    }
    runFolds(scratch.backend, folds);
    timer?.end(sizeOf(counts));
  });
  windows?.verify();
}

/** Pieces of the same kind read the same files, or arrays, with the same programs. */
function kindOf({ operands, runs, decoded = [] }: Piece): string {
  const sources = operands.map((operand) => {
    if (operand.kind === "file") return operand.file;
    return operand.kind === "decoded" ? `a${at(decoded, operand.box).array}` : "";
  });
  return `${sources}/${runs.map(({ program }) => program)}`;
}

/** Where a loop writes a tile whose first point is element `first` of the output. */
function directResults(fields: readonly ResultField[], first: number, strides: readonly number[]): Fields {
  return fields.map(({ dtype, address }) => ({ dtype, offset: address + first * factsOf(dtype).bytes, strides }));
}

/** Allocates what a run needs for tiles of these counts; `strides` are in the tiling's order of dimensions. */
function prepare(
  run: ProgramRun,
  strides: readonly number[],
  destination: Destination,
  tile: readonly number[],
  { job }: Resources,
  scratch: Scratch,
): PreparedRun {
  const { operands, first } = run;
  const program = at(job.programs, run.program);
  const { folding, dtypes, addresses } = destination;
  if (program.kind === "fold") {
    if (folding === null) throw new InternalError("internal error: a fold into an output that has no state");
    folding.prepare(tile, strides);
    return { kind: "fold", operands, first, strides, program, folding };
  }
  const { loop } = program;
  if (addresses !== null) {
    const fields = dtypes.map((dtype, field) => ({ dtype, address: at(addresses, field) }));
    return { kind: "direct", operands, first, strides, loop, fields };
  }
  const fields = dtypes.map((dtype) => ({ dtype, address: scratch.take(sizeOf(tile) * factsOf(dtype).bytes) }));
  return { kind: "buffered", operands, first, strides, loop, fields, destination };
}

/** Loads tiles of a piece straight to the place that its run would copy them to; null if the run does not only copy. */
function copyingLoader(run: PreparedRun, readers: readonly TileReader[]): LoadTile | null {
  if (run.kind !== "direct" || !isCopy(run.loop)) return null;
  const { strides, first } = run;
  const [field, second] = run.fields;
  const loadTo = readers[run.operands[0] ?? -1]?.loadTo;
  if (field === undefined || second !== undefined || loadTo === undefined) return null;
  const { bytes } = factsOf(field.dtype);
  return (origin, counts) =>
    loadTo(origin, counts, { offset: field.address + firstOf(first, strides, origin) * bytes, strides });
}

/** Tiles of at most this many points; fewer points if elements lie so scattered in a file that a tile would not fit. */
function fittingTiles(piece: Piece, points: number, decoded: readonly Decoded[], resources: Resources): Tiling {
  const tiling = tilesOf(piece, points);
  const fits = piece.operands.every(
    (operand) => tileBytes(operand, tiling.order, tiling.counts, resources, decoded) <= largestTileBytes(operand),
  );
  return fits || points <= 1 ? tiling : fittingTiles(piece, points / 4, decoded, resources);
}

/**
 * What working-memory.ts and the plan count for a tile. A box that is left in its file takes less than if it were
 * decoded.
 */
const largestTileBytes = ({ kind }: PieceOperand): number => (kind === "file" ? LARGEST_TILE_BYTES : 2 * TILE_BYTES);
