/**
 * Einstein sums: an expression such as `"ij,jk->ik"` says by letters which axes belong together, and what is left.
 *
 *     einsum("ij,jk,kl->il", a, b, c)   →   the cheapest order of pairs   →   contractions, each a matrix product
 *
 * A letter twice in one array is its diagonal; letters that nobody wants are summed over as early as possible.
 */
import { promote } from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { contract, keepLabels, type Labelled } from "./contraction.js";
import { type Defined, type Definition, type Example, type Handle, isHandle } from "./define.js";
import { diagonal } from "./diagonal.js";
import { astype } from "./selection.js";
import { squeeze } from "./views.js";

/** With more arrays than this, the order is the one in which they are given. */
const MOST_ORDERED = 10;

/** The letters of each array and of the result, an ellipsis as labels of its own. */
interface Subscripts {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

function refuse(subscripts: unknown, problem: string): never {
  throw new ArgumentError(`einsum: ${JSON.stringify(subscripts)}: ${problem}`);
}

const isTerm = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/;

/** The labels of a term; `...` stands for `count` axes, numbered from the last. */
function labelsOf(term: string, count: number): string[] {
  const [, before = "", dots, after = ""] = isTerm.exec(term) ?? [];
  const ellipsis = dots === undefined ? [] : Array.from({ length: count }, (_, i) => `...${count - 1 - i}`);
  return [...before, ...ellipsis, ...after];
}

function parse(subscripts: unknown, shapes: readonly (readonly number[])[]): Subscripts {
  if (typeof subscripts !== "string") refuse(subscripts, 'subscripts are a text such as "ij,jk->ik"');
  const [left, right, more] = subscripts.replaceAll(/\s/g, "").split("->");
  const terms = left!.split(",");
  if (more !== undefined) refuse(subscripts, "has more than one ->");
  const bad = [...terms, right ?? ""].find((term) => !isTerm.test(term));
  if (bad !== undefined) refuse(subscripts, `${JSON.stringify(bad)} is no list of letters`);
  if (terms.length !== shapes.length)
    refuse(subscripts, `names ${terms.length} arrays, and ${shapes.length} are given`);
  const letters = (term: string): number => term.replace("...", "").length;
  const inputs = terms.map((term, i) => {
    const extra = shapes[i]!.length - letters(term);
    if (term.includes("...") ? extra < 0 : extra !== 0) {
      refuse(subscripts, `${JSON.stringify(term)} does not fit the ${shapes[i]!.length} axes of array ${i}`);
    }
    return labelsOf(term, extra);
  });
  const known = new Set(inputs.flat());
  const dots = [...known].filter((label) => label.length > 1).sort((a, b) => Number(b.slice(3)) - Number(a.slice(3)));
  if (right === undefined) {
    const once = [...known].filter(
      (label) => label.length === 1 && inputs.flat().filter((other) => other === label).length === 1,
    );
    return { inputs, output: [...dots, ...once.sort()] };
  }
  const output = labelsOf(right, dots.length);
  const wrong = output.find((label, i) => !known.has(label) || output.indexOf(label) !== i);
  if (wrong !== undefined)
    refuse(subscripts, `the result's ${JSON.stringify(wrong)} is ${known.has(wrong) ? "there twice" : "in no array"}`);
  return { inputs, output };
}

/** The length of each label. */
function lengthsOf(
  subscripts: unknown,
  inputs: Subscripts["inputs"],
  shapes: readonly (readonly number[])[],
): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const [i, labels] of inputs.entries()) {
    for (const [axis, label] of labels.entries()) {
      const [length, before] = [shapes[i]![axis]!, lengths.get(label) ?? 1];
      const repeats = label.length > 1 && (length === 1 || before === 1);
      if (lengths.has(label) && length !== before && !repeats) {
        const problem = `${label} is ${before} long, and ${length} in array ${i}`;
        throw new ShapeError(`einsum: ${JSON.stringify(subscripts)}: ${problem}`);
      }
      lengths.set(label, Math.max(before, length));
    }
  }
  return lengths;
}

/** An array without letters that it has twice, and without axes of an ellipsis that only repeat. */
function simplified<A extends Handle>(
  { array, labels }: Labelled<A>,
  lengths: ReadonlyMap<string, number>,
): Labelled<A> {
  const repeated = labels.flatMap((label, axis) =>
    label.length > 1 && array.expr.meta.shape[axis] === 1 && lengths.get(label) !== 1 ? [axis] : [],
  );
  if (repeated.length > 0) {
    return simplified(
      { array: squeeze(array, repeated), labels: labels.filter((_, axis) => !repeated.includes(axis)) },
      lengths,
    );
  }
  const twice = labels.findIndex((label, axis) => labels.indexOf(label) !== axis);
  if (twice < 0) return { array, labels };
  const first = labels.indexOf(labels[twice]!);
  const rest = labels.filter((_, axis) => axis !== first && axis !== twice);
  return simplified({ array: diagonal(array, { axes: [first, twice] }), labels: [...rest, labels[twice]!] }, lengths);
}

/** A way to put arrays together: one of them, or two ways as a pair. */
type Order = number | readonly [Order, Order];

interface Best {
  readonly order: Order;
  readonly cost: number;
  readonly labels: ReadonlySet<string>;
}

/**
 * The order of pairs with the fewest multiplications, over all ways to put the arrays together: the best for a set of arrays
 * is made of the best for two parts of it.
 */
export function bestOrder(
  inputs: readonly (readonly string[])[],
  output: readonly string[],
  lengths: ReadonlyMap<string, number>,
): Order {
  if (inputs.length > MOST_ORDERED) return inputs.map((_, i): Order => i).reduce((a, b) => [a, b]);
  const all = 2 ** inputs.length - 1;
  /** By set of arrays, as bits. */
  const best: (Best | undefined)[] = [];
  /** Labels of a set that are needed outside of it. */
  const neededOutside = (set: number): Set<string> =>
    new Set([...output, ...inputs.flatMap((labels, i) => (set & (1 << i) ? [] : labels))]);
  for (let set = 1; set <= all; set++) {
    const single = Math.log2(set);
    if (Number.isInteger(single)) {
      best[set] = { order: single, cost: 0, labels: new Set(inputs[single]) };
      continue;
    }
    const needed = neededOutside(set);
    for (let part = (set - 1) & set; part > set - part; part = (part - 1) & set) {
      const [a, b] = [best[part]!, best[set - part]!];
      const union = [...new Set([...a.labels, ...b.labels])];
      const cost = a.cost + b.cost + union.reduce((product, label) => product * lengths.get(label)!, 1);
      if (cost >= (best[set]?.cost ?? Number.POSITIVE_INFINITY)) continue;
      best[set] = { order: [a.order, b.order], cost, labels: new Set(union.filter((label) => needed.has(label))) };
    }
  }
  return best[all]!.order;
}

/** Contracts arrays in an order; `needed` are the labels that somebody outside wants. */
function follow<A extends Handle>(
  order: Order,
  arrays: readonly Labelled<A>[],
  needed: ReadonlySet<string>,
): Labelled<A> {
  if (typeof order === "number") return arrays[order]!;
  const labelsIn = (part: Order): string[] =>
    typeof part === "number" ? [...arrays[part]!.labels] : [...labelsIn(part[0]), ...labelsIn(part[1])];
  const [left, right] = order;
  const a = follow(left, arrays, new Set([...needed, ...labelsIn(right)]));
  const b = follow(right, arrays, new Set([...needed, ...labelsIn(left)]));
  const wanted = [...new Set([...a.labels, ...b.labels])].filter((label) => needed.has(label));
  return { array: contract(a, b, wanted), labels: wanted };
}

/** The type of {@link einsum}. */
export interface Einsum extends Defined {
  <A extends Handle>(subscripts: string, ...arrays: readonly A[]): A;
}

function sumOf<A extends Handle>(subscripts: string, ...arrays: readonly A[]): A {
  if (arrays.length === 0 || !arrays.every(isHandle))
    throw new ArgumentError("einsum: takes subscripts and chunked arrays");
  const shapes = arrays.map(({ expr }) => expr.meta.shape);
  const { inputs, output } = parse(subscripts, shapes);
  const lengths = lengthsOf(subscripts, inputs, shapes);
  const dtype = arrays.map(({ expr }) => expr.meta.dtype).reduce(promote);
  const labelled = arrays.map((array, i) => simplified({ array: astype(array, dtype), labels: inputs[i]! }, lengths));
  return together(labelled, output, lengths);
}

/** The sum of products of labelled arrays of one dtype. */
function together<A extends Handle>(
  arrays: readonly Labelled<A>[],
  output: readonly string[],
  lengths: ReadonlyMap<string, number>,
): A {
  const order = bestOrder(
    arrays.map(({ labels }) => labels),
    output,
    lengths,
  );
  return keepLabels(follow(order, arrays, new Set(output)), output);
}

const example = (subscripts: string, shapes: readonly (readonly number[])[], rest: Partial<Example> = {}): Example => ({
  ...{ shapes, before: [subscripts], args: shapes.slice(1).map((_, i) => ({ array: i + 1 })) },
  numpy: `np.einsum("${subscripts}", ${["x", "y", "z"].slice(0, shapes.length).join(", ")})`,
  ...rest,
});

/**
 * The sum of products that subscripts describe, as NumPy's `einsum`: a letter for each axis, `...` for axes that broadcast; a
 * letter that is not in the result is summed over. Without `->` the result has the letters that appear once, in the order of
 * the alphabet.
 *
 * The arrays are put together in pairs, in the order with the fewest multiplications (up to 10 arrays; above that as they
 * come). Integers stay in their dtype and wrap around, bools are "and"ed and "or"ed. Throws an ArgumentError for subscripts
 * that are wrong or do not fit, a ShapeError where axes of one letter differ in length. Memory as for `matmul`.
 * @example einsum("ij,jk->ik", a, b)
 */
export const einsum: Einsum = Object.assign(sumOf, {
  definition: {
    ...{ family: "routine", name: "einsum", arity: 2, accepts: () => true, numpy: "", ulps: 64, domain: [-5, 5] },
    examples: [
      example("ij,jk->ik", [
        [4, 6],
        [6, 3],
      ]),
      example(
        "ij,jk->ik",
        [
          [4, 6],
          [6, 3],
        ],
        { dtype: "complex64" },
      ),
      example(
        "ij,jk->ik",
        [
          [4, 6],
          [6, 3],
        ],
        { dtype: "int16" },
      ),
      example("ij,kj", [
        [4, 6],
        [3, 6],
      ]),
      example("ij->ji", [[4, 6]]),
      example("ij->", [[4, 6]]),
      example("ii->i", [[5, 5]]),
      example("ii", [[5, 5]]),
      example("iij,jk->ik", [
        [3, 3, 4],
        [4, 2],
      ]),
      example("i,j->ji", [[3], [4]]),
      example("i,i,i", [[6], [6], [6]]),
      example("ij,jk,kl->li", [
        [4, 5],
        [5, 3],
        [3, 6],
      ]),
      example("...ij,...jk->...ik", [
        [2, 1, 4, 5],
        [3, 5, 2],
      ]),
      example("b...,b->...", [[4, 3, 2], [4]]),
      example("bij,bjk->bk", [
        [3, 4, 5],
        [3, 5, 2],
      ]),
    ],
  } satisfies Definition,
});

/** The type of {@link multiDot}. */
export interface MultiDot extends Defined {
  <A extends Handle>(arrays: readonly A[]): A;
}

/**
 * The product of several matrices, in the order of pairs with the fewest multiplications; the first may be a row and the last a
 * column. NumPy's `linalg.multi_dot`.
 *
 * Throws an ArgumentError for fewer than two arrays, a ShapeError where neighbours do not fit. Memory as for `matmul`.
 * @example multiDot([a, b, c])
 */
export const multiDot: MultiDot = Object.assign(
  <A extends Handle>(arrays: readonly A[]): A => {
    if (!Array.isArray(arrays) || arrays.length < 2 || !(arrays as readonly unknown[]).every(isHandle)) {
      throw new ArgumentError("multiDot: takes a list of two chunked arrays or more");
    }
    const lengths = new Map<string, number>();
    const dtype = arrays.map(({ expr }) => expr.meta.dtype).reduce(promote);
    const labelled = arrays.map((array, i): Labelled<A> => {
      const { shape } = array.expr.meta;
      const vector = shape.length === 1 && (i === 0 || i === arrays.length - 1);
      if (shape.length !== 2 && !vector) {
        throw new ShapeError(`multiDot: array ${i} of shape [${shape.join(", ")}] is no matrix`);
      }
      const labels = vector ? [i === 0 ? "1" : String(i)] : [String(i), String(i + 1)];
      labels.forEach((label, axis) => {
        if ((lengths.get(label) ?? shape[axis]) !== shape[axis]) {
          throw new ShapeError(
            `multiDot: array ${i} has ${shape[axis]} rows, and the one before it ${lengths.get(label)} columns`,
          );
        }
        lengths.set(label, shape[axis]!);
      });
      return { array: astype(array, dtype), labels };
    });
    const ends = [
      labelled[0]!.labels.length > 1 ? ["0"] : [],
      labelled.at(-1)!.labels.length > 1 ? [String(arrays.length)] : [],
    ];
    return together(labelled, ends.flat(), lengths);
  },
  {
    definition: {
      ...{ family: "routine", name: "multiDot", arity: 3, accepts: () => true, numpy: "", ulps: 64, domain: [-5, 5] },
      examples: [
        {
          shapes: [
            [4, 6],
            [6, 3],
            [3, 5],
          ],
          args: [],
          numpy: "np.linalg.multi_dot([x, y, z])",
          list: true,
        },
        { shapes: [[6], [6, 3], [3]], args: [], numpy: "np.linalg.multi_dot([x, y, z])", list: true },
        {
          shapes: [
            [4, 6],
            [6, 3],
          ],
          args: [],
          numpy: "np.linalg.multi_dot([x, y])",
          list: true,
        },
      ],
    } satisfies Definition,
  },
);
