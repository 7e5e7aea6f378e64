/**
 * What a step can do. A call is made of lazy arrays; later it becomes a case for NumPy, over what the arrays held.
 *
 * A call that an operation refuses with a typed error makes no array: law 5 asks NumPy about refusals.
 */
import { type ChunkedArray, type Chunks, type DType, dtypes, type NDArray, openNpy, openZarr } from "chunkwise";
import { randomOf } from "../conformance/backend/values.js";
import { type Case, make, type Operation } from "../laws/case.js";
import { operations } from "../laws/cases.js";
import { reduce } from "../laws/reduction-cases.js";
import { randomChunks } from "../support/chunkings.js";
import type { Step } from "./program.js";

/** Makes an array; rejects with a typed error where the operation refuses what it is given. */
export interface Call {
  readonly name: string;
  /** How many arrays it takes. */
  readonly arity: number;
  /** True where the order in which it adds terms shows in the result. */
  readonly adds: boolean;
  /** Whether the elements are none for which it is an error; by default none are. */
  isDefined?(arrays: readonly ChunkedArray[]): ChunkedArray;
  make(arrays: readonly ChunkedArray[]): ChunkedArray | Promise<ChunkedArray>;
  /** The case for NumPy; null for a call that gives the elements that it is given. */
  judged(arrays: readonly NDArray[]): Case | null;
}

/** Numbers for a call, and the shape of its first array. */
interface Choices {
  readonly choices: readonly number[];
  readonly shape: readonly number[];
  /** A path that nobody else has. */
  path(): string;
}

const tables = { elementwise: [] as Operation[], reduction: [] as Operation[], other: [] as [string, Operation][] };
for (const [name, operation] of operations) {
  const { family, arity } = operation.definition;
  if (family === "elementwise" && arity > 0) tables.elementwise.push(operation);
  else if (family === "reduction") tables.reduction.push(operation);
  else tables.other.push([name, operation]);
}
const byName = new Map(tables.other);

const pick = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;

function elementwise({ choices }: Choices): Call {
  const operation = pick(tables.elementwise, choices[0]!);
  const { definition } = operation;
  return {
    name: definition.name,
    arity: definition.arity,
    adds: false,
    make: (arrays) => operation(...arrays),
    judged: (arrays) => make(definition, { arrays, apply: (given) => operation(...given), numpy: definition.numpy }),
  };
}

function reduction({ choices, shape }: Choices): Call {
  const operation = pick(tables.reduction, choices[0]!);
  const axes = [null, ...shape.keys(), -1, ...(shape.length > 1 ? [[0, shape.length - 1]] : [])];
  const axis = pick(axes, choices[1]!);
  const options = choices[2]! % 3 === 0 ? { keepdims: true } : {};
  const { name } = operation.definition;
  return {
    name,
    arity: 1,
    adds: operation.definition.ulps > 0,
    // nothing but NaN has no index, and of NaN and infinities NumPy's is any
    ...(name.startsWith("nanarg") ? { isDefined: ([x]) => x!.isfinite().any(axis).all() } : {}),
    make: ([x]) => reduce(operation, x as never, axis, options).apply([x!]),
    judged: ([x]) => reduce(operation, x!, axis, options),
  };
}

/** A call of an operation that is not elementwise, with what NumPy is asked. */
function other(
  name: string,
  args: readonly unknown[],
  numpy: string,
  given: { arity?: number; list?: boolean } = {},
): Call {
  const operation = byName.get(name)!;
  const { arity = 1, list = false } = given;
  const apply = (arrays: readonly ChunkedArray[]): ChunkedArray => operation(...(list ? [arrays] : arrays), ...args);
  const how = JSON.stringify(args);
  return {
    name,
    arity,
    adds: operation.definition.ulps > 0,
    make: apply,
    judged: (arrays) => make(operation.definition, { arrays, apply, numpy, how }),
  };
}

/** A range of Python that may be empty, go backwards or lie outside. */
function range(length: number, choice: number): readonly [readonly (number | null)[], string] {
  const random = randomOf(choice);
  const bound = (): number | null => (random() < 0.3 ? null : Math.floor(random() * (2 * length + 3)) - length - 1);
  const step = pick([1, 1, 2, -1, -2, 3], Math.floor(random() * 6));
  const parts = [bound(), bound(), step] as const;
  return [parts, parts.map((part) => part ?? "").join(":")];
}

function slice({ choices, shape }: Choices): Call {
  const parts = shape.map((length, axis) => {
    const choice = choices[axis]!;
    if (length > 0 && choice % 5 === 0) return [choice % length, String(choice % length)] as const;
    return choice % 5 === 1 ? ([null, ":"] as const) : range(length, choice);
  });
  return other(
    "slice",
    [parts.map(([part]) => part)],
    `x[${parts.map(([, text]) => text).join(", ")}${parts.length === 0 ? "()" : ""}]`,
  );
}

function reshape({ choices, shape }: Choices): Call {
  const size = shape.reduce((product, length) => product * length, 1);
  const lengths = size === 0 ? [0, 3] : [1, 2, 3, 4, 6, 7, 9, 12].filter((length) => size % length === 0);
  const first = pick(lengths, choices[0]!);
  const target = pick([[-1], [first, -1], [-1, first], shape.slice().reverse(), [1, ...shape]], choices[1]!);
  const wanted = size === 0 && target.includes(-1) ? [0] : target;
  return other("reshape", [wanted], `x.reshape(${JSON.stringify(wanted)})`);
}

function transpose({ choices, shape }: Choices): Call {
  const random = randomOf(choices[0]!);
  const axes = [...shape.keys()].map((axis) => [random(), axis] as const);
  const order = axes.sort(([a], [b]) => a - b).map(([, axis]) => axis);
  return other("transpose", [order], `np.transpose(x, ${JSON.stringify(order)})`);
}

function joined({ choices, shape }: Choices): Call {
  const axis = shape.length === 0 ? 0 : choices[0]! % shape.length;
  const name = pick(["concat", "stack"], choices[1]!);
  const numpy = name === "concat" ? "concatenate" : "stack";
  return other(name, [{ axis }], `np.${numpy}([x, y], axis=${axis})`, { arity: 2, list: true });
}

function shaped({ choices, shape }: Choices): Call {
  const axis = shape.length === 0 ? 0 : choices[0]! % shape.length;
  const wide = [2, ...shape];
  const calls = [
    () => other("flip", [axis], `np.flip(x, ${axis})`),
    () => other("expandDims", [axis], `np.expand_dims(x, ${axis})`),
    () => other("broadcastTo", [wide], `np.broadcast_to(x, ${JSON.stringify(wide)})`),
    () => other("diagonal", [], "np.diagonal(x, axis1=-2, axis2=-1)"),
    () => other("trace", [], "np.trace(x, axis1=-2, axis2=-1)"),
  ];
  return pick(calls, choices[1]!)();
}

function product({ choices }: Choices): Call {
  const [name, numpy] = pick(
    [
      ["matmul", "np.matmul(x, y)"],
      ["dot", "np.dot(x, y)"],
      ["outer", "np.outer(x, y)"],
      ["inner", "np.inner(x, y)"],
    ] as const,
    choices[0]!,
  );
  return other(name, [], numpy, { arity: 2 });
}

function astype({ choices }: Choices): Call {
  const dtype: DType = pick(dtypes, choices[0]!);
  const operation = byName.get("astype")!;
  return {
    name: `astype ${dtype}`,
    arity: 1,
    adds: false,
    make: ([x]) => x!.astype(dtype),
    judged: (arrays) =>
      make(operation.definition, { arrays, apply: ([x]) => x!.astype(dtype), numpy: `x.astype(np.${dtype})` }),
  };
}

/** Calls after which an array has the elements that it had. */
function unchanged({ choices, path }: Choices): Call {
  const cutAgain = (x: ChunkedArray): Chunks => randomChunks(x.shape, randomOf(choices[1]!));
  const [name, call] = pick(
    [
      ["rechunk", (x: ChunkedArray) => x.rechunk(cutAgain(x))],
      ["rechunk", (x: ChunkedArray) => x.rechunk(cutAgain(x))],
      ["persist", (x: ChunkedArray) => x.persist()],
      ["npy", (x: ChunkedArray) => throughFile(x, path(), "npy")],
      ["zarr", (x: ChunkedArray) => throughFile(x, path(), "zarr")],
    ] as const,
    choices[0]!,
  );
  return { name, arity: 1, adds: false, make: ([x]) => call(x!), judged: () => null };
}

async function throughFile(x: ChunkedArray, path: string, format: "npy" | "zarr"): Promise<ChunkedArray> {
  if (format === "npy") {
    await x.saveNpy(path);
    return openNpy(path);
  }
  await x.saveZarr(path);
  return openZarr(path);
}

/** The kinds of calls, as often as they are wanted. */
const kinds = [
  ...[elementwise, elementwise, elementwise, elementwise, elementwise, reduction, reduction, reduction],
  ...[slice, slice, reshape, transpose, joined, shaped, shaped, product, astype, unchanged, unchanged],
];

/** The call of a step whose first array has this shape. */
export function callOf({ kind, choices }: Step, shape: readonly number[], path: () => string): Call {
  return pick(kinds, kind)({ choices, shape, path });
}
