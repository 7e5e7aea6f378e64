/**
 * Kernels: from a loop and a variant of its iteration shape to a function in machine code, and to a text that shows it.
 *
 *     Loop + Variant ──Nest──▶ Code ──encode──▶ module ──instantiate──▶ run()
 *
 * Invariant: a kernel holds no state; its arguments are the points that it runs over.
 */

import { Code, instantiate } from "../../assembler/code.js";
import type { Loop } from "../../program/loop.js";
import type { Variant } from "../iteration-shape.js";
import { frameOf } from "./frame.js";
import { importedFunction } from "./lanes.js";
import { Nest } from "./nest.js";
import { scalarLanes } from "./scalar-lanes.js";
import { unrollOf } from "./unroll.js";
import { vectorLanes, vectorWidth } from "./vector-lanes.js";
import { separate } from "./wide-sums.js";

/** The facts about a kernel, for reports and tests. */
export interface KernelDescription extends Variant {
  /** The number of elements in a value: 1 if SIMD was not possible or not allowed. */
  readonly lanes: 1 | 2 | 4;
  /** Values of a row, and rows, in one iteration. */
  readonly parts: number;
  readonly rows: number;
  /** The functions that it calls, as `primitive.dtype`. */
  readonly calls: readonly string[];
  /** Bytes of the module. */
  readonly bytes: number;
}

/** Runs over the points that `argumentsOf` describes. */
export type RunKernel = (...points: number[]) => void;

/** A compiled loop. */
export interface Kernel {
  /** The function that runs it in a memory. */
  readonly runIn: (memory: WebAssembly.Memory) => RunKernel;
  readonly description: KernelDescription;
}

/** A kernel before it is compiled. */
export interface WrittenKernel {
  readonly code: Code;
  readonly bytes: Uint8Array;
  readonly description: KernelDescription;
}

/** Tries a small module: engines refuse unknown instructions, or have no WebAssembly at all. */
function validates(write: (code: Code) => void): boolean {
  const code = new Code();
  write(code);
  return typeof WebAssembly !== "undefined" && WebAssembly.validate(code.encode());
}

/** True if this engine can run kernels at all. */
export const available: boolean = validates((code) => code.i32(0).op("drop"));

/** True if its WebAssembly has 128-bit vectors. */
export const simd: boolean = validates((code) => code.op("v128.const", new Uint8Array(16)).op("drop"));

/** True if it has the multiply-add of relaxed SIMD. The processor decides whether that rounds once or twice. */
export const relaxedSimd: boolean = validates((code) => {
  for (let k = 0; k < 3; k++) code.op("v128.const", new Uint8Array(16));
  code.op("f64x2.relaxed_madd").op("drop");
});

/** Writes the kernel of a loop for one variant. */
export function writeKernel(loop: Loop, variant: Variant, allowSimd = simd): WrittenKernel {
  const inVectors = allowSimd && variant.form !== "general";
  const separated = inVectors ? separate(loop) : null;
  const width = separated ? 4 : inVectors ? vectorWidth(loop) : 0;
  const frame = frameOf(separated?.loop ?? loop, variant);
  const unroll = unrollOf(frame.loop, variant.form, separated?.sums.some(({ groups }) => groups !== "never") ?? false);
  const lanes = width === 0 ? scalarLanes : vectorLanes(width);
  new Nest(frame, lanes, unroll, separated).write();
  const { code } = frame;
  const bytes = code.encode();
  const { rank, form, classes } = variant;
  const calls = code.imports.map(({ name }) => name);
  const rows = form === "rows" ? unroll.rows : 1;
  const description = {
    rank,
    form,
    classes,
    lanes: width || (1 as const),
    parts: unroll.parts,
    rows,
    calls,
    bytes: bytes.length,
  };
  return { code, bytes, description };
}

/** Compiles a kernel. */
export function compileKernel({ code, bytes, description }: WrittenKernel): Kernel {
  const functions = Object.fromEntries(code.imports.map((imported) => [imported.name, importedFunction(imported)]));
  const module = new WebAssembly.Module(bytes);
  const instances = new WeakMap<WebAssembly.Memory, RunKernel>();
  const runIn = (memory: WebAssembly.Memory): RunKernel => {
    let run = instances.get(memory);
    if (run === undefined) {
      run = instantiate(module, memory, functions);
      instances.set(memory, run);
    }
    return run;
  };
  return { runIn, description };
}

/** A kernel as text: a line about it, then its instructions, one statement a line. */
export function describeKernel(loop: Loop, variant: Variant, allowSimd = simd): string {
  const { code, description } = writeKernel(loop, variant, allowSimd);
  return `${summarize(description)}\n${code.listing()}`;
}

/** The line about a kernel. */
export function summarize({ rank, form, classes, lanes, parts, rows, calls, bytes }: KernelDescription): string {
  const facts = [
    lanes === 1 ? "scalar" : `SIMD, ${lanes} lanes`,
    `${form} in ${rank} dimension${rank === 1 ? "" : "s"}`,
    `strides ${classes.map(({ stride, shared }) => (shared ? `${stride} (shared)` : stride)).join(" ")}`,
    `${parts} parts${rows > 1 ? ` of ${rows} rows` : ""} an iteration`,
    ...(calls.length ? [`calls ${calls.join(" ")}`] : []),
    `${bytes} bytes`,
  ];
  return `kernel: ${facts.join("; ")}`;
}
