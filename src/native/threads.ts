/**
 * How many threads the native library gets.
 *
 * TensorFlow makes one pool of threads per process when it is loaded, and all workers share it. The size comes from the
 * environment of the process and cannot change afterwards. So it is settled once, by the first of these that gives one:
 *
 *     configure({ nativeThreads }) ▷ CHUNKWISE_NATIVE_THREADS ▷ TF_NUM_INTRAOP_THREADS ▷ OMP_NUM_THREADS ▷ the cores
 *
 * Because the pool is shared, the number of threads does not grow with the number of workers, which wait while the pool
 * works for them. docs/design/0010 has the figures.
 */
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";

/** A number of threads and its origin. */
export interface NativeThreads {
  readonly threads: number;
  /** `"nativeThreads"`, the name of a variable, or `"cores"`. */
  readonly from: string;
}

/** The most threads that can be asked for; a larger number is a mistake. */
export const MOST_THREADS = 1024;

/** The variable that TensorFlow itself reads. */
export const poolVariable = "TF_NUM_INTRAOP_THREADS";

/** Variables of other libraries, which ignore values that they cannot use; so does this one. */
const foreign = [poolVariable, "OMP_NUM_THREADS"] as const;

const numberOf = (text: string | undefined): number | undefined => {
  // OpenMP takes a list, one number for each level of nesting
  const number = Number(/^\s*(\d+)\s*(?:,[\d\s,]*)?$/.exec(text ?? "")?.[1]);
  return number >= 1 && number <= MOST_THREADS ? number : undefined;
};

/** The number of threads, from the option, the environment, and the number of cores. */
export function nativeThreads(
  asked: number | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cores: number,
): NativeThreads {
  if (asked !== undefined) return { threads: asked, from: "nativeThreads" };
  const own = env.CHUNKWISE_NATIVE_THREADS;
  if (own !== undefined && own !== "") {
    const threads = /,/.test(own) ? undefined : numberOf(own);
    if (threads !== undefined) return { threads, from: "CHUNKWISE_NATIVE_THREADS" };
    const got = shown(own);
    throw new ArgumentError(`CHUNKWISE_NATIVE_THREADS: expected a whole number from 1 to ${MOST_THREADS}; got ${got}`);
  }
  for (const from of foreign) {
    const threads = numberOf(env[from]);
    if (threads !== undefined) return { threads, from };
  }
  return { threads: cores, from: "cores" };
}
