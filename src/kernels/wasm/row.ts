/**
 * Rows: a kernel walks along the innermost dimension, reads its inputs there and computes its body.
 *
 * Each operand of each row has an address of its own that moves. Contiguous elements are read at fixed offsets from it,
 * so it moves once an iteration; with gaps between the elements it moves after each value. Invariant: an operand that
 * all rows share has one address, and values that depend on such operands alone are computed once for all rows.
 */

import type { Local } from "../../assembler/code.js";
import type { DType } from "../../data/dtype.js";
import { Body } from "./body.js";
import { Counted } from "./counted.js";
import type { Frame } from "./frame.js";
import type { Address, Lanes } from "./lanes.js";

/** Writes the rows of one kernel. */
export class Rows {
  readonly counted: Counted;
  readonly #frame: Frame;
  readonly #body: Body;

  constructor(frame: Frame) {
    this.#frame = frame;
    this.counted = new Counted(frame);
    this.#body = new Body(frame.loop.body, frame.loop.values, "v", (input) => {
      const { stride, shared } = frame.variant.classes[input]!;
      return { alongRow: stride === "zero", acrossRows: shared };
    });
  }

  /** A local for values of some lanes. */
  local(name: string, dtype: DType, lanes: Lanes): Local {
    return this.#frame.code.local(lanes.type(dtype), name);
  }

  #pointer(operand: number, row: number): Local {
    return this.#frame.code.local("i32", `p${operand}.${row}`);
  }

  /** Visits all operands that have addresses in the current rows. */
  #eachAddress(rows: number, each: (operand: number, row: number, pointer: Local) => void): void {
    const { operands, loop, variant } = this.#frame;
    for (const [operand, { counted }] of operands.entries()) {
      const isResult = operand >= loop.inputs.length;
      if (counted || (isResult && variant.form === "total")) continue;
      const own = isResult || variant.classes[operand]!.shared ? 1 : rows;
      for (let row = 0; row < own; row++) each(operand, row, this.#pointer(operand, row));
    }
  }

  /** The bytes between elements that are not contiguous; a result that stays in place is written again and again. */
  #strideOf(operand: number): Local | undefined {
    const { variant, loop, parameters } = this.#frame;
    const { stride } = variant.classes[operand]!;
    const stands = stride === "zero" && operand < loop.inputs.length;
    return stride === "unit" || stands ? undefined : parameters.moves.at(-1)![operand];
  }

  /** Sets all addresses to the start of the current rows. */
  start(rows: number): void {
    const { code, parameters, variant, left } = this.#frame;
    code.get(parameters.counts.at(-1)!).set(left);
    this.#eachAddress(rows, (operand, row, pointer) => {
      if (row === 0) code.get(parameters.starts[operand]!);
      else code.get(this.#pointer(operand, row - 1), parameters.moves[variant.rank - 2]![operand]!).op("i32.add");
      code.set(pointer);
    });
  }

  /** The address of an operand at one part of an iteration. */
  address(operand: number, row: number, lanes: Lanes, part: number): Address {
    const stride = this.#strideOf(operand);
    const offset = stride ? 0 : part * lanes.width * this.#frame.operands[operand]!.bytes;
    const own = this.#frame.variant.classes[operand]!.shared ? 0 : row;
    const swap = this.#frame.loop.inputs[operand]?.otherEndian === true;
    return { pointer: this.#pointer(operand, own), stride, offset, swap };
  }

  /** Writes the values that are the same along the current rows. */
  before(lanes: Lanes, rows: number): void {
    const { code, loop } = this.#frame;
    for (let row = 0; row < rows; row++) {
      this.#body.before(code, lanes, row, (input) => {
        const { dtype } = loop.inputs[input]!;
        const local = this.local(`x${input}`, dtype, lanes);
        lanes.loadSame(code, dtype, this.address(input, row, lanes, 0));
        code.set(local);
        return local;
      });
    }
  }

  /**
   * Computes the body at one part of an iteration, and returns the locals of all values; `first` are those of row 0.
   */
  values(lanes: Lanes, row: number, part: number, first?: readonly Local[]): readonly Local[] {
    const { code, loop } = this.#frame;
    const read = (input: number): Local => {
      const { dtype, counted } = loop.inputs[input]!;
      const local = this.local(`x${input}`, dtype, lanes);
      if (counted) this.counted.push(lanes, input, row, part);
      else lanes.load(code, dtype, this.address(input, row, lanes, part));
      code.set(local);
      return local;
    };
    return this.#body.at(code, lanes, row, read, first);
  }

  /** After one part of an iteration: moves operands with gaps. */
  afterPart(lanes: Lanes, rows: number): void {
    const { code } = this.#frame;
    this.#eachAddress(rows, (operand, _, pointer) => {
      const stride = this.#strideOf(operand);
      if (!stride) return;
      code.get(pointer, stride);
      if (lanes.width > 1) code.i32(Math.log2(lanes.width)).op("i32.shl");
      code.op("i32.add").set(pointer);
    });
  }

  /** After an iteration: moves operands without gaps, and the positions of counted inputs. */
  afterParts(lanes: Lanes, rows: number, parts: number): void {
    const { code, variant, operands } = this.#frame;
    this.#eachAddress(rows, (operand, _, pointer) => {
      if (variant.classes[operand]!.stride === "unit")
        code.advance(pointer, parts * lanes.width * operands[operand]!.bytes);
    });
    this.counted.goOn(lanes, parts * lanes.width);
  }
}
