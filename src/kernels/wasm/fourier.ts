/**
 * Fourier transforms with their steps in WebAssembly, in the memory of the rows. Larger prime factors than those of
 * fourier-pass.ts, and lengths without two neighbours, run in JavaScript over the same memory.
 *
 * Invariant: a step is compiled once for a thread, and instantiated once for a memory.
 */
import { instantiate } from "../../assembler/code.js";
import {
  type BenchParams,
  type EndsParams,
  type MakeBuffers,
  type Move,
  PlainBuffers,
  type ProductParams,
} from "../../routines/fft/buffers.js";
import type { ButterflyParams, StepParams } from "../../routines/fft/butterflies.js";
import { passCode, radices, type Turning } from "./fourier-pass.js";
import { rowsCode } from "./fourier-rows.js";
import { endsCode, productCode } from "./fourier-steps.js";

/** A compiled step in a memory: bytes, counts and, last, a factor. */
type CompiledStep = (...numbers: number[]) => void;

const modules = new Map<string, WebAssembly.Module>();

/** The steps that are instantiated in a memory. */
class CompiledSteps {
  readonly #memory: WebAssembly.Memory;
  readonly #steps = new Map<string, CompiledStep>();

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  of(name: string, code: () => Uint8Array<ArrayBuffer>): CompiledStep {
    let step = this.#steps.get(name);
    if (step === undefined) {
      let module = modules.get(name);
      if (module === undefined) {
        module = new WebAssembly.Module(code());
        modules.set(name, module);
      }
      step = instantiate(module, this.#memory);
      this.#steps.set(name, step);
    }
    return step;
  }
}

/** The layouts of what a step reads and writes: its code depends on them. */
const layoutKey = ({ from, to }: StepParams): string => `${from.step} ${from.im} ${to.step} ${to.im}`;

/** Buffers with compiled steps. */
class WasmBuffers extends PlainBuffers {
  readonly #steps: CompiledSteps;

  constructor(workspace: Float64Array, steps: CompiledSteps) {
    super(workspace);
    this.#steps = steps;
  }

  override butterflies(params: ButterflyParams): Move {
    const { stage, tables, from, to, scale } = params;
    const { radix, groups, span, sign } = stage;
    const neighbours = span === 1 ? groups : span;
    if (neighbours < 2 || !radices.includes(radix)) return super.butterflies(params);
    const turning: Turning = span > 1 ? (span < 8 ? "outside" : "along") : scale === 1 ? "none" : "scaled";
    const run = this.#steps.of(`${radix} ${sign} ${turning} ${layoutKey(params)}`, () =>
      passCode(radix, sign, turning, [from, to]),
    );
    const [step, far] = [8 * from.step * span, 8 * to.step * groups * span];
    const [outer, inner] = turning === "along" ? [groups, span] : turning === "outside" ? [span, groups] : [1, groups];
    const [outerFrom, outerTo] = [radix * step, 8 * to.step * span];
    const [twiddles, roots] = [8 * (tables + stage.twiddles), 8 * (tables + stage.roots)];
    return (start, end) => run(8 * start, 8 * end, outer, inner, outerFrom, outerTo, step, far, twiddles, roots, scale);
  }

  override merge(params: EndsParams): Move {
    return params.m < 4 ? super.merge(params) : this.#ends("merge", params, params.scale / 2, this.mergeEnds(params));
  }

  override split(params: EndsParams): Move {
    return params.m < 4 ? super.split(params) : this.#ends("split", params, params.scale, this.splitEnds(params));
  }

  #ends(name: "merge" | "split", params: EndsParams, factor: number, ends: Move): Move {
    const { m, twiddles, from, to } = params;
    const run = this.#steps.of(`${name} ${layoutKey(params)}`, () => endsCode(name === "merge", [from, to]));
    const [count, table] = [Math.floor(m / 2), 8 * twiddles];
    const far = m - 2;
    return (start, end) => {
      const [p, q] = [8 * (start + from.step), 8 * (start + from.step * far)];
      const [pTo, qTo] = [8 * (end + to.step), 8 * (end + to.step * far)];
      run(p, q, pTo, qTo, count, table, factor);
      ends(start, end);
    };
  }

  override product(params: ProductParams): Move {
    const { count, twiddles, from, to, before, after, scale } = params;
    if (count < 2) return super.product(params);
    const run = this.#steps.of(`product ${before} ${after} ${layoutKey(params)}`, () =>
      productCode([from, to], before, after),
    );
    return (start, end) => run(8 * start, 8 * end, count, 8 * twiddles, scale);
  }

  gather(params: BenchParams): Move {
    const run = this.#rows(params, false);
    return (block, bench) => run(block, bench);
  }

  spread(params: BenchParams): Move {
    const run = this.#rows(params, true);
    return (bench, block) => run(block, bench);
  }

  #rows({ width, count, step, stride }: BenchParams, spread: boolean): Move {
    const run = this.#steps.of(`rows ${width} ${spread}`, () => rowsCode(width, spread));
    return (block, bench) => run(8 * block, 8 * bench, count, 8 * step, 8 * stride);
  }
}

/** Makes buffers with compiled steps, in a memory. */
export function wasmBuffersIn(memory: WebAssembly.Memory): MakeBuffers {
  const steps = new CompiledSteps(memory);
  return (workspace) => new WasmBuffers(workspace, steps);
}
