/**
 * Groups with everything about their tasks but the block: the locations of leaves, the numbers of programs and routines
 * in the job, and which blocks have a task.
 */
import { countChunks } from "../data/chunks.js";
import { mapNonEmpty, type NonEmpty } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { type Loop, loopsOf } from "../program/loop.js";
import { BlockTasks } from "./block-tasks.js";
import { BoxIndex } from "./box-index.js";
import { type Group, type GroupPiece, groupNodes, ownPiece } from "./group.js";
import type { Locations } from "./locations.js";
import { locatedLeaf, type ReadyPiece } from "./materialization.js";
import { gridOfNode, leavesBelow, type PlannedNode, type PlannedPiece, planNode } from "./node.js";
import { isStored } from "./source.js";
import type { Job } from "./task.js";

/** A node of a group. */
export interface PlannedMember {
  readonly node: PlannedNode;
  /** True when its blocks go to a file, but must be put together first. */
  readonly staged: boolean;
  /** The number of the program that folds into its blocks; null when they are stored element by element. */
  readonly fold: number | null;
}

/** A group with everything about its tasks but the block. */
export interface PlannedGroup {
  readonly group: Group;
  readonly members: NonEmpty<PlannedMember>;
  readonly ready: BoxIndex<ReadyPiece>;
  /** For a routine, the pieces that gather each input. */
  readonly gathers: readonly BoxIndex<ReadyPiece>[];
  /** The number of the routine in the job, and whether a native library does it. */
  readonly routine: { readonly number: number; readonly native: boolean } | null;
  /** The number of blocks along each dimension. */
  readonly grid: readonly number[];
  /** The tasks of the blocks that are needed. */
  readonly tasks: BlockTasks;
}

/** Collects what goes into a job as groups are planned: programs and routines, each program once. */
export class JobBuilder {
  readonly programs: Job["programs"][number][] = [];
  readonly routines: Job["routines"][number][] = [];
  readonly #numbers = new Map<string, number>();
  readonly #loops = new Map<string, number>();
  /** What was asked for before: the pieces of a node share programs. */
  readonly #known = new Map<PlannedPiece["program"], number>();

  /** The number of a program. */
  program(program: PlannedPiece["program"]): number {
    const known = this.#known.get(program);
    if (known !== undefined) return known;
    const key =
      program.kind === "map"
        ? program.loop.key
        : `${loopsOf(program).map((loop) => this.#loop(loop))};${program.finish && this.#loop(program.finish)}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.programs.push(program) - 1;
      this.#numbers.set(key, number);
    }
    this.#known.set(program, number);
    return number;
  }

  /** The number of a loop: the keys of loops are long, and programs have loops in common. */
  #loop({ key }: Loop): number {
    const number = this.#loops.get(key) ?? this.#loops.size;
    this.#loops.set(key, number);
    return number;
  }

  /** The number of a routine. */
  routine(routine: Job["routines"][number]): number {
    return this.routines.push(routine) - 1;
  }
}

/** Plans of all stored nodes below the outputs, inputs first. */
function planNodes(outputs: Iterable<Expr>, stored: (expr: Expr) => boolean): PlannedNode[] {
  const seen = new Set<Expr>();
  const result: PlannedNode[] = [];
  const stack: (Expr | PlannedNode)[] = [...outputs].reverse();
  // a plan comes back on top of the stack when all that it needs is planned
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if ("expr" in top) {
      result.push(top);
      continue;
    }
    if (seen.has(top)) continue;
    seen.add(top);
    const node = planNode(top, stored);
    stack.push(node);
    for (const { expr } of leavesBelow(node)) if (isStored(expr)) stack.push(expr);
  }
  return result;
}

/** True when a block may be made of several pieces, which would be written to a file in small stretches. */
function isScattered(pieces: readonly ReadyPiece[]): boolean {
  if (pieces.length > 1) return true;
  return pieces.some(({ leaves }) => leaves.some(({ grid }) => countChunks(grid ?? []) > 1));
}

/** Plans all that the outputs need, inputs first. `stored` says which maps are kept. */
export function planGroups(
  outputs: Iterable<Expr>,
  stored: (expr: Expr) => boolean,
  locations: Locations,
  job: JobBuilder,
  nativeRoutines: ReadonlySet<string>,
): PlannedGroup[] {
  const ready = ({ box, leaves, runs }: GroupPiece): ReadyPiece => ({
    box,
    leaves: leaves.map((leaf) => locatedLeaf(leaf, locations.leaf(leaf.expr), box.length)),
    runs: runs.map((run) => ({ ...run, number: job.program(run.program) })),
  });
  return groupNodes(planNodes(outputs, stored)).map((group): PlannedGroup => {
    const [first] = group.members;
    const { op, params } = first.expr;
    const grid = gridOfNode(first);
    const gathers = first.gathers.map((pieces) => new BoxIndex(pieces.map((piece) => ready(ownPiece(piece)))));
    const pieces = new BoxIndex(group.pieces.map(ready));
    const scattered = isScattered(pieces.items);
    const routine = op.work.kind === "routine" ? op.work.routine(params) : null;
    return {
      group,
      members: mapNonEmpty(group.members, (node, member) => ({
        node,
        staged: locations.isEncoded(node.expr) || (locations.inFile(node.expr) && scattered),
        fold: foldOf(pieces.items, member),
      })),
      ready: pieces,
      gathers,
      routine: routine && {
        number: job.routine(routine),
        native: routine.kind === "kernel" && nativeRoutines.has(routine.name),
      },
      grid,
      tasks: new BlockTasks(sizeOf(grid)),
    };
  });
}

/** The number of the program that folds into a member's blocks. */
function foldOf([piece]: readonly ReadyPiece[], member: number): number | null {
  const run = piece?.runs.find((candidate) => candidate.member === member);
  return run?.program.kind === "fold" ? run.number : null;
}
