/** Residuals of factorizations, computed by NumPy in float64 and measured in units of ε · n. */
import { NDArray } from "chunkwise";
import { expect } from "vitest";
import type { DType } from "#src/data/dtype";
import { type Answer, numpy, type Question } from "./numpy.js";

/** The answers as numbers, which must be at most 10: residuals in units of ε · n. */
export async function expectSmall(questions: readonly Question[]): Promise<void> {
  const answers = await numpy(questions);
  answers.forEach((answer: Answer, i) => {
    if (answer instanceof Error) throw answer;
    const shapes = Object.entries(questions[i]!.arrays).map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
    expect(Number(answer.data[0]), `${questions[i]!.code}, ${shapes.join(" ")}`).toBeLessThanOrEqual(10);
  });
}

/** The norm of a difference, relative to a norm, in units of ε · n; 0 where there is nothing. */
export function unit(dtype: DType, difference: string, relative: string, n: string): string {
  const norm = (code: string): string => `np.linalg.norm(${code})`;
  const scale = `float(np.finfo("${dtype}").eps) * max(1, ${n}) * max(${norm(relative)}, 1e-300)`;
  const ratio = `np.nan_to_num(np.float64(${norm(difference)}) / (${scale}), nan=1e300)`;
  return `np.float64(0) if (${difference}).size == 0 else ${ratio}`;
}

/** What must be small, what it is relative to, and n: Python expressions over the arrays. */
export type Residual = readonly [difference: string, relative: string, n: string];

/** Questions about residuals of arrays, which are sent once. */
export function residuals(dtype: DType, arrays: Record<string, NDArray>, asked: readonly Residual[]): Question[] {
  const sent = wide(arrays);
  return asked.map((residual) => ({ code: unit(dtype, ...residual), arrays: sent }));
}

/** The arrays in float64 and complex128, so that the residual has no error of its own. */
export function wide(arrays: Record<string, NDArray>): Record<string, NDArray> {
  const widened = { float32: "float64", complex64: "complex128" } as const;
  const entries = Object.entries(arrays).map(([name, array]) => {
    const { dtype, shape, data } = array;
    if (dtype !== "float32" && dtype !== "complex64") return [name, array] as const;
    return [name, new NDArray(widened[dtype], shape, Float64Array.from(data as Float32Array))] as const;
  });
  return Object.fromEntries(entries);
}
