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
import type { DType } from "../../data/dtype.js";
import { at, zip } from "../../data/lists.js";
import { Body } from "./body.js";
import type { Frame } from "./frame.js";
import type { Address, Lanes } from "./lanes.js";
import { Rows } from "./row.js";
import { scalarLanes } from "./scalar-lanes.js";
import type { Unroll } from "./unroll.js";
import { doubleLanes, type Separated, type SumPlace, SumWriter, type WideSum } from "./wide-sums.js";

/** One state of a fold: a local for each result that is merged. */
type State = readonly Local[];

/** Writes the loops of one kernel. */
export class Nest {
  readonly #frame: Frame;
  /** The lanes of the bulk of a row; the rest of it always uses scalar lanes. */
  readonly #lanes: Lanes;
  readonly #unroll: Unroll;
  readonly #rows: Rows;
  readonly #merge: Body;
  /** The results that are merged, by number; the others are sums. */
  readonly #merged: readonly number[];
  readonly #sums: readonly WideSum[];

  constructor(frame: Frame, lanes: Lanes, unroll: Unroll, separated: Separated | null) {
    this.#frame = frame;
    this.#lanes = lanes;
    this.#unroll = unroll;
    this.#rows = new Rows(frame);
    this.#merged = separated?.merged ?? [...frame.loop.results.keys()];
    this.#sums = separated?.sums ?? [];
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

  #dtype(result: number): DType {
    return at(this.#frame.loop.results, result).dtype;
  }

  #state(name: string, lanes: Lanes, suffix = ""): State {
    return this.#merged.map((k) => this.#rows.local(`${name}${k}${suffix}`, this.#dtype(k), lanes));
  }

  #load(state: State, lanes: Lanes, address: (result: number) => Address): void {
    const { code } = this.#frame;
    for (const [k, local] of zip(this.#merged, state)) {
      lanes.load(code, this.#dtype(k), address(k));
      code.set(local);
    }
  }

  #store(state: State, lanes: Lanes, address: (result: number) => Address): void {
    const { code } = this.#frame;
    for (const [k, local] of zip(this.#merged, state)) lanes.store(code, this.#dtype(k), address(k), local);
  }

  /** The values of the results that are merged. */
  #values(of: readonly Local[]): State {
    const { values } = this.#frame.loop;
    return this.#merged.map((k) => at(of, at(values, k)));
  }

  /** Keeps the numbers that one row or part adds to each sum. */
  #keep(of: readonly Local[], lanes: Lanes, row: number): void {
    const { code, loop } = this.#frame;
    for (const { result, from } of this.#sums) {
      code.get(at(of, at(loop.values, result))).set(this.#rows.local(`w${result}.${row}`, from, lanes));
    }
  }

  /** Adds the numbers that several rows or parts have kept. */
  #addKept(lanes: Lanes, rows: number, placeOf: (sum: WideSum, writer: SumWriter) => SumPlace): void {
    for (const sum of this.#sums) {
      const { result, from } = sum;
      const numbers = Array.from({ length: rows }, (_, row) => this.#rows.local(`w${result}.${row}`, from, lanes));
      const writer = new SumWriter(this.#frame.code, lanes, sum);
      writer.add(numbers, placeOf(sum, writer));
    }
  }

  /** The place of a sum in memory. */
  #inMemory(lanes: Lanes, { result, to }: WideSum, part: number): SumPlace {
    const { code, results } = this.#frame;
    const address = this.#rows.address(at(results, result), 0, lanes, part);
    if (lanes.width === 1) {
      return {
        load: (_, local) => {
          lanes.load(code, to, address);
          code.set(local);
        },
        store: (_, local) => lanes.store(code, to, address, local),
      };
    }
    const halfOf = (half: number): Address => {
      const { pointer, stride, offset } = address;
      if (half === 0 || stride === undefined) return { ...address, offset: offset + 16 * half };
      const beyond = code.local("i32", "beyond");
      code.get(pointer, stride).i32(1).op("i32.shl").op("i32.add").set(beyond);
      return { ...address, pointer: beyond };
    };
    return {
      load(half, local) {
        doubleLanes.load(code, to, halfOf(half));
        code.set(local);
      },
      store(half, local) {
        doubleLanes.store(code, to, halfOf(half), local);
      },
    };
  }

  /** The place of a sum in locals. */
  #inLocals(name: string, { result }: WideSum, writer: SumWriter): SumPlace {
    const { code } = this.#frame;
    const place = (half: number): Local => writer.local(`${name}${result}.${half}`);
    return {
      load: (half, local) => void code.get(place(half)).set(local),
      store: (half, local) => void code.get(local).set(place(half)),
    };
  }

  /** state = merge(state, values) */
  #mergeInto(state: State, values: State, lanes: Lanes): void {
    const both = [...state, ...values];
    const all = this.#merge.atPoint(this.#frame.code, lanes, 0, (input) => at(both, input));
    this.#copy(
      this.#merge.results.map((value) => at(all, value)),
      state,
    );
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
        this.#mergeInto(state, this.#values(first), lanes);
        this.#keep(first, lanes, 0);
        for (let row = 1; row < rows; row++) {
          const values = this.#rows.values(lanes, row, part, first);
          this.#mergeInto(state, this.#values(values), lanes);
          this.#keep(values, lanes, row);
        }
        this.#addKept(lanes, rows, (sum) => this.#inMemory(lanes, sum, part));
      } else {
        state = this.#values(first);
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
    for (const { result, to } of this.#sums) {
      scalarLanes.load(code, to, address(result));
      code.set(this.#totalOf(result, to));
    }
    code.atLeast(left, this.#unroll.parts * lanes.width).if(() => this.#totalBulk(lanes, state));
    code.get(left).if(() => {
      this.#rows.before(scalarLanes, 1);
      this.#rows.counted.startWalk(scalarLanes);
      code.repeatOnce(left, 1, () => this.#totalStep(scalarLanes, [state], false));
    });
    this.#store(state, scalarLanes, address);
    for (const { result, to } of this.#sums) scalarLanes.store(code, to, address(result), this.#totalOf(result, to));
  }

  /** The scalar of a sum over a row. */
  #totalOf(result: number, to: DType): Local {
    return this.#rows.local(`t${result}.0`, to, scalarLanes);
  }

  /** Merges most of a row into several accumulators, those into the first, and its lanes one by one into the state. */
  #totalBulk(lanes: Lanes, state: State): void {
    const { code, left } = this.#frame;
    const { parts } = this.#unroll;
    const accumulators = Array.from({ length: parts }, (_, part) => this.#state("a", lanes, `.${part}`));
    this.#rows.before(lanes, 1);
    this.#rows.counted.startWalk(lanes);
    for (const sum of this.#sums) {
      const writer = new SumWriter(code, lanes, sum);
      for (const half of [0, 1]) {
        doubleLanes.constant(code, sum.to, [0]);
        code.set(writer.local(`b${sum.result}.${half}`));
      }
    }
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
      for (const [k, result] of this.#merged.entries()) {
        lanes.extract(code, this.#dtype(result), at(at(accumulators, 0), k), lane);
        code.set(at(taken, k));
      }
      this.#mergeInto(state, taken, scalarLanes);
    }
    for (const sum of this.#sums) {
      const { result, to } = sum;
      const writer = new SumWriter(code, lanes, sum);
      for (const half of [0, 1]) {
        for (const lane of [0, 1]) {
          code.get(this.#totalOf(result, to));
          doubleLanes.extract(code, to, writer.local(`b${result}.${half}`), lane);
          code.op(to === "float64" ? "f64.add" : "i64.add").set(this.#totalOf(result, to));
        }
      }
    }
  }

  /** One iteration, merging into accumulators in turn. */
  #totalStep(lanes: Lanes, accumulators: readonly State[], first: boolean): void {
    for (const [part, accumulator] of accumulators.entries()) {
      const all = this.#rows.values(lanes, 0, part);
      if (first) this.#copy(this.#values(all), accumulator);
      else this.#mergeInto(accumulator, this.#values(all), lanes);
      this.#keep(all, lanes, part);
      this.#rows.afterPart(lanes, 1);
    }
    const name = lanes.width === 1 ? "t" : "b";
    this.#addKept(lanes, accumulators.length, (sum, writer) => this.#inLocals(name, sum, writer));
    this.#rows.afterParts(lanes, 1, accumulators.length);
  }
}
