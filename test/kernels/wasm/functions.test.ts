/**
 * How right the mathematical functions of the WebAssembly backend are, judged by mpmath: for each function and dtype
 * the largest error over random arguments of every size, over its usual range, and near its special points.
 *
 * What they give for infinities, NaN and zeros is the conformance suite's business.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type * as s from "#src/program/scalar";
import { randomOf } from "../../conformance/backend/values.js";
import { newerNode, python } from "../../support/platform.js";
import { evaluate, expressions, text } from "./functions.mjs";

type Float = "float64" | "float32";
type Unary = Parameters<typeof s.unary>[0];
type Binary = Parameters<typeof s.binary>[0];

/** Units in the last place that each function may be off. */
const bounds: Readonly<Record<string, number>> = { exp: 2, log: 2 };
const bound = (op: string): number => bounds[op] ?? 4;

const unaries = [
  "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan",
  "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt",
] as const satisfies readonly Unary[]; // biome-ignore format: a table
const binaries = ["pow", "atan2", "hypot"] as const satisfies readonly Binary[];

const random = randomOf(11);
const between = (low: number, high: number): number => low + random() * (high - low);
/** Any float of a dtype but infinities and NaN: exponents are equally likely. */
function anything(dtype: Float): number {
  const [low, high] = dtype === "float64" ? [-1074, 1023.9] : [-149, 127.9];
  return (random() < 0.5 ? -1 : 1) * 2 ** between(low, high);
}

/** Points near which mistakes are likely. */
const points: readonly number[] = [
  0.25, 0.35, Math.tan(Math.PI / 8), Math.SQRT1_2, 0.5, 1, Math.SQRT2, 2, Math.tan((3 * Math.PI) / 8), 3, 10, 22, 40,
  87.34, 88.72, 103.97, 104, 126, 128, 149.5, 600, 700, 708, 709.78, 710.47, 744.44, 745.13, 746, 1021, 1024, 1022,
  1074.5,
  2 ** -27, 2 ** -28, 2 ** -54, 2 ** 20, 2 ** 26, 2 ** 28, 2 ** 52, 2 ** 53, 1e6, 1.6e6, 1e22, 1e300, 5e-324,
  2 ** -1022, 1.79e308, 2.5, 26.543, 27.226, 9.2, 33.5, 35.04, 40.5, 141, 170.5, 171.5, 171.624, 178.47, 184.2,
  2.457024738220801, 2.7476826467274127, 3.143580888349981,
  2 ** -126, 1e-45, 3.4e38, 5.319372648326541e24, 6381956970095103 * 2 ** 797,
]; // biome-ignore format: a table

function samplesOf(dtype: Float): number[] {
  const near = points.flatMap((point) =>
    [-1, 1].flatMap((sign) =>
      [0, 1e-15, -1e-15, 1e-7, -1e-7, between(-0.01, 0.01)].map((by) => sign * point * (1 + by)),
    ),
  );
  const turns = Array.from({ length: 150 }, (_, k) => ((k < 60 ? k : Math.floor(2 ** between(0, 23))) * Math.PI) / 2);
  const all = [
    ...near,
    ...turns.flatMap((x) => [x, -x]),
    ...Array.from({ length: 250 }, () => anything(dtype)),
    ...Array.from({ length: 250 }, () => between(-1, 1)),
    ...Array.from({ length: 250 }, () => between(-4, 4)),
    ...Array.from({ length: 200 }, () => between(-800, 800)),
    ...Array.from({ length: 200 }, () => 1 + between(-1, 1) * 10 ** between(-8, 0)),
    ...Array.from({ length: 200 }, () => Math.round(between(-190, 180)) + between(-1, 1) * 10 ** between(-9, 0)),
  ];
  return all.map((x) => (dtype === "float32" ? Math.fround(x) : x)).filter((x) => Number.isFinite(x) && x !== 0);
}

/** Pairs: products of small and of large numbers, numbers of one size, and powers that neither over- nor underflow. */
function pairsOf(dtype: Float): [number, number][] {
  const _fit = (x: number): number => (dtype === "float32" ? Math.fround(x) : x);
  const narrow = (x: number): number => (dtype === "float32" ? Math.fround(x) : x);
  const top = dtype === "float64" ? 1074 : 149;
  const all = [
    ...Array.from({ length: 250 }, () => [anything(dtype), anything(dtype)]),
    ...Array.from({ length: 200 }, () => [between(-4, 4), between(-4, 4)]),
    ...Array.from({ length: 200 }, () => [between(-9, 9), Math.floor(between(-20, 20))]),
    ...Array.from({ length: 200 }, () => [anything(dtype), between(-2, 2)]),
    ...Array.from({ length: 200 }, () => {
      const base = 2 ** (between(-1, 1) * 10 ** between(-5, 2));
      return [base, between(-top, top) / Math.log2(narrow(base))];
    }),
    ...Array.from({ length: 250 }, () => {
      const x = anything(dtype);
      return [x, x * between(-3, 3)];
    }),
  ];
  return all
    .map(([a, b]) => [narrow(a!), narrow(b!)] as [number, number])
    .filter((pair) => pair.every(Number.isFinite));
}

/** Runs a program on a question, both in JSON. */
function run(program: string, args: readonly string[], question: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_OPTIONS: "" };
    const child = execFile(program, args, { env, maxBuffer: 2 ** 26 }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
    child.stdin!.end(JSON.stringify(question));
  });
}

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

test.runIf(python)("functions are as near to the truth as they say, on a newer Node too", async () => {
  const only = process.env.CHUNKWISE_FUNCTIONS?.split(",");
  const questions = (["float64", "float32"] as const).flatMap((dtype) => {
    const [singles, pairs] = [samplesOf(dtype).map((x) => [x]), pairsOf(dtype)];
    return [...unaries, ...(Object.keys(expressions) as (keyof typeof expressions)[]), ...binaries]
      .filter((op) => only?.includes(op) ?? true)
      .map((op) => {
        const args = (binaries as readonly string[]).includes(op) ? pairs : singles;
        return { op, dtype, bits: dtype === "float64" ? 64 : 32, args: args.map((row) => row.map(text)) };
      });
  });
  // what mpmath says about arguments is asked once for both
  const nodes = [{ node: "this", values: questions.map(evaluate) }];
  if (newerNode !== undefined) {
    const values = (await run(newerNode, [fileOf("functions.mjs")], questions)) as string[][];
    nodes.push({ node: "newer", values });
  }
  const asked = questions.map((question, k) => ({ ...question, values: nodes.map(({ values }) => values[k]!) }));
  const answers = (await run(python!, [fileOf("../oracle.py")], asked)) as [string, string[]][][];
  const found = questions.flatMap(({ op, dtype }, k) =>
    nodes.map(({ node }, which) => {
      const [ulps, at] = answers[k]![which]!;
      return { op, dtype, node, ulps: Number(ulps.replace("inf", "Infinity")), at };
    }),
  );
  if (process.env.CHUNKWISE_REPORT) console.table(found);
  expect(found.filter(({ op, ulps }) => ulps > bound(op))).toEqual([]);
});
