/**
 * Where in an existing array a new part goes: after its end, or onto a region. Files are written whole: a region must
 * begin and end where files do; what is appended may begin inside of files, which are then written anew.
 */
import { factsOf } from "../../data/dtype.js";
import { ArgumentError, AxisError, ChunksError, DTypeError, OutOfBoundsError, ShapeError } from "../../data/errors.js";
import { at, zip } from "../../data/lists.js";
import type { WrittenArray } from "./description.js";
import { type ArrayMetadata, fileShape } from "./metadata.js";
import type { Edge } from "./writing.js";

/** The part that is written, and where. */
export interface Placement {
  /** The array as it will be. */
  readonly metadata: ArrayMetadata;
  /** The shape of the part. */
  readonly shape: readonly number[];
  /** Per axis, the number of the part at which it begins. */
  readonly first: readonly number[];
  /** Absent where that part is new. */
  readonly edge?: Edge;
}

/** The place that the caller asks for. */
export interface PlacementRequest {
  readonly name: string;
  readonly axis?: number;
  readonly region?: readonly (readonly [start: number, stop: number] | null)[];
}

const operation = "saveZarr";

/** Places an array in an existing one. @throws DTypeError, ShapeError, AxisError, OutOfBoundsError, ChunksError */
export function placementIn(metadata: ArrayMetadata, array: WrittenArray, placing: PlacementRequest): Placement {
  const { name, region } = placing;
  if (array.dtype !== metadata.dtype) {
    throw new DTypeError(
      `${operation}: ${name} holds ${metadata.dtype}, and ${array.dtype} was given; convert it first`,
    );
  }
  if (array.shape.length !== metadata.shape.length) {
    const axes = (shape: readonly number[]): string => `(${shape.join(", ")})`;
    const has = `${name} has ${metadata.shape.length} axes ${axes(metadata.shape)}`;
    throw new ShapeError(`${operation}: ${has}, and ${array.shape.length} were given ${axes(array.shape)}`);
  }
  return region === undefined ? appended(metadata, array, placing) : replaced(metadata, array, region, name);
}

function appended(
  metadata: ArrayMetadata,
  array: WrittenArray,
  { name, axis: given = 0 }: PlacementRequest,
): Placement {
  const { shape } = metadata;
  const part = fileShape(metadata);
  const axis = given < 0 ? given + shape.length : given;
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new AxisError(`${operation}: axis ${given} is not one of the ${shape.length} axes of ${name}`);
  }
  const other = shape.findIndex((length, i) => i !== axis && length !== array.shape[i]);
  if (other >= 0) {
    const target = `${name} of (${shape.join(", ")})`;
    const problem = `(${array.shape.join(", ")}) cannot be appended along axis ${axis} to ${target}`;
    throw new ShapeError(`${operation}: ${problem}: axis ${other} differs`);
  }
  const [length, side, more] = [at(shape, axis), at(part, axis), at(array.shape, axis)];
  const grown = shape.with(axis, length + more);
  if (!Number.isSafeInteger((length + more) * factsOf(metadata.dtype).bytes)) {
    throw new ShapeError(`${operation}: axis ${axis} would have ${length + more} elements, more than can be counted`);
  }
  const first = shape.map((_, i) => (i === axis ? Math.floor(length / side) : 0));
  const placed = { metadata: { ...metadata, shape: grown }, shape: array.shape, first };
  const filled = length % side;
  return filled === 0 ? placed : { ...placed, edge: { axis, filled } };
}

const unit = ({ sharding }: ArrayMetadata): string => (sharding === undefined ? "chunk" : "shard");

function replaced(
  metadata: ArrayMetadata,
  array: WrittenArray,
  region: NonNullable<PlacementRequest["region"]>,
  name: string,
): Placement {
  const { shape } = metadata;
  const part = fileShape(metadata);
  if (!Array.isArray(region) || region.length !== shape.length) {
    throw new ArgumentError(
      `${operation}: the region must have [start, stop] or null for each of the ${shape.length} axes of ${name}`,
    );
  }
  const bounds = zip(region, shape).map(([range, length], axis) => {
    const [start, stop] = range ?? [0, length];
    if (Number.isInteger(start) && Number.isInteger(stop) && 0 <= start && start <= stop && stop <= length) {
      return { start, stop };
    }
    throw new OutOfBoundsError(
      `${operation}: the region [${start}, ${stop}] of axis ${axis} is not inside 0 to ${length} of ${name}`,
    );
  });
  const sides = bounds.map(({ start, stop }) => stop - start);
  if (sides.some((side, axis) => side !== array.shape[axis])) {
    throw new ShapeError(
      `${operation}: the region has the shape (${sides.join(", ")}), and (${array.shape.join(", ")}) was given`,
    );
  }
  const first = zip(zip(bounds, part), shape).map(([[{ start, stop }, side], length], axis) => {
    if (start % side === 0 && (stop % side === 0 || stop === length)) return start / side;
    const [low, high] = [Math.floor(start / side) * side, Math.min(Math.ceil(stop / side) * side, length)];
    const begins = `they begin at 0, ${side}, ${2 * side} … up to ${length}`;
    const parts = `along axis ${axis}, the parts of ${name} have ${side} elements, so ${begins}`;
    const given = `the region goes from ${start} to ${stop}, and ${low} to ${high} would be right`;
    throw new ChunksError(
      `${operation}: a region must begin and end where a ${unit(metadata)} does: ${parts}; ${given}`,
    );
  });
  return { metadata, shape: array.shape, first };
}
