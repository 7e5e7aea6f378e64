/**
 * The reference backend: the meaning of every program, in JavaScript that can be read.
 *
 * A loop becomes a list of steps over one array of registers, each step a closure around a primitive of
 * `program/evaluate.ts`. It runs point by point, the last dimension fastest:
 *
 *     cursors (inputs) ──read──▶ registers ──steps──▶ registers ──write──▶ cursors (results)
 *                                                        ╰─ in a fold: merge with what the results hold ─╯
 *
 * Invariant: at each point everything is read before anything is written, so a map may write onto its input.
 */
import { type DType, factsOf, viewOf } from "../data/dtype.js";
import { primitive, toValue, type Value } from "../program/evaluate.js";
import type { Instruction, Loop, LoopInput } from "../program/loop.js";
import { ArrayBufferBackend } from "./array-buffer-backend.js";
import type { LoopCall, LoopOperand } from "./backend.js";

/** The position of a loop in one input or result. */
interface Cursor {
  /** Elements from the operand's offset; for a counted input, the number added to it. */
  at: number;
  readonly strides: readonly number[];
  readonly read: () => Value;
  readonly write: (value: Value) => void;
}

/** An array of elements read and written as {@link Value}s. */
type Cells = Record<number, Value>;

function cursorOf(
  buffer: ArrayBufferLike,
  dtype: DType,
  { offset, strides }: LoopOperand,
  otherEndian = false,
): Cursor {
  const { bytes } = factsOf(dtype);
  if (otherEndian || offset % bytes !== 0) return bytewiseCursor(buffer, dtype, { offset, strides }, otherEndian);
  const first = offset / bytes;
  const cells = viewOf(dtype, buffer, 0, Math.floor(buffer.byteLength / bytes)) as unknown as Cells;
  const cursor: Cursor = {
    at: 0,
    strides,
    read: () => cells[first + cursor.at]!,
    write: (value) => {
      cells[first + cursor.at] = value;
    },
  };
  return cursor;
}

/**
 * A typed array cannot start anywhere, nor read the other byte order, so each element passes through a cell of its own.
 */
function bytewiseCursor(
  buffer: ArrayBufferLike,
  dtype: DType,
  { offset, strides }: LoopOperand,
  otherEndian: boolean,
): Cursor {
  const { bytes } = factsOf(dtype);
  const memory = new Uint8Array(buffer);
  const element = new Uint8Array(bytes);
  const cell = viewOf(dtype, element.buffer, 0, 1) as unknown as Cells;
  const cursor: Cursor = {
    at: 0,
    strides,
    read: () => {
      const address = offset + cursor.at * bytes;
      element.set(memory.subarray(address, address + bytes));
      if (otherEndian) element.reverse();
      return cell[0]!;
    },
    write: (value) => {
      cell[0] = value;
      memory.set(element, offset + cursor.at * bytes);
    },
  };
  return cursor;
}

function counter({ offset, strides }: LoopOperand): Cursor {
  const cursor: Cursor = { at: 0, strides, read: () => offset + cursor.at, write: () => {} };
  return cursor;
}

function inputCursor(buffer: ArrayBufferLike, input: LoopInput, operand: LoopOperand): Cursor {
  return input.counted ? counter(operand) : cursorOf(buffer, input.dtype, operand, input.otherEndian);
}

/** A body ready to run: `registers[i]` holds the value of instruction i once all steps have run. */
interface PreparedBody {
  readonly registers: Value[];
  readonly steps: readonly (() => void)[];
}

function prepare(body: readonly Instruction[], inputs: readonly (() => Value)[]): PreparedBody {
  const registers = new Array<Value>(body.length).fill(0);
  const steps: (() => void)[] = [];
  for (const [target, instruction] of body.entries()) {
    if (instruction.op === "const") registers[target] = toValue(instruction.value);
    else if (instruction.op === "input") {
      const read = inputs[instruction.input]!;
      steps.push(() => {
        registers[target] = read();
      });
    } else {
      const { op, dtype, args } = instruction;
      const [a = 0, b = 0, c = 0] = args;
      const apply = primitive(op, body[args.at(-1)!]!.dtype, dtype);
      steps.push(() => {
        registers[target] = apply(registers[a]!, registers[b]!, registers[c]!);
      });
    }
  }
  return { registers, steps };
}

/** The work at one point, once the cursors are there. */
function pointOf(loop: Loop, inputs: readonly Cursor[], results: readonly Cursor[]): () => void {
  const read = (cursors: readonly Cursor[]): (() => Value)[] => cursors.map((cursor) => cursor.read);
  const body = prepare(loop.body, read(inputs));
  const lifted = loop.values.map((index) => () => body.registers[index]!);
  const merge = loop.merge && prepare(loop.merge.body, [...read(results), ...lifted]);
  const steps = merge ? [...body.steps, ...merge.steps] : body.steps;
  const registers = (merge ?? body).registers;
  const values = (loop.merge ?? loop).values;
  return () => {
    for (const step of steps) step();
    for (let k = 0; k < results.length; k++) results[k]!.write(registers[values[k]!]!);
  };
}

/** Takes the cursors to every point of the box, the last dimension fastest. */
function walk(counts: readonly number[], cursors: readonly Cursor[], visit: () => void, dim = 0): void {
  if (dim === counts.length) {
    visit();
    return;
  }
  const starts = cursors.map((cursor) => cursor.at);
  for (let point = 0; point < counts[dim]!; point++) {
    for (let k = 0; k < cursors.length; k++) cursors[k]!.at = starts[k]! + point * cursors[k]!.strides[dim]!;
    walk(counts, cursors, visit, dim + 1);
  }
}

/** The backend that defines the meaning of programs: slow, and right. */
export class ReferenceBackend extends ArrayBufferBackend {
  readonly name = "reference";

  run({ loop, counts, inputs, results }: LoopCall): void {
    const { buffer } = this;
    const sources = inputs.map((operand, k) => inputCursor(buffer, loop.inputs[k]!, operand));
    const targets = results.map((operand, k) => cursorOf(buffer, loop.results[k]!.dtype, operand));
    walk(counts, [...sources, ...targets], pointOf(loop, sources, targets));
  }
}
