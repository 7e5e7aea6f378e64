/** Butterflies: transforms of a few complex numbers that all fit into registers, for two neighbours at a time. */
import { at } from "../../data/lists.js";
import type { Pair, PairCode } from "./fourier-pairs.js";

/** The transform of length `radix` of the numbers x0, x1, …, in order. */
export function butterfly(c: PairCode, radix: number, sign: number, x: readonly Pair[]): Pair[] {
  if (radix === 2) return [c.add(at(x, 0), at(x, 1), "y0"), c.subtract(at(x, 0), at(x, 1), "y1")];
  if (radix !== 4) return oddButterfly(c, radix, sign, x);
  const [a, b] = [c.add(at(x, 0), at(x, 2), "a"), c.subtract(at(x, 0), at(x, 2), "b")];
  const [even, odd] = [c.add(at(x, 1), at(x, 3), "e"), c.subtract(at(x, 1), at(x, 3), "o")];
  return [
    c.add(a, even, "y0"),
    c.addQuarter(b, odd, sign, "y1"),
    c.subtract(a, even, "y2"),
    c.addQuarter(b, odd, -sign, "y3"),
  ];
}

/** As `passAny` of routines/fft/butterflies.ts. */
function oddButterfly(c: PairCode, radix: number, sign: number, x: readonly Pair[]): Pair[] {
  const half = (radix - 1) / 2;
  const y = new Array<Pair>(radix);
  const [sums, differences]: [Pair[], Pair[]] = [[], []];
  let total = at(x, 0);
  for (let j = 1; j <= half; j++) {
    sums.push(c.add(at(x, j), at(x, radix - j), `sum${j}`));
    differences.push(c.subtract(at(x, j), at(x, radix - j), `difference${j}`));
    total = c.add(total, at(sums, sums.length - 1), "y0");
  }
  y[0] = total;
  for (let u = 1; u <= half; u++) {
    let [real, turned] = [at(x, 0), undefined as Pair | undefined];
    for (let j = 1; j <= half; j++) {
      const power = (u * j) % radix;
      real = c.add(real, c.multiply(at(sums, j - 1), c.vector(`root cos${power}`), "term"), `real${u}`);
      const term = c.multiply(at(differences, j - 1), c.vector(`root sin${power}`), turned ? "term" : `turned${u}`);
      turned = turned ? c.add(turned, term, `turned${u}`) : term;
    }
    y[u] = c.addQuarter(real, turned!, sign, `y${u}`);
    y[radix - u] = c.addQuarter(real, turned!, -sign, `y${radix - u}`);
  }
  return y;
}
