/**
 * Tasks as plain data: what a worker gets, and the table that the scheduler steers by. Nothing here knows an operation.
 *
 * A task computes one block of one or more stored arrays. Its points are cut into **pieces**: boxes in which every
 * operand is one strided array (a chunk in shared memory, a part of a file, or a counter), so a piece is a plain loop
 * nest.
 *
 *     task ── pieces ── decoded    (boxes of files that must be decoded first)
 *          │        ├── operands   (where the numbers come from)
 *          │        └── runs       (which program, into which output, at which place)
 *          └─ outputs              (where the results go: shared memory or a file)
 */
import type { Adjacency } from "../data/adjacency.js";
import type { DType } from "../data/dtype.js";
import type { EncodedArray } from "../data/encoded.js";
import type { StridedFile } from "../data/layout.js";
import type { Box, View } from "../data/region.js";
import type { FoldProgram, MapProgram } from "../program/loop.js";
import type { RoutineSpec } from "../program/routines/spec.js";

/**
 * The bytes that an operand of a running loop has in a worker's memory at a time. Small enough for the cache of a core,
 * and large enough for the system to read it with few calls: see docs/design/0005.
 */
export const TILE_BYTES = 2 ** 20;

/** The most bytes of a tile that is scattered in a file and read together with the gaps. */
export const LARGEST_TILE_BYTES = 4 * TILE_BYTES;

/** Where a block in memory is: a shared buffer and a byte address in it. */
export interface ChunkLocation {
  readonly buffer: number;
  readonly offset: number;
}

/** Where an operand's elements are. Strides are in elements, one per dimension of the piece. */
export type PieceOperand =
  | { readonly kind: "file"; readonly file: number; readonly first: number; readonly strides: readonly number[] }
  | {
      readonly kind: "memory";
      /** Number of the shared buffer. */
      readonly buffer: number;
      /** Byte address of each field's first element. */
      readonly offsets: readonly number[];
      readonly dtypes: readonly DType[];
      readonly first: number;
      readonly strides: readonly number[];
    }
  /** In one of the piece's decoded boxes. */
  | {
      readonly kind: "decoded";
      readonly box: number;
      /**
       * Which index of the decoded box each point has; `first` and `strides` say the same of the box as it is decoded.
       */
      readonly view: View;
      readonly first: number;
      readonly strides: readonly number[];
    }
  | { readonly kind: "counted"; readonly first: number; readonly strides: readonly number[] };

/** A box of an encoded array, by the array's number in the job; it lies in one part of the array's grid. */
export interface EncodedBox {
  readonly array: number;
  readonly box: Box;
}

/** One program run over the points of a piece. */
export interface ProgramRun {
  readonly output: number;
  /** Number of the program in the job. */
  readonly program: number;
  /** The piece's operands that are the program's operands 0, 1, … */
  readonly operands: readonly number[];
  /** Where the piece's first point lies in the output's block, in elements, and how each dimension moves there. */
  readonly first: number;
  readonly strides: readonly number[];
}

/** A box of points in which every operand is strided. */
export interface Piece {
  readonly counts: readonly number[];
  /** What must be decoded before its operands can be loaded. */
  readonly decoded?: readonly EncodedBox[];
  readonly operands: readonly PieceOperand[];
  readonly runs: readonly ProgramRun[];
}

/** Where a finished block goes. Blocks in memory are C-contiguous, one array per field. */
export type OutputLocation =
  | { readonly kind: "memory"; readonly buffer: number; readonly offsets: readonly number[] }
  | { readonly kind: "file"; readonly file: number; readonly first: number; readonly strides: readonly number[] }
  /** The whole block is one part of the array's grid. */
  | { readonly kind: "encoded"; readonly box: EncodedBox };

/** One block that a task makes. */
export interface Output {
  readonly shape: readonly number[];
  /** The dtypes of its fields. */
  readonly dtypes: readonly DType[];
  readonly location: OutputLocation;
  /** The number of the program that folds into it (of any piece); null when it is stored element by element. */
  readonly fold: number | null;
  /**
   * True when the block is put together in the worker's memory before it is written: its pieces are scattered in the
   * file.
   */
  readonly staged: boolean;
}

/** An input of a routine: a block gathered from pieces into one contiguous array. */
export interface Gathered {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly pieces: readonly Piece[];
}

/** One call of a routine; later steps add to what earlier ones left in the output. */
export interface RoutineStep {
  readonly inputs: readonly Gathered[];
}

/** The part of a task that calls a routine. */
export interface RoutineTask {
  /** Number of the routine in the job. */
  readonly routine: number;
  /** The index of the block, for user functions and messages. */
  readonly block: readonly number[];
  /** Where the block begins in the whole array. */
  readonly start: readonly number[];
  readonly steps: readonly RoutineStep[];
  /** How many rows of the block belong to each output of the kernel, where it has several. */
  readonly rows?: readonly number[];
}

/** A task: pieces of loops, or the steps of a routine. */
export interface Task {
  readonly id: number;
  readonly outputs: readonly Output[];
  readonly pieces: readonly Piece[];
  readonly routine?: RoutineTask;
}

/** What all tasks of one computation share; sent to each worker once. */
export interface Job {
  readonly programs: readonly (MapProgram | FoldProgram)[];
  readonly routines: readonly RoutineSpec[];
  readonly files: readonly StridedFile[];
  /** Arrays that are decoded or encoded, by number. */
  readonly arrays: readonly EncodedArray[];
  /** The name of the backend. */
  readonly backend: string;
  /** The bytes of blocks that users' functions were given and that a worker may leave unused. Default: 64 MiB. */
  readonly mostGarbage?: number;
}

/** What the scheduler needs to know about a graph, in flat arrays: some tens of bytes per task. */
export interface TaskTable {
  readonly tasks: number;
  readonly chunks: number;
  /** Task → the chunks it reads (each once). */
  readonly reads: Adjacency;
  /** Task → the chunks it makes. */
  readonly makes: Adjacency;
  /** Chunk → its bytes in memory; 0 for a chunk that is written to a file. */
  readonly bytes: Float64Array;
  /** Task → the bytes it needs besides its inputs and outputs. */
  readonly scratch: Float64Array;
  /** The tasks in the order in which one worker would run them: inputs always before their readers. */
  readonly order: Uint32Array;
  /** Chunk → 1 where the chunk is a result that is delivered to the caller and freed when the caller has taken it. */
  readonly delivered: Uint8Array;
}
