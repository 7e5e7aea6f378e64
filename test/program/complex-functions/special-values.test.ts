/**
 * The functions of complex numbers at their special values: the tables of C99, annex G (with the corrections of C17),
 * which the Array API standard repeats, and what NumPy adds. Detects products that meet 0 · ∞, numbers on the wrong
 * side of a branch cut, and formulas that overflow or cancel where the function does not.
 */
import { compute, fromArray, NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { backendNames } from "#src/kernels/index";
import { operations } from "../../laws/cases.js";
import { numpy } from "../../support/numpy.js";

/**
 * Lines of "x y = re im" for x + yi with y ≥ +0, "*" for a zero or infinity of either sign. By symmetry each holds for
 * the conjugate and, of odd and even functions, for the opposite.
 */
interface Table {
  readonly symmetry: "odd" | "even" | "none";
  readonly lines: string;
}

const tables: Readonly<Record<string, Table>> = {
  exp: {
    symmetry: "none",
    lines: `0 0 = 1 0; -0 0 = 1 0; 1 inf = nan nan; 0 inf = nan nan; 1 nan = nan nan; inf 0 = inf 0; -inf 1 = 0 0;
      -inf 2 = -0 0; -inf 4 = -0 -0; inf 1 = inf inf; inf 2 = -inf inf; inf 4 = -inf -inf; -inf inf = *0 *0;
      inf inf = *inf nan; -inf nan = *0 *0; inf nan = *inf nan; nan 0 = nan 0; nan 1 = nan nan; nan inf = nan nan;
      nan nan = nan nan; 1e300 0 = inf 0; 1e300 1 = inf inf; -1e300 2 = -0 0; 0 pi = -1 1.2246467991473532e-16`,
  },
  expm1: {
    symmetry: "none",
    lines: `0 0 = 0 0; -0 0 = -0 0; 1 inf = nan nan; 1 nan = nan nan; inf 0 = inf 0; -inf 1 = -1 0; -inf 4 = -1 -0;
      inf 1 = inf inf; inf 2 = -inf inf; -inf inf = -1 *0; inf inf = *inf nan; -inf nan = -1 *0; inf nan = *inf nan;
      nan 0 = nan 0; nan 1 = nan nan; nan nan = nan nan; 1e-300 1e-300 = 1e-300 1e-300`,
  },
  log: {
    symmetry: "none",
    lines: `-0 0 = -inf pi; 0 0 = -inf 0; 1 inf = inf pi/2; -1 inf = inf pi/2; 1 nan = nan nan; -inf 1 = inf pi;
      inf 1 = inf 0; -inf inf = inf 3pi/4; inf inf = inf pi/4; inf nan = inf nan; -inf nan = inf nan; nan 1 = nan nan;
      nan 0 = nan nan; nan inf = inf nan; nan nan = nan nan; -1 0 = 0 pi; 1 0 = 0 0`,
  },
  log2: {
    symmetry: "none",
    lines: `-0 0 = -inf 4.532360141827194; 0 0 = -inf 0; 1 inf = inf 2.266180070913597; 1 nan = nan nan;
      -inf 1 = inf 4.532360141827194; inf 1 = inf 0; inf inf = inf 1.1330900354567985; inf nan = inf nan;
      nan 1 = nan nan; nan inf = inf nan; nan nan = nan nan; 8 0 = 3 0; -0.5 0 = -1 4.532360141827194`,
  },
  log10: {
    symmetry: "none",
    lines: `-0 0 = -inf 1.3643763538418414; 0 0 = -inf 0; 1 inf = inf 0.6821881769209207; 1 nan = nan nan;
      -inf 1 = inf 1.3643763538418414; inf 1 = inf 0; inf inf = inf 0.34109408846046035; inf nan = inf nan;
      nan 1 = nan nan; nan inf = inf nan; nan nan = nan nan; 1000 0 = 3 0`,
  },
  log1p: {
    symmetry: "none",
    lines: `0 0 = 0 0; -1 0 = -inf 0; 1 inf = inf pi/2; 1 nan = nan nan; -inf 1 = inf pi; inf 1 = inf 0;
      -inf inf = inf 3pi/4; inf inf = inf pi/4; inf nan = inf nan; -inf nan = inf nan; nan 1 = nan nan;
      nan inf = inf nan; nan nan = nan nan; -2 0 = 0 pi; 1e-300 1e-300 = 1e-300 1e-300`,
  },
  sqrt: {
    symmetry: "none",
    lines: `0 0 = 0 0; -0 0 = 0 0; 1 inf = inf inf; -inf inf = inf inf; inf inf = inf inf; nan inf = inf inf;
      0 inf = inf inf; 1 nan = nan nan; -inf 1 = 0 inf; inf 1 = inf 0; inf 0 = inf 0; -inf 0 = 0 inf;
      -inf nan = nan *inf; inf nan = inf nan; nan 1 = nan nan; nan nan = nan nan; -1 0 = 0 1; -4 0 = 0 2; 4 0 = 2 0`,
  },
  sinh: {
    symmetry: "odd",
    lines: `0 0 = 0 0; 0 inf = *0 nan; 0 nan = *0 nan; 1 inf = nan nan; 1 nan = nan nan; inf 0 = inf 0;
      inf 1 = inf inf; inf 2 = -inf inf; inf 4 = -inf -inf; inf inf = *inf nan; inf nan = *inf nan; nan 0 = nan 0;
      nan 1 = nan nan; nan inf = nan nan; nan nan = nan nan; 1e300 0 = inf 0; 1e300 2 = -inf inf;
      0 1 = 0 0.8414709848078965; 0 2 = -0 0.9092974268256817`,
  },
  cosh: {
    symmetry: "even",
    lines: `0 0 = 1 0; 0 inf = nan *0; 0 nan = nan *0; 1 inf = nan nan; 1 nan = nan nan; inf 0 = inf 0;
      inf 1 = inf inf; inf 2 = -inf inf; inf 4 = -inf -inf; inf inf = *inf nan; inf nan = *inf nan; nan 0 = nan *0;
      nan 1 = nan nan; nan inf = nan nan; nan nan = nan nan; 1e300 0 = inf 0; 1e300 2 = -inf inf;
      0 2 = -0.4161468365471424 0; 0 4 = -0.6536436208636119 -0`,
  },
  tanh: {
    symmetry: "odd",
    lines: `0 0 = 0 0; 0 inf = 0 nan; 0 nan = 0 nan; 1 inf = nan nan; 1 nan = nan nan; inf 0 = 1 0; inf 1 = 1 0;
      inf 2 = 1 -0; inf 4 = 1 0; inf inf = 1 *0; inf nan = 1 *0; nan 0 = nan 0; nan 1 = nan nan; nan inf = nan nan;
      nan nan = nan nan; 800 0 = 1 0; 800 1 = 1 0; 800 2 = 1 -0; 30 inf = nan nan; 30 nan = nan nan;
      20 0.5 = 1 7.149733678026061e-18`,
  },
  asinh: {
    symmetry: "odd",
    lines: `0 0 = 0 0; 1 inf = inf pi/2; 0 inf = inf pi/2; 1 nan = nan nan; inf 1 = inf 0; inf 0 = inf 0;
      inf inf = inf pi/4; inf nan = inf nan; nan 0 = nan 0; nan 1 = nan nan; nan inf = *inf nan; nan nan = nan nan;
      0 0.5 = 0 0.5235987755982989; 0 2 = 1.3169578969248167 pi/2`,
  },
  acosh: {
    symmetry: "none",
    lines: `0 0 = 0 pi/2; -0 0 = 0 pi/2; 1 inf = inf pi/2; -1 inf = inf pi/2; 0 nan = nan *pi/2; 1 nan = nan nan;
      -inf 1 = inf pi; inf 1 = inf 0; -inf inf = inf 3pi/4; inf inf = inf pi/4; inf nan = inf nan; -inf nan = inf nan;
      nan 1 = nan nan; nan inf = inf nan; nan nan = nan nan; 1 0 = 0 0; -1 0 = 0 pi; 2 0 = 1.3169578969248167 0;
      -2 0 = 1.3169578969248167 pi; 0.5 0 = 0 1.0471975511965979`,
  },
  acos: {
    symmetry: "none",
    lines: `0 0 = pi/2 -0; -0 0 = pi/2 -0; 0 nan = pi/2 nan; -0 nan = pi/2 nan; 1 inf = pi/2 -inf; -1 inf = pi/2 -inf;
      1 nan = nan nan; -inf 1 = pi -inf; inf 1 = 0 -inf; -inf inf = 3pi/4 -inf; inf inf = pi/4 -inf;
      inf nan = nan *inf; -inf nan = nan *inf; nan 1 = nan nan; nan inf = nan -inf; nan nan = nan nan; 1 0 = 0 -0;
      -1 0 = pi -0; 2 0 = 0 -1.3169578969248167; -2 0 = pi -1.3169578969248167`,
  },
  atanh: {
    symmetry: "odd",
    lines: `0 0 = 0 0; 0 nan = 0 nan; 1 0 = inf 0; 1 inf = 0 pi/2; 0 inf = 0 pi/2; 1 nan = nan nan; inf 1 = 0 pi/2;
      inf 0 = 0 pi/2; inf inf = 0 pi/2; inf nan = 0 nan; nan 1 = nan nan; nan inf = *0 pi/2; nan nan = nan nan;
      2 0 = 0.5493061443340549 pi/2; 0.5 0 = 0.5493061443340549 0`,
  },
};

/** Functions along the other axis: f(x + yi) has the parts of g(y + xi), exchanged. */
const turnedTables = { sin: "sinh", tan: "tanh", asin: "asinh", atan: "atanh" } as const;

interface Row {
  readonly z: readonly [number, number];
  readonly expected: readonly [string, string];
}

const names: Readonly<Record<string, number>> = {
  inf: Infinity, nan: NaN, pi: Math.PI, "pi/2": Math.PI / 2, "pi/4": Math.PI / 4, "3pi/4": (3 * Math.PI) / 4,
}; // biome-ignore format: a table

const numberOf = (text: string): number => {
  const [, sign, word] = /^([-*]?)(.*)$/.exec(text)!;
  const size = names[word!] ?? Number(word);
  return sign === "-" ? -size : size;
};
const opposite = (text: string): string =>
  text.startsWith("*") ? text : text.startsWith("-") ? text.slice(1) : `-${text}`;

function rowsOf({ symmetry, lines }: Table): Row[] {
  const own = lines.split(";").map((line): Row => {
    const [x, y, , re, im] = line.trim().split(/\s+/) as [string, string, string, string, string];
    return { z: [numberOf(x), numberOf(y)], expected: [re, im] };
  });
  const conjugate = ({ z: [x, y], expected: [re, im] }: Row): Row => ({ z: [x, -y], expected: [re, opposite(im)] });
  const turned = ({ z: [x, y], expected: [re, im] }: Row): Row => ({
    z: [-x, -y],
    expected: symmetry === "odd" ? [opposite(re), opposite(im)] : [re, im],
  });
  const both = [...own, ...own.map(conjugate)];
  return symmetry === "none" ? both : [...both, ...both.map(turned)];
}

/** Whether a part is what a table says, within 4 units in the last place where it is neither 0 nor infinite. */
function isRight(part: number, text: string, eps: number): boolean {
  const value = numberOf(text);
  if (text.startsWith("*")) return isRight(Math.abs(part), text.slice(1), eps);
  if (value === 0 || !Number.isFinite(value)) return Object.is(part, value);
  return Math.abs(part - value) <= 4 * eps * Math.abs(value);
}

const all: (readonly [name: string, rows: readonly Row[]])[] = [
  ...Object.entries(tables).map(([name, table]) => [name, rowsOf(table)] as const),
  ...Object.entries(turnedTables).map(([name, of]) => {
    const rows = rowsOf(tables[of]!).map(
      ({ z: [x, y], expected: [re, im] }): Row => ({ z: [y, x], expected: [im, re] }),
    );
    return [name, rows] as const;
  }),
  // cos(x + yi) = cosh(y − xi)
  [
    "cos",
    rowsOf(tables.cosh!).map(({ z: [x, y], expected: [re, im] }): Row => ({ z: [y, x], expected: [re, opposite(im)] })),
  ],
];

type Complex = "complex64" | "complex128";

function arrayOf(rows: readonly (readonly [number, number])[], dtype: Complex): NDArray {
  const data = rows.flat();
  return new NDArray(dtype, [rows.length], dtype === "complex64" ? Float32Array.from(data) : Float64Array.from(data));
}

const epsOf = (dtype: Complex): number => (dtype === "complex64" ? 2 ** -23 : 2 ** -52);
const byName = new Map(operations);
const operationOf = (name: string) => byName.get(name)!;
const backends = backendNames.filter((name) => name !== "tensorflow"); // its loops are those of wasm

describe.each(["complex64", "complex128"] as const)("special values of functions of %s", (dtype) => {
  test.each(all)(`%s of special values of ${dtype} is what the C standard says`, async (name, rows) => {
    // what is no number of float32 says nothing about it
    const good = rows.filter(
      ({ z }) => dtype === "complex128" || z.every((part) => Object.is(Math.fround(part), part)),
    );
    const array = fromArray(
      arrayOf(
        good.map(({ z }) => z),
        dtype,
      ),
    );
    for (const backend of backends) {
      const { data } = await operationOf(name)(array).compute({ backend });
      const wrong = good.flatMap(({ z, expected }, i) => {
        const parts = [Number(data[2 * i]), Number(data[2 * i + 1])];
        const right = parts.every((part, k) => isRight(part, expected[k]!, epsOf(dtype)));
        return right ? [] : [`${name}(${z.join(" ")}) = ${parts.join(" ")}, not ${expected.join(" ")}`];
      });
      expect(wrong, backend).toEqual([]);
    }
  });
});

test("sign keeps the direction of infinities, of huge and of tiny numbers", async () => {
  const rows: [x: number, y: number, re: number, im: number][] = [
    [Infinity, 1, 1, 0], [-Infinity, Infinity, NaN, NaN], [1, -Infinity, 0, -1], [NaN, Infinity, 0, 1],
    [-Infinity, NaN, -1, 0], [NaN, 1, NaN, NaN], [0, 0, 0, 0], [-0, -0, 0, 0], [3, -0, 1, -0], [3, 4, 0.6, 0.8],
    [1.5e308, 1.5e308, Math.SQRT1_2, Math.SQRT1_2], [-5e-324, 5e-324, -Math.SQRT1_2, Math.SQRT1_2],
  ]; // biome-ignore format: a table
  const z = fromArray(
    arrayOf(
      rows.map(([x, y]) => [x, y]),
      "complex128",
    ),
  );
  for (const backend of backends) {
    const { data } = await z.sign().compute({ backend });
    rows.forEach(([x, y, ...expected], i) => {
      for (const [part, value] of expected.entries()) {
        const found = Number(data[2 * i + part]);
        const isNear = Object.is(found, value) || found === value || Math.abs(found - value) < 1e-15;
        expect(isNear, `the sign of ${x} ${y} has ${found}, not ${value}`).toBe(true);
      }
    });
  }
});

test("a complex power of 0 is 0 only for an exponent with a positive real part", async () => {
  const power = (re: number, im: number) => fromArray([{ re: 0, im: 0 }]).pow({ re, im });
  const results = await compute([power(2, 0), power(1, 1), power(0, 0), power(-1, 0), power(0, 1)]);
  const none = [NaN, NaN];
  expect(results.map(({ data }) => [...data])).toEqual([[0, 0], [0, 0], [1, 0], none, none]);
});

/** Parts of bases: zeros of both signs, ordinary, huge and tiny numbers, infinities, and NaN. */
const partsOf = (dtype: Complex): readonly number[] => [
  0, -0, 1, -1, 2, 0.1, -0.7, 1.25, 1e-30, 1e30, ...(dtype === "complex128" ? [1e300, 1e-300] : []), Infinity,
  -Infinity, NaN,
]; // biome-ignore format: a table

describe.each(["complex64", "complex128"] as const)("powers of %s", (dtype) => {
  const parts = partsOf(dtype);
  const bases = arrayOf(
    parts.flatMap((x) => parts.map((y) => [x, y] as const)),
    dtype,
  );
  const whole = Array.from({ length: 199 }, (_, i) => i - 99);
  const column = (re: readonly number[]): NDArray => {
    const { data } = arrayOf(
      re.map((x) => [x, 0]),
      dtype,
    );
    return new NDArray(dtype, [re.length, 1], data);
  };
  const right = async (exponents: NDArray): Promise<number[]> => {
    const [answer] = await numpy([{ code: "np.power(z, w)", arrays: { z: bases, w: exponents } }]);
    if (answer instanceof Error) throw answer;
    return Array.from(answer!.data, Number);
  };
  /** The parts that differ: in their bits, unless both are NaN. */
  const wrongOnes = (found: readonly number[], expected: readonly number[], exponents: readonly number[]): string[] => {
    const { length } = bases.data;
    return found.flatMap((part, i) => {
      if (Object.is(part, expected[i])) return [];
      const at = i % length;
      const base = [...bases.data.subarray(at - (at % 2), at - (at % 2) + 2)].join(" ");
      const exponent = exponents[Math.floor(i / length)];
      return [`${at % 2 === 0 ? "re" : "im"} of (${base}) ** ${exponent} is ${part}, not ${expected[i]}`];
    });
  };

  test(`whole exponents in an array give the bits of NumPy for ${dtype}`, async () => {
    const exponents = column(whole);
    const expected = await right(exponents);
    for (const backend of backends) {
      const found = await fromArray(bases).pow(fromArray(exponents)).compute({ backend });
      expect(wrongOnes(Array.from(found.data, Number), expected, whole), backend).toEqual([]);
    }
  });

  test(`each whole exponent as a constant gives the bits of NumPy for ${dtype}`, async () => {
    const expected = await right(column(whole));
    for (const backend of backends) {
      const powers = await compute(
        whole.map((exponent) => fromArray(bases).pow(exponent)),
        { backend },
      );
      const found = powers.flatMap(({ data }) => Array.from(data, Number));
      const wrong = wrongOnes(found, expected, whole);
      expect(wrong, backend).toEqual([]);
    }
  });

  test(`the first exponents beyond those of products agree with NumPy for ${dtype}`, async () => {
    const points = [[1, 0.01], [-1.01, 0.02], [0.3, -0.95], [0, 1], [-1, -0]] as const; // biome-ignore format: a table
    const z = arrayOf(points, dtype);
    const exponents = [-100.5, -100, -99.5, 0.5, 2.5, 99.5, 100];
    const w = column(exponents);
    const [expected] = await numpy([{ code: "np.power(z, w)", arrays: { z, w } }]);
    if (expected instanceof Error) throw expected;
    const inArray = await fromArray(z).pow(fromArray(w)).compute();
    const constants = await compute(exponents.map((exponent) => fromArray(z).pow(exponent)));
    for (const found of [[...inArray.data], constants.flatMap(({ data }) => [...data])]) {
      found.forEach((value, i) => {
        const wanted = Number(expected!.data[i]);
        expect(Math.abs(Number(value) - wanted)).toBeLessThanOrEqual(
          1000 * epsOf(dtype) * Math.max(1, Math.abs(wanted)),
        );
      });
    }
  });
});

test("a quotient by a complex 0 of any signs divides each part by +0, as in NumPy", async () => {
  const parts = [0, -0, 1, -1, Infinity, -Infinity, NaN];
  const x = arrayOf(
    parts.flatMap((re) => parts.map((im) => [re, im] as const)),
    "complex128",
  );
  const zeros = [[0, 0], [-0, 0], [0, -0], [-0, -0]] as const; // biome-ignore format: a table
  for (const zero of zeros) {
    const divisor = arrayOf([zero], "complex128");
    const [expected] = await numpy([{ code: "x / y", arrays: { x, y: divisor } }]);
    if (expected instanceof Error) throw expected;
    for (const backend of backends) {
      const found = await fromArray(x).divide(fromArray(divisor)).compute({ backend });
      expect([...found.data], `${backend}, by ${zero.join(" ")}`).toEqual([...expected!.data]);
    }
  }
});

/** Numbers where formulas overflow, underflow or cancel. */
const hard: (readonly [number, number])[] = [
  [800, 0.5], [-800, 0.5], [720, 1e-300], [0.5, 800], [20, 0.5], [0.5, 20], [1e-20, 1e-20], [1e-9, 1e-12],
  [1e-310, 1], [1, 1e-310], [0.6, 0.8], [0.6, 0.8000000000000002], [-0.6, 0.8], [1, 1e-20], [1, 1e-200], [-1, 1e-20],
  [1.0000000000000002, 1e-9], [2, 1e-20], [-2, -1e-20], [0, 1], [1e-30, 1], [0.999, 1e-5], [-0.5, 0.8],
  [-1e-4, 0.014142], [1e150, 1e150], [1e300, -1e300], [1.7e308, 1.7e308], [1e-170, 1e-170], [3, 4], [-3, 1e-8],
  [Math.PI / 2, 1e-10], [1e-10, Math.PI / 2], [10, 10], [-10, 3], [1e10, 1e-10], [1e-10, 1e10], [0.1, 1e5],
]; // biome-ignore format: a table

describe("each part of a function of complex numbers is right where formulas overflow or cancel", () => {
  const mpmath: Readonly<Record<string, string>> = {
    log2: "lambda z: mpmath.log(z) / mpmath.log(2)",
    log10: "lambda z: mpmath.log(z) / mpmath.log(10)",
    log1p: "lambda z: mpmath.log(1 + z)",
    expm1: "lambda z: mpmath.exp(z) - 1",
  };

  test.each(all.map(([name]) => name))("each part of %s is right", async (name) => {
    const array = arrayOf(hard, "complex128");
    const function_ = mpmath[name] ?? `mpmath.${name}`;
    const [expected] = await numpy([{ code: `complexly(${function_}, x)`, arrays: { x: array } }]);
    if (expected instanceof Error) throw expected;
    const [result] = await compute([operationOf(name)(fromArray(array))]);
    const wrong = hard.flatMap((z, i) => {
      const parts = [2 * i, 2 * i + 1].map((k) => [Number(result!.data[k]), Number(expected!.data[k])] as const);
      const size = Math.hypot(...parts.map(([, right]) => right));
      const right = parts.every(([part, wanted]) => {
        if (!Number.isFinite(wanted) || wanted === 0) return part === wanted;
        // the real part of expm1 is a difference
        const unit = name === "expm1" ? size : Math.abs(wanted);
        return Math.abs(part - wanted) <= Math.max(16 * 2 ** -52 * unit, 2 ** -1073);
      });
      return right ? [] : [`${name}(${z.join(" ")}) = ${parts.map(([a]) => a)}, not ${parts.map(([, b]) => b)}`];
    });
    expect(wrong).toEqual([]);
  });
});
