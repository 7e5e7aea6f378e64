/**
 * The programs of a node's pieces. The pieces of a concatenation differ in what they load and seldom in what they do
 * with it, so a program is compiled once for all pieces whose scalars are equal but for the leaves that they name.
 */
import { InternalError } from "../data/errors.js";
import { canonical } from "../data/hash.js";
import { at, mapNonEmpty, type NonEmpty } from "../data/lists.js";
import type { FoldPlan, ResultOf, Sweep } from "../expr/op.js";
import { compileFold, compileMap, type Operands, partsOfValue } from "../program/compile.js";
import type { FoldProgram, MapProgram } from "../program/loop.js";
import { constant, type Fields, input, inputFields, type Scalar } from "../program/scalar.js";
import { sourceOf } from "./source.js";
import type { Leaf, Tracer } from "./trace.js";

/** A program, and its operands: operand k is `leaves[k]`. */
export interface PieceProgram {
  readonly program: MapProgram | FoldProgram;
  readonly leaves: readonly Leaf[];
}

/** The operands that scalars use, in the order of their use, and the scalars as text that names operands by it. */
interface Uses {
  readonly operands: readonly number[];
  readonly key: string;
}

function usesOf(scalars: readonly Scalar[]): Uses {
  const operands: number[] = [];
  const numbers = new Map<Scalar, number>();
  const stack = scalars.toReversed();
  let key = "";
  for (let scalar = stack.pop(); scalar !== undefined; scalar = stack.pop()) {
    const known = numbers.get(scalar);
    if (known !== undefined) {
      key += `#${known};`;
      continue;
    }
    numbers.set(scalar, numbers.size);
    const { op, dtype } = scalar;
    if (op === "input") {
      let number = operands.indexOf(scalar.operand);
      if (number < 0) number = operands.push(scalar.operand) - 1;
      key += `${dtype}@${number}.${scalar.field};`;
    } else if (op === "const") key += `${dtype}=${canonical(scalar.value)};`;
    else {
      key += `${dtype} ${op} ${scalar.args.length};`;
      for (let i = scalar.args.length - 1; i >= 0; i--) stack.push(at(scalar.args, i));
    }
  }
  return { operands, key };
}

function isCounted({ expr }: Leaf): boolean {
  return sourceOf(expr)?.kind === "counted";
}

/** True where the bytes of the elements are in the other order than this machine's. */
function isSwapped({ expr }: Leaf): boolean {
  const source = sourceOf(expr);
  return source?.kind === "file" && source.file.encoding.otherEndian;
}

/** Compiles scalars; `operands` numbers what they use from 0 on. */
export type Compile<F> = (args: F, operands: Required<Operands>) => MapProgram | FoldProgram;

/** Gives each piece its program; see the head of this file. */
export class PiecePrograms<F extends readonly Fields[]> {
  readonly #tracer: Tracer;
  readonly #compile: Compile<F>;
  readonly #known = new Map<string, MapProgram | FoldProgram>();

  constructor(tracer: Tracer, compile: Compile<F>) {
    this.#tracer = tracer;
    this.#compile = compile;
  }

  /** The program over these scalars, which name leaves of the tracer. */
  of(args: F): PieceProgram {
    const { operands: used, key: text } = usesOf(args.flat());
    const leaves = used.map((operand) => at(this.#tracer.leaves, operand));
    let key = text;
    for (const leaf of leaves) key += isCounted(leaf) ? "c" : isSwapped(leaf) ? "s" : "-";
    let program = this.#known.get(key);
    if (program === undefined) {
      const those = (is: (leaf: Leaf) => boolean): Set<number> =>
        new Set(used.filter((_, number) => is(at(leaves, number))));
      const numbers = new Map(used.map((operand, number) => [operand, number]));
      program = this.#compile(args, { numbers, counted: those(isCounted), swapped: those(isSwapped) });
      this.#known.set(key, program);
    }
    return { program, leaves };
  }
}

/** A program that stores fields. */
export function mapProgram([values]: readonly [Fields], operands: Operands): MapProgram {
  return { kind: "map", loop: compileMap(values, operands) };
}

/** Operand numbers from here on are results of sweeps, and after them the tile's count. */
const FIRST_SWEEP_OPERAND = 1 << 20;

/** A program that folds the fields of a fold's inputs. */
export function foldProgram(plan: FoldPlan, args: NonEmpty<Fields>, operands: Required<Operands>): FoldProgram {
  const { monoid, merging, finish } = plan;
  const zero = mapNonEmpty(monoid.zero, partsOfValue);
  const state = inputFields(0, monoid.state);
  const common = {
    kind: "fold" as const,
    state: monoid.state,
    zero,
    ...(finish === null ? {} : { finish: compileMap([monoid.finish(state, finish)]) }),
  };
  const [[element], [index] = [constant(0, "float64")]] = args;
  if (merging || monoid.block === undefined) {
    const lift = merging ? args[0] : monoid.lift(element, index);
    const loop = compileFold(lift, (a, b) => monoid.merge(a, b), operands);
    return { ...common, sweeps: [{ loop, dtype: monoid.state[0], zero: zero[0] }] };
  }
  const { sweeps, state: gathered } = monoid.block;
  const results = resultsFrom(FIRST_SWEEP_OPERAND, sweeps);
  const absorbed = resultsFrom(1, sweeps);
  const numbers = new Map(operands.numbers);
  for (let k = 0; k <= sweeps.length; k++) numbers.set(FIRST_SWEEP_OPERAND + k, operands.numbers.size + k);
  return {
    ...common,
    sweeps: sweeps.map((sweep) => ({
      loop: compileFold([sweep.lift(element, results.of, results.count)], ([a], [b]) => [sweep.merge(a, b)], {
        ...operands,
        numbers,
      }),
      dtype: sweep.dtype,
      zero: partsOfValue(sweep.zero),
    })),
    absorb: compileMap(monoid.merge(state, gathered(absorbed.of, absorbed.count))),
  };
}

/** The results of sweeps, and behind them the tile's count, as operands from a number on. */
function resultsFrom(operand: number, sweeps: readonly Sweep[]): { of: ResultOf; count: Scalar } {
  return {
    of(sweep) {
      const k = sweeps.indexOf(sweep);
      if (k < 0) throw new InternalError("internal error: the result of a sweep that its monoid does not have");
      return input(operand + k, sweep.dtype);
    },
    count: input(operand + sweeps.length, "float64"),
  };
}
