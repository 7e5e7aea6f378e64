/**
 * Fourier transforms with their steps in WebAssembly, in the memory of the rows. Larger prime factors than those of
 * fourier-pass.ts, and lengths without two neighbours, run in JavaScript over the same memory.
 *
 * Invariant: a step is compiled once for a thread, and instantiated once for a memory.
 */

import { instantiate } from "../../assembler/code.js";
import {
  type BenchWay,
  type EndsWay,
  type MakeBuffers,
  type Move,
  PlainBuffers,
  type ProductWay,
} from "../../routines/fft/buffers.js";
import type { ButterflyWay, Way } from "../../routines/fft/butterflies.js";
import { passCode, radices, type Turning } from "./fourier-pass.js";
import { rowsCode } from "./fourier-rows.js";
import { endsCode, productCode } from "./fourier-steps.js";

/** A compiled step in a memory: bytes, counts and, last, a factor. */
type Step = (...numbers: number[]) => void;

const modules = new Map<string, WebAssembly.Module>();

/** The steps that are instantiated in a memory. */
class Steps {
  readonly #memory: WebAssembly.Memory;
  readonly #steps = new Map<string, Step>();

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  of(name: string, code: () => Uint8Array<ArrayBuffer>): Step {
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

/** How numbers lie that a step reads and writes: its code depends on it. */
const liesOf = ({ from, to }: Way): string => `${from.step} ${from.im} ${to.step} ${to.im}`;

/** Room with compiled steps. */
class WasmRoom extends PlainBuffers {
  readonly #steps: Steps;

  constructor(workspace: Float64Array, steps: Steps) {
    super(workspace);
    this.#steps = steps;
  }

  override butterflies(way: ButterflyWay): Move {
    const { stage, tables, from, to, scale } = way;
    const { radix, groups, span, sign } = stage;
    const neighbours = span === 1 ? groups : span;
    if (neighbours < 2 || !radices.includes(radix)) return super.butterflies(way);
    const turning: Turning = span > 1 ? (span < 8 ? "outside" : "along") : scale === 1 ? "none" : "scaled";
    const run = this.#steps.of(`${radix} ${sign} ${turning} ${liesOf(way)}`, () =>
      passCode(radix, sign, turning, [from, to]),
    );
    const [step, far] = [8 * from.step * span, 8 * to.step * groups * span];
    const [outer, inner] = turning === "along" ? [groups, span] : turning === "outside" ? [span, groups] : [1, groups];
    const [outerFrom, outerTo] = [radix * step, 8 * to.step * span];
    const [twiddles, roots] = [8 * (tables + stage.twiddles), 8 * (tables + stage.roots)];
    return (start, end) => run(8 * start, 8 * end, outer, inner, outerFrom, outerTo, step, far, twiddles, roots, scale);
  }

  override merge(way: EndsWay): Move {
    return way.m < 4 ? super.merge(way) : this.#ends("merge", way, way.scale / 2, this.mergeEnds(way));
  }

  override split(way: EndsWay): Move {
    return way.m < 4 ? super.split(way) : this.#ends("split", way, way.scale, this.splitEnds(way));
  }

  #ends(name: "merge" | "split", way: EndsWay, factor: number, ends: Move): Move {
    const { m, twiddles, from, to } = way;
    const run = this.#steps.of(`${name} ${liesOf(way)}`, () => endsCode(name === "merge", [from, to]));
    const [count, table] = [Math.floor(m / 2), 8 * twiddles];
    const far = m - 2;
    return (start, end) => {
      const [p, q] = [8 * (start + from.step), 8 * (start + from.step * far)];
      const [pTo, qTo] = [8 * (end + to.step), 8 * (end + to.step * far)];
      run(p, q, pTo, qTo, count, table, factor);
      ends(start, end);
    };
  }

  override product(way: ProductWay): Move {
    const { count, twiddles, from, to, before, after, scale } = way;
    if (count < 2) return super.product(way);
    const run = this.#steps.of(`product ${before} ${after} ${liesOf(way)}`, () =>
      productCode([from, to], before, after),
    );
    return (start, end) => run(8 * start, 8 * end, count, 8 * twiddles, scale);
  }

  gather(way: BenchWay): Move {
    const run = this.#rows(way, false);
    return (block, bench) => run(block, bench);
  }

  spread(way: BenchWay): Move {
    const run = this.#rows(way, true);
    return (bench, block) => run(block, bench);
  }

  #rows({ width, count, step, stride }: BenchWay, spread: boolean): Move {
    const run = this.#steps.of(`rows ${width} ${spread}`, () => rowsCode(width, spread));
    return (block, bench) => run(8 * block, 8 * bench, count, 8 * step, 8 * stride);
  }
}

/** Gives room with compiled steps, in a memory. */
export function roomIn(memory: WebAssembly.Memory): MakeBuffers {
  const steps = new Steps(memory);
  return (workspace) => new WasmRoom(workspace, steps);
}
