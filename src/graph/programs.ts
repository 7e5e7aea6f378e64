/**
 * The programs of a node's pieces. The pieces of a concatenation differ in what they load and seldom in what they do
 * with it, so a program is compiled once for all pieces whose scalars are equal but for the leaves that they name.
 */
import { InternalError } from "../data/errors.js";
import { canonical } from "../data/hash.js";
import { at, mapNonEmpty, type NonEmpty, zip } from "../data/lists.js";
import type { FoldPlan, Monoid, ResultOf, Sweep, TileWay } from "../expr/op.js";
import {
  compileFold,
  compileMap,
  compileMerge,
  dtypesOf,
  type MergeFields,
  type Operands,
  partsOfValue,
} from "../program/compile.js";
import type { FoldProgram, Loop, MapProgram, Merge, Pass, PassProgram } from "../program/loop.js";
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

/** Operand numbers from here on are results of passes, and after them the tile's count. */
const FIRST_RESULT = 1 << 20;

/**
 * Programs that fold the fields of a fold's inputs. What does not depend on these is compiled once: of ten thousand
 * constants only the way of each into the state differs.
 */
export function foldPrograms(plan: FoldPlan): Compile<NonEmpty<Fields>> {
  const { monoid, merging, finish } = plan;
  const common = {
    kind: "fold" as const,
    state: monoid.state,
    zero: mapNonEmpty(monoid.zero, partsOfValue),
    ...(finish === null ? {} : { finish: compileMap([monoid.finish(inputFields(0, monoid.state), finish)]) }),
  };
  if (merging || monoid.block === undefined) {
    const fold = folds((a, b) => monoid.merge(a, b));
    const roundedTo = merging ? undefined : monoid.roundedTo;
    return (args, operands) => {
      const lift = merging ? args[0] : monoid.lift(...elementOf(args));
      return { ...common, tile: fold(lift, operands, roundedTo) };
    };
  }
  const { careful } = monoid.block;
  const tile = passPrograms(monoid, monoid.block);
  if (careful === undefined)
    return (args, operands): FoldProgram => ({ ...common, tile: tile(elementOf(args)[0], operands) });
  const results = resultsFrom(0, monoid.block.passes);
  const doubt = compileMap([careful.doubt(results.of, results.count)]);
  const more = passPrograms(monoid, careful);
  return (args, operands) => {
    const [element] = elementOf(args);
    return { ...common, tile: tile(element, operands), careful: { ...more(element, operands), doubt } };
  };
}

/** The element that is folded, and its index; 0 where the reduction does not ask for that. */
function elementOf([[element], [index] = [constant(0, "float64")]]: NonEmpty<Fields>): [Scalar, Scalar] {
  return [element, index];
}

/** Compiles folds that differ in what is lifted: their merge once, for each list of dtypes. */
function folds(merge: MergeFields): (lift: Fields, operands: Operands, roundedTo?: "float32") => Loop {
  const known = new Map<string, Merge>();
  return (lift, operands, roundedTo) => {
    const dtypes = dtypesOf(lift);
    const key = dtypes.join();
    const merged = known.get(key) ?? compileMerge(dtypes, merge);
    known.set(key, merged);
    return compileFold(lift, merged, operands, roundedTo);
  };
}

/** Compiles the passes over an element. */
type PassPrograms = (element: Scalar, operands: Required<Operands>) => PassProgram;

function passPrograms(monoid: Monoid, { passes, state: stateOf }: TileWay): PassPrograms {
  const results = resultsFrom(FIRST_RESULT, passes);
  const absorbed = resultsFrom(1, passes);
  const state = stateOf(absorbed.of, absorbed.count);
  const absorb = compileMap(monoid.merge(inputFields(0, monoid.state), state));
  const parts = passes.map((sweeps) => ({
    sweeps,
    loop: passLoops(sweeps),
    dtypes: sweeps.map(({ dtype }) => dtype),
    zero: sweeps.map(({ zero }) => partsOfValue(zero)),
  }));
  return (element, operands) => {
    const numbers = new Map(operands.numbers);
    for (let k = 0; k <= passes.length; k++) numbers.set(FIRST_RESULT + k, operands.numbers.size + k);
    const pass = ({ sweeps, loop, dtypes, zero }: (typeof parts)[number]): Pass => {
      const lifted = sweeps.map((sweep) => sweep.lift(element, results.of, results.count));
      return { loop: loop(lifted, { ...operands, numbers }), dtypes, zero };
    };
    return { passes: parts.map(pass), absorb };
  };
}

/** Compiles the loop of a pass: a fold, or a map where nothing is merged. */
function passLoops(sweeps: readonly Sweep[]): (lifted: readonly Scalar[], operands: Operands) => Loop {
  const merges = sweeps.flatMap(({ merge }) => merge ?? []);
  if (merges.length === 0) return compileMap;
  const fold = folds((a, b) => {
    const [one, ...more] = zip(merges, a).map(([merge, x], k) => merge(x, at(b, k)));
    if (one === undefined) throw new InternalError("internal error: a pass merges some of its sweeps");
    return [one, ...more];
  });
  return ([first, ...others], operands) => {
    if (first === undefined) throw new InternalError("internal error: a pass over a tile without a sweep");
    return fold([first, ...others], operands);
  };
}

/** The results of passes, and behind them the tile's count, as operands from a number on. */
function resultsFrom(operand: number, passes: TileWay["passes"]): { of: ResultOf; count: Scalar } {
  return {
    of(sweep) {
      const pass = passes.findIndex((sweeps) => sweeps.includes(sweep));
      if (pass < 0) throw new InternalError("internal error: the result of a sweep that its monoid does not have");
      return input(operand + pass, sweep.dtype, at(passes, pass).indexOf(sweep));
    },
    count: input(operand + passes.length, "float64"),
  };
}
