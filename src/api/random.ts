/** Random arrays. Nothing is drawn until a block is computed. */
import { takesOnly } from "../data/arguments.js";
import { type DType, toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { ceilFloat, type FloatDType, floatBelow } from "../data/floats.js";
import { checkOptions } from "../data/options.js";
import { checkShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import { normalOp, type RandomParams, uniformOp } from "../ops/random.js";
import { countedExpr } from "../ops/sources.js";
import { ChunkedArray } from "./chunked-array.js";
import { type CreateOptions, createNames, gridFor } from "./create.js";

/** The options of random arrays. */
export interface RandomOptions<D extends DType = DType> extends CreateOptions<D> {
  /** Equal seeds give equal numbers, for any chunks and workers. Default: a new seed for each array. */
  readonly seed?: number | bigint;
}

function floatOf(options: RandomOptions, operation: string): FloatDType {
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, operation);
  if (dtype !== "float32" && dtype !== "float64")
    throw new ArgumentError(`${operation}: dtype must be float32 or float64; got ${dtype}`);
  return dtype;
}

/** Refuses a bound that is no finite number, by its name. */
function checkFinite(bounds: Readonly<Record<string, unknown>>, operation: string): void {
  for (const [name, bound] of Object.entries(bounds))
    if (!Number.isFinite(bound))
      throw new ArgumentError(`${operation}: ${name} must be a finite number; got ${shown(bound)}`);
}

/** The least and the largest float in [low, high); nothing for [0, 1), of which rounding makes no 1. */
function limitsOf(low: number, high: number, dtype: FloatDType): Pick<RandomParams, "limits"> {
  const name = "random.uniform";
  if (low > high) throw new ArgumentError(`${name}: low must not be above high; got ${low} and ${high}`);
  if (low === high || (low === 0 && high === 1) || !Number.isFinite(high - low)) return {};
  const [least, largest] = [ceilFloat(low, dtype), floatBelow(high, dtype)];
  if (least > largest) throw new ArgumentError(`${name}: there is no ${dtype} from ${low} up to ${high}`);
  return { limits: [least, largest] };
}

function drawn<D extends DType>(
  op: typeof uniformOp,
  shape: readonly number[] | number,
  options: RandomOptions,
  params: Pick<RandomParams, "from" | "scale" | "limits">,
): ChunkedArray<D> {
  const lengths = checkShape(shape, op.name);
  const dtype = floatOf(options, op.name);
  const { seed = Math.floor(Math.random() * 2 ** 53) } = options;
  if (typeof seed !== "bigint" && !Number.isSafeInteger(seed))
    throw new ArgumentError(`${op.name}: seed must be a whole number or a bigint; got ${shown(seed)}`);
  if (!Number.isFinite(params.scale))
    throw new ArgumentError(`${op.name}: high - low must be finite, and is ${shown(params.scale)}`);
  const positions = countedExpr(lengths, gridFor(lengths, dtype, options.chunks, op.name));
  const more: RandomParams = { seed: BigInt.asUintN(64, BigInt(seed)), dtype, ...params };
  return new ChunkedArray(makeExpr(op, [positions], { slots: [null], more }));
}

/**
 * Random arrays, by counter (Philox4x32-10): an element depends on the seed and its index alone.
 * @example random.normal([1000, 1000], { seed: 1 })
 */
export const random = {
  /**
   * Numbers evenly distributed in [low, high); default [0, 1). In every dtype `low` is the least that is drawn, and
   * `high` is not, unless they are equal; `low` above `high` is an ArgumentError.
   * @example random.uniform([1000], { seed: 0, low: -1, high: 1 })
   */
  uniform: takesOnly(
    "random.uniform",
    ["shape", "options"],
    <D extends DType = "float64">(
      shape: readonly number[] | number,
      options: RandomOptions<D> & { readonly low?: number; readonly high?: number } = {},
    ): ChunkedArray<D> => {
      checkOptions(options, [...createNames, "seed", "low", "high"], "random.uniform");
      const { low = 0, high = 1 } = options;
      checkFinite({ low, high }, "random.uniform");
      const limits = limitsOf(low, high, floatOf(options, "random.uniform"));
      return drawn(uniformOp, shape, options, { from: low, scale: high - low, ...limits });
    },
  ),

  /**
   * Normally distributed numbers with a mean `loc` (default 0) and a standard deviation `scale` (default 1), within
   * 8.6 standard deviations of the mean.
   * @example random.normal([1000], { seed: 0, loc: 10, scale: 2 })
   */
  normal: takesOnly(
    "random.normal",
    ["shape", "options"],
    <D extends DType = "float64">(
      shape: readonly number[] | number,
      options: RandomOptions<D> & { readonly loc?: number; readonly scale?: number } = {},
    ): ChunkedArray<D> => {
      checkOptions(options, [...createNames, "seed", "loc", "scale"], "random.normal");
      const { loc = 0, scale = 1 } = options;
      checkFinite({ loc, scale }, "random.normal");
      if (scale < 0) throw new ArgumentError(`random.normal: scale must not be negative; got ${scale}`);
      return drawn(normalOp, shape, options, { from: loc, scale });
    },
  ),
};
