/**
 * Counted inputs: numbers that follow from the position of a point, such as the index that argmin keeps.
 *
 *     number = ((start + i0 · stride0) + i1 · stride1) + …        one term a dimension, the innermost last
 *              ╰──────────── base of the row ────────╯
 *
 * Invariant: positions are whole, and each term is multiplied instead of added up. So nothing drifts along a row, and
 * scalar and vector lanes give the same bits.
 */
import type { Local } from "../../assembler/code.js";
import { at } from "../../data/lists.js";
import type { Frame, KernelOperand } from "./frame.js";
import type { Lanes } from "./lanes.js";

/** Writes the counted inputs of one kernel. */
export class Counted {
  readonly #frame: Frame;
  /** The counted inputs. */
  readonly #inputs: readonly KernelOperand[];

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#inputs = frame.inputs.filter(({ counted }) => counted);
  }

  #base({ number, start }: KernelOperand, dimension: number, row: number): Local {
    return dimension < 0 ? start : this.#frame.code.local("f64", `base${number}.${dimension}.${row}`);
  }

  #local(name: string, lanes: Lanes): Local {
    return this.#frame.code.local(lanes.type("float64"), name);
  }

  /** Inside the loop over a dimension: sets the bases of the next rows. */
  startRows(dimension: number, todo: Local, rows: number): void {
    const { code, counts } = this.#frame;
    for (const input of this.#inputs) {
      for (let row = 0; row < rows; row++) {
        code.get(this.#base(input, dimension - 1, 0), at(counts, dimension), todo).op("i32.sub");
        if (row > 0) code.i32(row).op("i32.add");
        code.op("f64.convert_i32_u").get(at(input.moves, dimension)).op("f64.mul").op("f64.add");
        code.set(this.#base(input, dimension, row));
      }
    }
  }

  /** Before a walk along the rest of a row: sets the positions of the first points. */
  startWalk(lanes: Lanes): void {
    if (this.#inputs.length === 0) return;
    const { code, counts, variant, left } = this.#frame;
    const [position, first] = [this.#local("position", lanes), code.local("f64", "first")];
    code
      .get(at(counts, variant.rank - 1), left)
      .op("i32.sub")
      .op("f64.convert_i32_u")
      .set(first);
    lanes.same(code, "float64", first);
    code.set(position);
    const numbers = Array.from({ length: lanes.width }, (_, lane) => lane);
    if (lanes.width > 1) this.#add(lanes, numbers, position);
  }

  /** After an iteration: moves the positions on by a number of points. */
  goOn(lanes: Lanes, points: number): void {
    if (this.#inputs.length > 0) this.#add(lanes, this.#everywhere(lanes, points), this.#local("position", lanes));
  }

  /** Pushes an input at one part of an iteration. */
  push(lanes: Lanes, input: KernelOperand, row: number, part: number): void {
    const { code, variant } = this.#frame;
    let position = this.#local("position", lanes);
    if (part > 0) {
      position = this.#local("there", lanes);
      this.#add(lanes, this.#everywhere(lanes, part * lanes.width), position);
    }
    const [stride, product, base] = [
      this.#local("stride", lanes),
      this.#local("term", lanes),
      this.#local("base", lanes),
    ];
    lanes.same(code, "float64", at(input.moves, variant.rank - 1));
    code.set(stride);
    this.#apply(lanes, "mul", position, stride);
    code.set(product);
    lanes.same(code, "float64", this.#base(input, variant.rank - 2, row));
    code.set(base);
    this.#apply(lanes, "add", base, product);
  }

  #everywhere(lanes: Lanes, number: number): number[] {
    return new Array<number>(lanes.width).fill(number);
  }

  /** to = position + numbers */
  #add(lanes: Lanes, numbers: readonly number[], to: Local): void {
    const { code } = this.#frame;
    const added = this.#local("added", lanes);
    lanes.constant(code, "float64", numbers);
    code.set(added);
    this.#apply(lanes, "add", this.#local("position", lanes), added);
    code.set(to);
  }

  #apply(lanes: Lanes, op: "add" | "mul", a: Local, b: Local): void {
    const args = [a, b].map((local) => ({ local, dtype: "float64" as const }));
    lanes.apply(this.#frame.code, op, "float64", args);
  }
}
