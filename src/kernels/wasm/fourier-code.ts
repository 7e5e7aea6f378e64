/**
 * The steps of Fourier transforms as WebAssembly: what fft/passes.ts and fft/room.ts say, with a complex number in each vector.
 *
 *     z · w          =  z · (c, c)  +  (im, re) · (−s, s)       a twiddle lies in memory as c, −s, s: two loads, no shuffle
 *     z · ±i         =  (im, re) with one sign turned
 *
 * A pass is written three times: with twiddles that go along with the inner loop, with twiddles that stay through it (few
 * of them, many groups), and without (the last pass, where all are 1).
 */
import { Code, type Local } from "./code.js";

/** How a pass uses its twiddles: see the head of this file. */
export type Turning = "along" | "outside" | "none";

/** The radices that have a pass here. */
export const radices: readonly number[] = [2, 3, 4, 5, 7, 11, 13];

const swapped = Uint8Array.from({ length: 16 }, (_, i) => (i + 8) % 16);

/** A vector of sign bits for the real and the imaginary part. */
function signs(re: boolean, im: boolean): Uint8Array {
  return new Uint8Array(new Float64Array([re ? -0 : 0, im ? -0 : 0]).buffer);
}

/** Writes expressions over complex numbers; each leaves its result in a local of its own name. */
class Complex {
  readonly code = new Code();

  number(name: string): Local {
    return this.code.local("v128", name);
  }

  add(a: Local, b: Local, name: string): Local {
    this.code.get(a, b).op("f64x2.add").set(this.number(name));
    return this.number(name);
  }

  subtract(a: Local, b: Local, name: string): Local {
    this.code.get(a, b).op("f64x2.sub").set(this.number(name));
    return this.number(name);
  }

  multiply(a: Local, b: Local, name: string): Local {
    this.code.get(a, b).op("f64x2.mul").set(this.number(name));
    return this.number(name);
  }

  swap(a: Local): void {
    this.code.get(a, a).op("i8x16.shuffle", swapped);
  }

  /** ±i times a number. */
  quarter(a: Local, sign: number, name: string): Local {
    this.swap(a);
    this.code
      .op("v128.const", signs(sign > 0, sign < 0))
      .op("v128.xor")
      .set(this.number(name));
    return this.number(name);
  }

  conjugate(a: Local, name: string): Local {
    this.code.get(a).op("v128.const", signs(false, true)).op("v128.xor").set(this.number(name));
    return this.number(name);
  }

  /** The number at an address. */
  load(address: () => void, name: string, offset = 0): Local {
    address();
    this.code.op("v128.load", offset).set(this.number(name));
    return this.number(name);
  }

  store(address: () => void, value: Local, offset = 0): void {
    address();
    this.code.get(value).op("v128.store", offset);
  }

  /** Loads a twiddle: its cosine twice, and its sine with both signs. */
  twiddle(at: Local, number: number): readonly [Local, Local] {
    const [cos, sin] = [this.number(`cos${number}`), this.number(`sin${number}`)];
    this.code
      .get(at)
      .op("v128.load64_splat", 24 * number)
      .set(cos);
    this.code
      .get(at)
      .op("v128.load", 24 * number + 8)
      .set(sin);
    return [cos, sin];
  }

  /** A number turned by a twiddle. */
  turn(a: Local, [cos, sin]: readonly [Local, Local], name: string): Local {
    this.code.get(a, cos).op("f64x2.mul");
    this.swap(a);
    this.code.get(sin).op("f64x2.mul").op("f64x2.add").set(this.number(name));
    return this.number(name);
  }
}

/** The transform of length `radix` of the numbers x0, x1, …, in order. */
function butterfly(c: Complex, radix: number, sign: number, x: readonly Local[]): Local[] {
  if (radix === 2) return [c.add(x[0]!, x[1]!, "y0"), c.subtract(x[0]!, x[1]!, "y1")];
  if (radix !== 4) return oddButterfly(c, radix, sign, x);
  const [a, b] = [c.add(x[0]!, x[2]!, "a"), c.subtract(x[0]!, x[2]!, "b")];
  const [even, odd] = [c.add(x[1]!, x[3]!, "e"), c.subtract(x[1]!, x[3]!, "o")];
  const turned = c.quarter(odd, sign, "t");
  return [c.add(a, even, "y0"), c.add(b, turned, "y1"), c.subtract(a, even, "y2"), c.subtract(b, turned, "y3")];
}

/** As passAny of fft/passes.ts. */
function oddButterfly(c: Complex, radix: number, sign: number, x: readonly Local[]): Local[] {
  const half = (radix - 1) / 2;
  const y = new Array<Local>(radix);
  const [sums, differences]: Local[][] = [[], []];
  let total = x[0]!;
  for (let j = 1; j <= half; j++) {
    sums!.push(c.add(x[j]!, x[radix - j]!, `sum${j}`));
    differences!.push(c.subtract(x[j]!, x[radix - j]!, `difference${j}`));
    total = c.add(total, sums!.at(-1)!, "y0");
  }
  y[0] = total;
  for (let u = 1; u <= half; u++) {
    let [real, turned] = [x[0]!, undefined as Local | undefined];
    for (let j = 1; j <= half; j++) {
      const power = (u * j) % radix;
      real = c.add(real, c.multiply(sums![j - 1]!, c.number(`root cos${power}`), "term"), `real${u}`);
      const term = c.multiply(differences![j - 1]!, c.number(`root sin${power}`), turned ? "term" : `turned${u}`);
      turned = turned ? c.add(turned, term, `turned${u}`) : term;
    }
    const quarter = c.quarter(turned!, sign, "t");
    y[u] = c.add(real, quarter, `y${u}`);
    y[radix - u] = c.subtract(real, quarter, `y${radix - u}`);
  }
  return y;
}

/**
 * The module of a pass. Its parameters are bytes and counts: where to read and write, how often the outer and the inner loop
 * run and how far they move in `from` and `to`, the distance between the numbers of a butterfly in `from` and in `to`, the
 * twiddles, the roots.
 */
export function passCode(radix: number, sign: number, turning: Turning): Uint8Array {
  const c = new Complex();
  const { code } = c;
  const names = ["from", "to", "outer", "inner", "outer from", "outer to", "inner from", "inner to", "step", "far"];
  const parameters = [...names, "twiddles", "roots"].map((name) => code.parameter("i32", name));
  const [from, to, outer, inner, outerFrom, outerTo, innerFrom, innerTo, step, far, twiddles, roots] = parameters as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const i32 = (name: string): Local => code.local("i32", name);
  const [p, q, w, count] = [i32("p"), i32("q"), i32("w"), i32("count")];
  // the distances 2 · step, 3 · step, …
  const distances = (one: Local, name: string): readonly Local[] =>
    Array.from({ length: radix }, (_, j) => {
      if (j < 2) return one;
      code
        .get(one)
        .i32(j)
        .op("i32.mul")
        .set(i32(`${name}${j}`));
      return i32(`${name}${j}`);
    });
  const [steps, fars] = [distances(step, "step"), distances(far, "far")];
  for (let power = 1; radix % 2 === 1 && power < radix; power++) {
    code
      .get(roots)
      .op("v128.load64_splat", 16 * power)
      .set(c.number(`root cos${power}`));
    code
      .get(roots)
      .op("v128.load64_splat", 16 * power + 8)
      .set(c.number(`root sin${power}`));
  }
  const moved = (address: Local, by: readonly Local[], j: number) => (): void => {
    code.get(address);
    if (j > 0) code.get(by[j]!).op("i32.add");
  };
  const all = Array.from({ length: radix - 1 }, (_, u) => u);
  code.get(twiddles).set(w);
  code.repeat(outer, 1, () => {
    code.get(from).set(p).get(to).set(q).get(inner).set(count);
    if (turning === "along") code.get(twiddles).set(w);
    if (turning === "outside") for (const u of all) c.twiddle(w, u);
    code.repeat(count, 1, () => {
      const x = [0, ...all.map((u) => u + 1)].map((j) => c.load(moved(p, steps, j), `x${j}`));
      butterfly(c, radix, sign, x).forEach((y, u) => {
        const kept = [c.number(`cos${u - 1}`), c.number(`sin${u - 1}`)] as const;
        const plain = u === 0 || turning === "none";
        const turned = plain ? y : c.turn(y, turning === "along" ? c.twiddle(w, u - 1) : kept, "turned");
        c.store(moved(q, fars, u), turned);
      });
      code.advance(p, innerFrom);
      code.advance(q, innerTo);
      if (turning === "along") code.advance(w, 24 * (radix - 1));
    });
    if (turning === "outside") code.advance(w, 24 * (radix - 1));
    code.advance(from, outerFrom);
    code.advance(to, outerTo);
  });
  return code.encode();
}

/** The module of merge or split (fft/room.ts) but for the first and the last number: from both ends to the middle. */
export function meetCode(merge: boolean): Uint8Array {
  const c = new Complex();
  const { code } = c;
  const [p, q, count, w] = ["p", "q", "count", "twiddles"].map((name) => code.parameter("i32", name)) as [
    Local,
    Local,
    Local,
    Local,
  ];
  code.get(code.parameter("f64", "scale")).op("f64x2.splat").set(c.number("factor"));
  code.repeat(count, 1, () => {
    const near = c.load(() => code.get(p), "near");
    const mirror = c.conjugate(
      c.load(() => code.get(q), "mirror"),
      "mirror",
    );
    const even = c.multiply(c.add(near, mirror, "even"), c.number("factor"), "even");
    const odd = c.multiply(c.subtract(near, mirror, "odd"), c.number("factor"), "odd");
    const turned = merge
      ? c.turn(c.quarter(odd, -1, "odd"), c.twiddle(w, 0), "turned")
      : c.quarter(c.turn(odd, c.twiddle(w, 0), "turned"), 1, "turned");
    c.store(() => code.get(p), c.add(even, turned, "sum"));
    c.store(() => code.get(q), c.conjugate(c.subtract(even, turned, "difference"), "difference"));
    code.advance(p, 16);
    code.advance(q, -16);
    code.advance(w, 24);
  });
  return code.encode();
}

/** The module that multiplies `count` pairs of numbers. */
export function scaleCode(): Uint8Array {
  const c = new Complex();
  const { code } = c;
  const [p, count] = [code.parameter("i32", "p"), code.parameter("i32", "count")];
  code.get(code.parameter("f64", "scale")).op("f64x2.splat").set(c.number("factor"));
  code.repeat(count, 1, () => {
    c.store(
      () => code.get(p),
      c.multiply(
        c.load(() => code.get(p), "x"),
        c.number("factor"),
        "x",
      ),
    );
    code.advance(p, 16);
  });
  return code.encode();
}
