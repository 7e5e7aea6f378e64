/** The plan of an array that is written: its paths, where it goes, and which file each of its parts becomes. */
import { basename, join } from "node:path";
import { blockAt, type Chunks, cut, gridOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { zip } from "../../data/lists.js";
import type { OwnHierarchyNode } from "./hierarchy.js";
import { chunkKey, fileShape } from "./metadata.js";
import type { Placement } from "./placing.js";
import { workspaceOf, type ZarrWriteParams } from "./writing.js";

/** The paths of an array that is to be written. */
export interface ZarrTarget {
  /** The path as the user gave it, for messages. */
  readonly name: string;
  /** The whole path, links followed. */
  readonly path: string;
  /** The folder, which exists, in which the staging folder is made. */
  readonly folder: string;
  /** The folders of the groups around it, inside the store. */
  readonly levels: readonly string[];
}

/** The facts that every plan has. */
interface Planned {
  readonly target: ZarrTarget;
  readonly placement: Placement;
  /** Whether files are made for parts with nothing but the fill value. */
  readonly writeEmpty: boolean;
  /** Identifies what is written, so that an earlier run of the same can be resumed; absent if none is to be resumed. */
  readonly key?: string;
}

/** A new array, in the place of a former one or where there is none. */
export interface NewArrayPlan extends Planned {
  readonly mode: "create" | "overwrite";
  /** The metadata: texts by the names of their files. */
  readonly documents: ReadonlyMap<string, string>;
  readonly former?: OwnHierarchyNode;
}

/** More of an array that exists, or other elements in a region of it. */
export interface ExtensionPlan extends Planned {
  readonly mode: "append" | "region";
  readonly former: OwnHierarchyNode;
  /** With an edge: the array as it is, and what differs when its files at the edge do. */
  readonly atEdge?: { readonly array: EncodedArray; readonly stamp: string };
}

/** The plan of an array that is written. */
export type WritePlan = NewArrayPlan | ExtensionPlan;

/** What workers write to. */
export function plannedArray(plan: WritePlan, staging: string): EncodedArray {
  const { target, placement, writeEmpty } = plan;
  const { metadata, shape, first, edge } = placement;
  const now = "atEdge" in plan ? plan.atEdge?.array : undefined;
  const params: ZarrWriteParams = {
    metadata,
    target: target.name,
    staging,
    first,
    writeEmpty,
    ...(edge === undefined || now === undefined ? {} : { edge: { ...edge, array: now } }),
  };
  return {
    format: "zarr",
    path: target.name,
    version: basename(staging),
    dtype: metadata.dtype,
    shape,
    grid: gridOfFiles(placement),
    order: "C",
    workspace: workspaceOf(params),
    storedBytes: factsOf(metadata.dtype).bytes,
    params,
  };
}

/** The parts of what is written, each of which is one file; along an edge, the first ones complete those there. */
export function gridOfFiles({ metadata, shape, edge }: Placement): Chunks {
  return zip(shape, fileShape(metadata)).map(([length, side], axis) => {
    if (axis !== edge?.axis) return cut(length, side);
    const rest = side - edge.filled;
    return length <= rest ? [length] : [rest, ...cut(length - rest, side)];
  });
}

/** The file of a part below a folder. */
export function fileOfPart({ placement }: Pick<WritePlan, "placement">, folder: string, part: number): string {
  const { metadata, first } = placement;
  const block = blockAt(gridOf(gridOfFiles(placement)), part);
  const index = zip(block, first).map(([number, begin]) => number + begin);
  return join(folder, chunkKey(metadata.keys, index));
}
