/**
 * Rows: a kernel walks along the innermost dimension, reads its inputs there and computes its body.
 *
 * Each operand of each row has an address of its own that moves. Contiguous elements are read at fixed offsets from it,
 * so it moves once an iteration; with gaps between the elements it moves after each value. Invariant: an operand that
 * all rows share has one address, and values that depend on such operands alone are computed once for all rows.
 */

import type { Local } from "../../assembler/code.js";
import type { DType } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { Body } from "./body.js";
import { Counted } from "./counted.js";
import type { Frame, KernelOperand } from "./frame.js";
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
      const { stride, shared } = at(frame.inputs, input);
      return { alongRow: stride === "zero", acrossRows: shared };
    });
  }

  /** A local for values of some lanes. */
  local(name: string, dtype: DType, lanes: Lanes): Local {
    return this.#frame.code.local(lanes.type(dtype), name);
  }

  #pointer({ number }: KernelOperand, row: number): Local {
    return this.#frame.code.local("i32", `p${number}.${row}`);
  }

  /** Visits all operands that have addresses in the current rows. */
  #eachAddress(rows: number, each: (operand: KernelOperand, row: number, pointer: Local) => void): void {
    const { inputs, results, variant } = this.#frame;
    for (const operand of [...inputs, ...results]) {
      const { counted, isResult, shared } = operand;
      if (counted || (isResult && variant.form === "total")) continue;
      const own = isResult || shared ? 1 : rows;
      for (let row = 0; row < own; row++) each(operand, row, this.#pointer(operand, row));
    }
  }

  /** The bytes between elements that are not contiguous; a result that stays in place is written again and again. */
  #strideOf({ stride, isResult, moves }: KernelOperand): Local | undefined {
    const stays = stride === "zero" && !isResult;
    return stride === "unit" || stays ? undefined : moves.at(-1);
  }

  /** Sets all addresses to the start of the current rows. */
  start(rows: number): void {
    const { code, counts, variant, left } = this.#frame;
    code.get(at(counts, variant.rank - 1)).set(left);
    this.#eachAddress(rows, (operand, row, pointer) => {
      if (row === 0) code.get(operand.start);
      else code.get(this.#pointer(operand, row - 1), at(operand.moves, variant.rank - 2)).op("i32.add");
      code.set(pointer);
    });
  }

  /** The address of an operand at one part of an iteration. */
  address(operand: KernelOperand, row: number, lanes: Lanes, part: number): Address {
    const { bytes, shared, otherEndian } = operand;
    const stride = this.#strideOf(operand);
    const offset = stride ? 0 : part * lanes.width * bytes;
    return { pointer: this.#pointer(operand, shared ? 0 : row), stride, offset, otherEndian };
  }

  /** Writes the values that are the same along the current rows. */
  before(lanes: Lanes, rows: number): void {
    const { code, inputs } = this.#frame;
    for (let row = 0; row < rows; row++) {
      this.#body.before(code, lanes, row, (number) => {
        const input = at(inputs, number);
        const local = this.local(`x${number}`, input.dtype, lanes);
        lanes.loadSame(code, input.dtype, this.address(input, row, lanes, 0));
        code.set(local);
        return local;
      });
    }
  }

  /**
   * Computes the body at one part of an iteration, and returns the locals of all values; `first` are those of row 0.
   */
  values(lanes: Lanes, row: number, part: number, first?: readonly Local[]): readonly Local[] {
    const { code, inputs } = this.#frame;
    const read = (number: number): Local => {
      const input = at(inputs, number);
      const { dtype, counted } = input;
      const local = this.local(`x${number}`, dtype, lanes);
      if (counted) this.counted.push(lanes, input, row, part);
      else lanes.load(code, dtype, this.address(input, row, lanes, part));
      code.set(local);
      return local;
    };
    return this.#body.atPoint(code, lanes, row, read, first);
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
    const { code } = this.#frame;
    this.#eachAddress(rows, ({ stride, bytes }, _, pointer) => {
      if (stride === "unit") code.advance(pointer, parts * lanes.width * bytes);
    });
    this.counted.goOn(lanes, parts * lanes.width);
  }
}
