// @ts-check
/**
 * Arrays from data in memory: lazy expressions, several results in one pass, and ways to read them.
 *
 *     node examples/in-memory.mjs
 */
import { compute, fromArray } from "chunkwise";

const celsius = fromArray([
  [20, 18, 15],
  [25, 20, 20],
  [30, 22, 10],
]);

// Nothing is computed yet: this is an expression, and its shape and dtype are already known.
const fahrenheit = celsius.multiply(1.8).add(32);
console.log(`${fahrenheit}`);

// What the results share is computed once.
const [all, means, warmest] = await compute([fahrenheit, fahrenheit.mean(0), fahrenheit.max()]);
console.log(all);
console.log("mean of each column:", means?.toArray());
console.log("mean of the first:  ", means?.get(0));
console.log("warmest:            ", warmest?.item());
console.log("as JSON:            ", JSON.stringify(means));
