/**
 * The sources of a virtual dataset, and how much of it each of them fills.
 *
 *     a selection of the source ──▶ a selection of the same number of elements in the dataset
 *
 * Both have their elements in C order. Selections without an end are as long as their sources; where a source with an
 * end is mapped onto one without, its name contains `%b`, which becomes 0, 1, 2 … for as many sources as exist.
 * A source that is not there leaves the fill value.
 */
import { FormatError } from "../../data/errors.js";
import { at, zip } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { StoredArray } from "../format.js";
import type { Mapping } from "../hdf5-virtual/params.js";
import { countBelow, firstOfRun, lengthOf, type Run, slicePositions, stopOf, wholeRun } from "../hdf5-virtual/runs.js";
import { type Selection, type StoredMapping, sourceName } from "./virtual-layout.js";

/** Opens a source by the file and the dataset that a mapping names; undefined if it is not there. */
export type OpenSource = (file: string, dataset: string) => Promise<StoredArray | undefined>;

/** A virtual dataset, as its sources make it. */
export interface Resolved {
  readonly shape: readonly number[];
  readonly sources: readonly StoredArray[];
  readonly mappings: readonly Mapping[];
}

/** Indices along each axis. */
type Axes = readonly (readonly Run[])[];

/** A mapping both of whose selections have an end. */
interface Bounded {
  readonly file: string;
  readonly dataset: string;
  readonly origin: Selection;
  readonly target: Axes;
}

/** More sources of one name with `%b` are a mistake, as are more pieces of a mapping that changes the shape. */
const MOST_SOURCES = 2 ** 20;

/** Finds the sources of a dataset. `path` and `name` are for messages. */
export class VirtualResolver {
  readonly #path: string;
  readonly #name: string;
  readonly #open: OpenSource;
  /** The numbers of the sources by their names; undefined for those that are not there. */
  readonly #known = new Map<string, number | undefined>();
  readonly #sources: StoredArray[] = [];

  constructor(path: string, name: string, open: OpenSource) {
    this.#path = path;
    this.#name = name;
    this.#open = open;
  }

  /**
   * Opens all sources.
   *
   * @param stored the shape that the file says, which selections without an end may change
   * @throws FormatError where a selection is not inside its source, or two do not fit; whatever opening throws
   */
  async resolve(stored: readonly number[], mappings: readonly StoredMapping[]): Promise<Resolved> {
    const bounded: Bounded[] = [];
    for (const mapping of mappings) for (const part of await this.#bounded(stored, mapping)) bounded.push(part);
    const endless = new Set(mappings.map(({ target }) => endlessAxis(target)));
    const shape = stored.map((length, axis) => {
      return endless.has(axis)
        ? bounded.reduce((most, { target }) => Math.max(most, stopOf(at(target, axis))), 0)
        : length;
    });
    const found: Mapping[] = [];
    for (const mapping of bounded) {
      if (!zip(mapping.target, shape).every(([runs, length]) => stopOf(runs) <= length)) {
        throw this.#refuse(`maps ${mapping.dataset} of ${mapping.file} to elements that it does not have`);
      }
      const source = await this.#source(mapping.file, mapping.dataset);
      if (source !== undefined) for (const part of this.#mapped(mapping, source)) found.push(part);
    }
    return { shape, sources: this.#sources, mappings: found };
  }

  /** The parts of a mapping that have an end; none where the source is not there, and would give the end. */
  async #bounded(
    stored: readonly number[],
    { file, dataset, origin, target: given }: StoredMapping,
  ): Promise<Bounded[]> {
    const target = given === "all" ? stored.map((length) => [wholeRun(length)]) : given;
    if (target.length !== stored.length) throw this.#refuse(`maps ${dataset} of ${file} to ${target.length} axes`);
    const [axis, from] = [endlessAxis(target), endlessAxis(origin)];
    if (axis < 0) return [{ file: sourceName(file), dataset: sourceName(dataset), origin, target }];
    const [run] = at(target, axis);
    if (run === undefined) throw this.#refuse(`maps ${dataset} of ${file} to nothing`);
    if (origin !== "all" && from >= 0) {
      const source = await this.#source(sourceName(file), sourceName(dataset));
      const length = source === undefined ? undefined : shapeOf(at(this.#sources, source))[from];
      if (length === undefined) return [];
      const count = countBelow(at(origin, from), length);
      const ended = (axes: Axes, which: number) =>
        axes.with(
          which,
          at(axes, which).flatMap((one) => firstOfRun(one, count)),
        );
      const both = { origin: ended(origin, from), target: ended(target, axis) };
      return [{ file: sourceName(file), dataset: sourceName(dataset), ...both }];
    }
    if (
      !(
        Number.isFinite(run.block) &&
        (sourceName(file, 0) !== sourceName(file, 1) || sourceName(dataset, 0) !== sourceName(dataset, 1))
      )
    ) {
      throw this.#refuse(`maps ${dataset} of ${file} to elements without an end, and its name has no %b`);
    }
    const found: Bounded[] = [];
    for (let number = 0; number < MOST_SOURCES; number++) {
      const [one, other] = [sourceName(file, number), sourceName(dataset, number)];
      if ((await this.#source(one, other)) === undefined) return found;
      const block = { start: run.start + number * run.stride, stride: 1, count: run.block, block: 1 };
      found.push({ file: one, dataset: other, origin, target: target.with(axis, [block]) });
    }
    throw this.#refuse(`has more than ${MOST_SOURCES} sources ${file}`);
  }

  /** The number of a source. */
  async #source(file: string, dataset: string): Promise<number | undefined> {
    const key = `${file}\0${dataset}`;
    if (!this.#known.has(key)) {
      const source = await this.#open(file, dataset);
      this.#known.set(key, source === undefined ? undefined : this.#sources.push(source) - 1);
    }
    return this.#known.get(key);
  }

  /** A mapping with its axes; several where the selections have different shapes. */
  #mapped({ file, dataset, origin: given, target }: Bounded, source: number): Mapping[] {
    const shape = shapeOf(at(this.#sources, source));
    const origin = given === "all" ? shape.map((length) => [wholeRun(length)]) : given;
    const refuse = (why: string) => this.#refuse(`takes elements of ${dataset} in ${file}, ${why}`);
    if (origin.length !== shape.length) throw refuse(`which has ${shape.length} axes, along ${origin.length}`);
    if (!zip(origin, shape).every(([runs, length]) => stopOf(runs) <= length)) {
      throw refuse(`which has only the shape (${shape.join(", ")}), from outside of it`);
    }
    const [from, to] = [origin, target].map((axes) => sizeOf(axes.map(lengthOf)));
    if (from !== to) throw refuse(`${from} of them for ${to} of its own`);
    if (from === 0) return [];
    const found = alike(origin, target);
    if (found !== undefined) return found.map((mapping) => ({ source, ...mapping }));
    const shapes = [origin, target].map((axes) => `(${axes.map(lengthOf).join(", ")})`);
    throw refuse(`of the shape ${shapes.join(", for elements of its own of the shape ")}`);
  }

  #refuse(what: string): FormatError {
    return new FormatError(`${this.#path}: the virtual dataset ${this.#name} ${what}`, { path: this.#path });
  }
}

/** The shape of a source. */
function shapeOf(source: StoredArray): readonly number[] {
  return source.kind === "encoded" ? source.array.shape : source.file.shape;
}

/** The axis along which a selection has no end; -1 if it has one along each. */
export function endlessAxis(selection: Selection): number {
  return selection === "all" ? -1 : selection.findIndex((runs) => !Number.isFinite(lengthOf(runs)));
}

/**
 * The axes of two selections that belong together: those with more than one index, in their order. Where the shapes
 * differ, both are cut along the first axis as often as its lengths have in common, for then the parts may be alike.
 * Undefined if they are not.
 */
function alike(origin: Axes, target: Axes, most = MOST_SOURCES): Omit<Mapping, "source">[] | undefined {
  const long = (axes: Axes) => axes.flatMap((runs, axis) => (lengthOf(runs) > 1 ? [axis] : []));
  const [from, to] = [long(origin), long(target)];
  const lengths = [from.map((axis) => lengthOf(at(origin, axis))), to.map((axis) => lengthOf(at(target, axis)))];
  const [ours, theirs] = lengths;
  if (String(ours) === String(theirs)) {
    const axes = target.map((_, axis) => from[to.indexOf(axis)] ?? -1);
    return [{ origin, target, axes }];
  }
  const parts = commonDivisor(ours?.[0] ?? 1, theirs?.[0] ?? 1);
  if (parts === 1 || parts > most) return undefined;
  const part = (axes: Axes, axis: number, number: number): Axes => {
    const runs = at(axes, axis);
    const length = lengthOf(runs) / parts;
    return axes.with(axis, slicePositions(runs, { start: number * length, stop: (number + 1) * length }));
  };
  const found: Omit<Mapping, "source">[] = [];
  for (let number = 0; number < parts; number++) {
    const more = alike(part(origin, at(from, 0), number), part(target, at(to, 0), number), most / parts);
    if (more === undefined) return undefined;
    found.push(...more);
  }
  return found;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
