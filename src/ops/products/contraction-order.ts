/** In which order several arrays are contracted, two at a time: the one with the fewest multiplications. */
import { at, lookUp } from "../../data/lists.js";
import type { Handle } from "../handle.js";
import { contract, keepLabels, type Labelled } from "./contraction.js";

/** With more arrays than this, the order is the one in which they are given. */
const MOST_ORDERED_ARRAYS = 10;

/** A way to put arrays together: one of them, or two ways as a pair. */
type Order = number | readonly [Order, Order];

interface Best {
  readonly order: Order;
  readonly cost: number;
  readonly labels: ReadonlySet<string>;
}

/**
 * The order of pairs with the fewest multiplications, over all ways to put the arrays together: the best for a set of
 * arrays is made of the best for two parts of it.
 */
export function bestOrder(
  inputs: readonly (readonly string[])[],
  output: readonly string[],
  lengths: ReadonlyMap<string, number>,
): Order {
  if (inputs.length > MOST_ORDERED_ARRAYS) return inputs.map((_, i): Order => i).reduce((a, b) => [a, b]);
  const all = 2 ** inputs.length - 1;
  /** By set of arrays, as bits. */
  const best = new Map<number, Best>();
  /** Labels of a set that are needed outside of it. */
  const neededOutside = (set: number): Set<string> =>
    new Set([...output, ...inputs.flatMap((labels, i) => (set & (1 << i) ? [] : labels))]);
  for (let set = 1; set <= all; set++) {
    const single = Math.log2(set);
    if (Number.isInteger(single)) {
      best.set(set, { order: single, cost: 0, labels: new Set(inputs[single]) });
      continue;
    }
    const needed = neededOutside(set);
    for (let part = (set - 1) & set; part > set - part; part = (part - 1) & set) {
      const [a, b] = [lookUp(best, part), lookUp(best, set - part)];
      const union = [...new Set([...a.labels, ...b.labels])];
      const cost = a.cost + b.cost + union.reduce((product, label) => product * lookUp(lengths, label), 1);
      if (cost >= (best.get(set)?.cost ?? Number.POSITIVE_INFINITY)) continue;
      best.set(set, { order: [a.order, b.order], cost, labels: new Set(union.filter((label) => needed.has(label))) });
    }
  }
  return lookUp(best, all).order;
}

/** Contracts arrays in an order; `needed` are the labels that somebody outside wants. */
function follow<A extends Handle>(
  order: Order,
  arrays: readonly Labelled<A>[],
  needed: ReadonlySet<string>,
): Labelled<A> {
  if (typeof order === "number") return at(arrays, order);
  const labelsIn = (part: Order): string[] =>
    typeof part === "number" ? [...at(arrays, part).labels] : [...labelsIn(part[0]), ...labelsIn(part[1])];
  const [left, right] = order;
  const a = follow(left, arrays, new Set([...needed, ...labelsIn(right)]));
  const b = follow(right, arrays, new Set([...needed, ...labelsIn(left)]));
  const wanted = [...new Set([...a.labels, ...b.labels])].filter((label) => needed.has(label));
  return { array: contract(a, b, wanted), labels: wanted };
}

/** The sum of products of labelled arrays of one dtype. */
export function contractAll<A extends Handle>(
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
