/**
 * The loop nest of a kernel. All loops except the innermost only move addresses. The innermost has one of four forms
 * (see `Form` in iteration-shape.ts):
 *
 *     each     x0 x1 x2 x3 …                    rows     x0 x1 x2 x3 …  ┐
 *              │  │  │  │                                y0 y1 y2 y3 …  ├ 4 rows a pass, merged in order into results
 *              r0 r1 r2 r3 …                             z0 z1 z2 z3 …  │ that are loaded and stored once a pass
 *                                                        w0 w1 w2 w3 …  ┘
 *     total    x0 x4 x8 … → a0 ┐
 *              x1 x5 x9 … → a1 ├ → lane by lane → r       general  point by point, results in memory
 *              x2 x6 …    → a2 │
 *              x3 x7 …    → a3 ┘  (a0 … a3 start as x0 … x3: the merge's zero is unknown)
 *
 * Each row is walked in strides of several vectors, then of one, then of one element. Invariant: the order in which
 * elements are merged depends on the iteration shape alone, never on their values.
 */

import type { Local } from "../../assembler/code.js";
import { at } from "../../data/lists.js";
import { Body } from "./body.js";
import type { Frame } from "./frame.js";
import type { Address, Lanes } from "./lanes.js";
import { Rows } from "./row.js";
import { scalarLanes } from "./scalar-lanes.js";
import type { Unroll } from "./unroll.js";

/** One state of a fold: a local for each result. */
type State = readonly Local[];

/** Writes the loops of one kernel. */
export class Nest {
  readonly #frame: Frame;
  /** The lanes of the bulk of a row; the rest of it always uses scalar lanes. */
  readonly #lanes: Lanes;
  readonly #unroll: Unroll;
  readonly #rows: Rows;
  readonly #merge: Body;

  constructor(frame: Frame, lanes: Lanes, unroll: Unroll) {
    this.#frame = frame;
    this.#lanes = lanes;
    this.#unroll = unroll;
    this.#rows = new Rows(frame);
    const { body = [], values = [] } = frame.loop.merge ?? {};
    this.#merge = new Body(body, values, "m", () => ({ alongRow: false, acrossRows: false }), { merges: true });
  }

  /** Writes everything. */
  write(): void {
    const { code, left } = this.#frame;
    for (const lanes of new Set([this.#lanes, scalarLanes])) this.#merge.before(code, lanes, 0, () => left);
    this.#level(0);
  }

  // The outer loops ---------------------------------------------------------------------------------------------------

  #level(dimension: number): void {
    const { code, variant, counts } = this.#frame;
    if (dimension === variant.rank - 1) {
      if (variant.form === "total") this.#total();
      else this.#each(1);
      return;
    }
    const todo = code.local("i32", `todo.${dimension}`);
    code.get(at(counts, dimension)).set(todo);
    if (variant.form === "rows" && dimension === variant.rank - 2) {
      for (const rows of new Set([this.#unroll.rows, 1])) {
        code.repeat(todo, rows, () => {
          this.#rows.counted.startRows(dimension, todo, rows);
          this.#each(rows);
          this.#goOn(dimension, rows);
        });
      }
      return;
    }
    code.loop(() => {
      this.#rows.counted.startRows(dimension, todo, 1);
      this.#level(dimension + 1);
      this.#goOn(dimension, 1);
      code.get(todo).i32(1).op("i32.sub").tee(todo);
    });
  }

  /** Moves to the next row, or over several. */
  #goOn(dimension: number, rows: number): void {
    const { code, inputs, results, variant } = this.#frame;
    const resultsStay = variant.form === "rows" && dimension === variant.rank - 2;
    for (const { counted, start, moves } of resultsStay ? inputs : [...inputs, ...results]) {
      if (counted) continue;
      code.get(start, at(moves, dimension));
      if (rows > 1) code.i32(rows).op("i32.mul");
      code.op("i32.add").set(start);
    }
  }

  // Along a row -------------------------------------------------------------------------------------------------------

  #state(name: string, lanes: Lanes, suffix = ""): State {
    return this.#frame.loop.results.map(({ dtype }, k) => this.#rows.local(`${name}${k}${suffix}`, dtype, lanes));
  }

  #load(state: State, lanes: Lanes, address: (result: number) => Address): void {
    const { code, loop } = this.#frame;
    for (const [k, { dtype }] of loop.results.entries()) {
      lanes.load(code, dtype, address(k));
      code.set(at(state, k));
    }
  }

  #store(state: State, lanes: Lanes, address: (result: number) => Address): void {
    const { code, loop } = this.#frame;
    for (const [k, { dtype }] of loop.results.entries()) lanes.store(code, dtype, address(k), at(state, k));
  }

  /** The locals of the values of some instructions. */
  #results(values: readonly number[], of: readonly Local[]): State {
    return values.map((value) => at(of, value));
  }

  /** state = merge(state, values) */
  #mergeInto(state: State, values: State, lanes: Lanes): void {
    const both = [...state, ...values];
    const all = this.#merge.atPoint(this.#frame.code, lanes, 0, (input) => at(both, input));
    this.#copy(this.#results(this.#merge.results, all), state);
  }

  /** Copies locals; all are read before one is set. */
  #copy(from: State, to: State): void {
    this.#frame.code.get(...from);
    for (const local of [...to].reverse()) this.#frame.code.set(local);
  }

  #each(rows: number): void {
    const { code, left } = this.#frame;
    this.#rows.start(rows);
    const walk = (lanes: Lanes, sizes: ReadonlySet<number>): void => {
      code.atLeast(left, lanes.width).if(() => {
        this.#rows.before(lanes, rows);
        for (const parts of sizes) {
          this.#rows.counted.startWalk(lanes);
          const step = (): void => this.#eachStep(lanes, rows, parts);
          if (sizes.size === 1) code.repeatOnce(left, lanes.width, step);
          else code.repeat(left, parts * lanes.width, step);
        }
      });
    };
    walk(this.#lanes, new Set([this.#unroll.parts, 1]));
    if (this.#lanes.width > 1) walk(scalarLanes, new Set([1]));
  }

  #eachStep(lanes: Lanes, rows: number, parts: number): void {
    const { loop, results } = this.#frame;
    for (let part = 0; part < parts; part++) {
      const address = (result: number): Address => this.#rows.address(at(results, result), 0, lanes, part);
      let state = this.#state("s", lanes);
      const first = this.#rows.values(lanes, 0, part);
      if (loop.merge) {
        this.#load(state, lanes, address);
        this.#mergeInto(state, this.#results(loop.values, first), lanes);
        for (let row = 1; row < rows; row++) {
          this.#mergeInto(state, this.#results(loop.values, this.#rows.values(lanes, row, part, first)), lanes);
        }
      } else {
        state = this.#results(loop.values, first);
      }
      this.#store(state, lanes, address);
      this.#rows.afterPart(lanes, rows);
    }
    this.#rows.afterParts(lanes, rows, parts);
  }

  #total(): void {
    const { code, left, results } = this.#frame;
    const lanes = this.#lanes;
    this.#rows.start(1);
    const state = this.#state("s", scalarLanes);
    const address = (result: number): Address => {
      return { pointer: at(results, result).start, stride: undefined, offset: 0 };
    };
    this.#load(state, scalarLanes, address);
    code.atLeast(left, this.#unroll.parts * lanes.width).if(() => this.#totalBulk(lanes, state));
    code.get(left).if(() => {
      this.#rows.before(scalarLanes, 1);
      this.#rows.counted.startWalk(scalarLanes);
      code.repeatOnce(left, 1, () => this.#totalStep(scalarLanes, [state], false));
    });
    this.#store(state, scalarLanes, address);
  }

  /** Merges most of a row into several accumulators, those into the first, and its lanes one by one into the state. */
  #totalBulk(lanes: Lanes, state: State): void {
    const { code, loop, left } = this.#frame;
    const { parts } = this.#unroll;
    const accumulators = Array.from({ length: parts }, (_, part) => this.#state("a", lanes, `.${part}`));
    this.#rows.before(lanes, 1);
    this.#rows.counted.startWalk(lanes);
    this.#totalStep(lanes, accumulators, true);
    code
      .get(left)
      .i32(parts * lanes.width)
      .op("i32.sub")
      .set(left);
    for (const some of parts > 1 ? [accumulators, accumulators.slice(0, 1)] : [accumulators]) {
      this.#rows.counted.startWalk(lanes);
      code.repeat(left, some.length * lanes.width, () => this.#totalStep(lanes, some, false));
    }
    // Neighbours first, then neighbours of neighbours.
    for (let gap = 1; gap < parts; gap *= 2) {
      for (let part = 0; part + gap < parts; part += 2 * gap) {
        this.#mergeInto(at(accumulators, part), at(accumulators, part + gap), lanes);
      }
    }
    const taken = this.#state("lane", scalarLanes);
    for (let lane = 0; lane < lanes.width; lane++) {
      for (const [k, { dtype }] of loop.results.entries()) {
        lanes.extract(code, dtype, at(at(accumulators, 0), k), lane);
        code.set(at(taken, k));
      }
      this.#mergeInto(state, taken, scalarLanes);
    }
  }

  /** One iteration, merging into accumulators in turn. */
  #totalStep(lanes: Lanes, accumulators: readonly State[], first: boolean): void {
    for (const [part, accumulator] of accumulators.entries()) {
      const values = this.#results(this.#frame.loop.values, this.#rows.values(lanes, 0, part));
      if (first) this.#copy(values, accumulator);
      else this.#mergeInto(accumulator, values, lanes);
      this.#rows.afterPart(lanes, 1);
    }
    this.#rows.afterParts(lanes, 1, accumulators.length);
  }
}
