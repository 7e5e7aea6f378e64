/**
 * Scalars to loops: complex parts are split, constants folded, repeated sub-expressions shared, and what is left
 * becomes a list of instructions. Equal scalars give equal loops, with equal keys.
 */
import { type DType, type Element, factsOf, isComplex } from "../data/dtype.js";
import { DTypeError, InternalError } from "../data/errors.js";
import { canonical } from "../data/hash.js";
import { at, mapNonEmpty, type NonEmpty } from "../data/lists.js";
import { real, split } from "./complex.js";
import type { Parts } from "./complex-functions/parts.js";
import { folded } from "./constant.js";
import { isWrittenOut } from "./functions/index.js";
import { Instructions } from "./instructions.js";
import type { Instruction, Loop, LoopInput, LoopResult, Merge } from "./loop.js";
import { type Fields, inputFields, type Scalar } from "./scalar.js";

/** The numbers of a loop's operands, and how its inputs are read from them. */
export interface Operands {
  /** New numbers for the operands that the scalars name; without an entry an operand keeps its number. */
  readonly numbers?: ReadonlyMap<number, number>;
  /** The operands (by the numbers that the scalars use) that are counted instead of loaded. */
  readonly counted?: ReadonlySet<number>;
  /** The operands whose bytes are in the other order than this machine's. */
  readonly swapped?: ReadonlySet<number>;
}

class Builder {
  readonly inputs: LoopInput[] = [];
  readonly #body = new Instructions();
  readonly #inputNumbers = new Map<string, number>();
  readonly #done = new Map<Scalar, number>();
  readonly #split = new Map<Scalar, Parts>();
  readonly #real = new Map<Scalar, Scalar>();
  readonly #operands: Operands;

  constructor(operands: Operands) {
    this.#operands = operands;
  }

  get body(): readonly Instruction[] {
    return this.#body.list;
  }

  #input(dtype: DType, operand: number, field: number, part: 0 | 1 | null): number {
    const key = `${operand}.${field}.${part}`;
    let number = this.#inputNumbers.get(key);
    if (number === undefined) {
      const { numbers, counted, swapped } = this.#operands;
      const found = {
        dtype,
        operand: numbers?.get(operand) ?? operand,
        field,
        part,
        counted: counted?.has(operand) ?? false,
      };
      number = this.inputs.push(swapped?.has(operand) ? { ...found, otherEndian: true } : found) - 1;
      this.#inputNumbers.set(key, number);
    }
    return this.#body.emit({ op: "input", dtype, input: number });
  }

  #number(scalar: Scalar): number {
    const known = this.#done.get(scalar);
    if (known !== undefined) return known;
    let number: number;
    if (scalar.op === "const") {
      const { dtype, value } = scalar;
      if (typeof value === "object") throw new InternalError("internal error: a complex constant that was not split");
      number = this.#body.emit({ op: "const", dtype, value });
    } else if (scalar.op === "input") {
      number = this.#input(scalar.dtype, scalar.operand, scalar.field, null);
    } else {
      const [first] = scalar.args;
      if ((scalar.op === "re" || scalar.op === "im") && first?.op === "input") {
        number = this.#input(scalar.dtype, first.operand, first.field, scalar.op === "re" ? 0 : 1);
      } else {
        const call = { op: scalar.op, dtype: scalar.dtype, args: scalar.args.map((arg) => this.#number(arg)) };
        number = this.#body.emit(isWrittenOut(scalar) ? call : folded(this.body, call));
      }
    }
    this.#done.set(scalar, number);
    return number;
  }

  /** The instructions of a scalar: one number, or two for the parts of a complex one. */
  values(scalar: Scalar): number[] {
    const parts = isComplex(scalar.dtype) ? split(scalar, this.#split) : [scalar];
    return parts.map((part) => this.#number(real(part, this.#split, this.#real)));
  }
}

function resultsOf(scalars: readonly Scalar[]): LoopResult[] {
  return scalars.flatMap((scalar, field): LoopResult[] => {
    const { kind, part } = factsOf(scalar.dtype);
    if (kind !== "complex") return [{ dtype: scalar.dtype, field, part: null }];
    return ([0, 1] as const).map((which) => ({ dtype: part, field, part: which }));
  });
}

function build(scalars: readonly Scalar[], operands: Operands, merge?: Merge, roundedTo?: "float32"): Loop {
  const builder = new Builder(operands);
  const values = scalars.flatMap((scalar) => builder.values(scalar));
  const content = {
    inputs: builder.inputs,
    body: builder.body,
    results: roundedTo ? resultsOf(scalars).map((result) => ({ ...result, roundedTo })) : resultsOf(scalars),
    values,
  };
  const key = canonical(content);
  return merge ? { key: key + textOf(merge), ...content, merge } : { key, ...content };
}

/** The text of merges: thousands of loops may have one. */
const texts = new WeakMap<Merge, string>();

function textOf(merge: Merge): string {
  const text = texts.get(merge) ?? canonical(merge);
  texts.set(merge, text);
  return text;
}

/** Two states become one. */
export type MergeFields = (a: Fields, b: Fields) => Fields;

/** A loop that stores each scalar into the output field of its position. */
export function compileMap(scalars: readonly Scalar[], operands: Operands = {}): Loop {
  return build(scalars, operands);
}

/**
 * A loop that folds the lifted scalars into states by `merge`, which takes two states (scalars of the lifted dtypes)
 * and must be associative and commutative up to rounding; or what it was compiled to for other scalars of these dtypes.
 * `roundedTo`: see {@link LoopResult}.
 */
export function compileFold(
  lift: Fields,
  merge: MergeFields | Merge,
  operands: Operands = {},
  roundedTo?: "float32",
): Loop {
  const compiled = typeof merge === "function" ? compileMerge(dtypesOf(lift), merge) : merge;
  return build(lift, operands, compiled, roundedTo);
}

/** The dtypes of scalars. */
export function dtypesOf(scalars: Fields): NonEmpty<DType> {
  return mapNonEmpty(scalars, ({ dtype }) => dtype);
}

/** A merge as instructions: the inputs are the parts of the first state's fields, then those of the second's. */
export function compileMerge(dtypes: NonEmpty<DType>, merge: MergeFields): Merge {
  const merged = merge(inputFields(0, dtypes), inputFields(1, dtypes));
  if (merged.length !== dtypes.length || merged.some(({ dtype }, field) => dtype !== dtypes[field])) {
    throw new DTypeError(
      `fold: states of ${dtypes.join(", ")} merge into ${merged.map(({ dtype }) => dtype).join(", ")}`,
    );
  }
  const builder = new Builder({});
  const values = merged.flatMap((scalar) => builder.values(scalar));
  // renumber the inputs into their fixed order: they were numbered in the order of their use
  const order = resultsOf(merged).map(({ field, part }) => `${field}.${part}`);
  const place = (loopInput: LoopInput): number =>
    loopInput.operand * order.length + order.indexOf(`${loopInput.field}.${loopInput.part}`);
  const body = builder.body.map((instruction) =>
    instruction.op === "input" ? { ...instruction, input: place(at(builder.inputs, instruction.input)) } : instruction,
  );
  return { body, values };
}

/** The parts of a value as they lie in memory: one number, or two for a complex value. */
export function partsOfValue(value: Element): (number | bigint | boolean)[] {
  return typeof value === "object" ? [value.re, value.im] : [value];
}
