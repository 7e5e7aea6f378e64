/**
 * Fourier transforms with their steps in WebAssembly: room in a memory of its own for each plan, in which compiled steps run.
 * Larger prime factors than those of fourier-code.ts run in JavaScript over the same memory.
 *
 * Invariant: a step is compiled once for a thread, and bound to a memory when the plan first takes it.
 */
import { PAGE_BYTES } from "../../data/memory.js";
import type { Stage } from "../fft/passes.js";
import { type MakeRoom, PlainRoom, plainRoom } from "../fft/room.js";
import { Transforms } from "../fft/transform.js";
import { fourier } from "../routines/fft.js";
import type { Routine } from "../routines/routine.js";
import { exportName, importModule } from "./encoder.js";
import { meetCode, passCode, radices, scaleCode, type Turning } from "./fourier-code.js";
import { simd } from "./kernel.js";

/** A compiled step in a memory: bytes, counts and, last, a factor. */
type Step = (...numbers: number[]) => void;

/** A pass with all its numbers but the places. */
type BoundPass = (from: number, to: number) => void;

const modules = new Map<string, WebAssembly.Module>();

/** The module of a name, compiled when it is first asked for. */
function moduleOf(name: string, code: () => Uint8Array): WebAssembly.Module {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(code() as Uint8Array<ArrayBuffer>);
    modules.set(name, module);
  }
  return module;
}

/** An address cannot pass 2^32, of which the memory of a plan takes at most this. */
const MOST_BYTES = 2 ** 31;

/** Room in a WebAssembly memory. */
class WasmRoom extends PlainRoom {
  readonly #memory: WebAssembly.Memory;
  readonly #steps = new Map<string, Step>();
  readonly #bound = new Map<Stage, BoundPass | null>();

  constructor(length: number) {
    const pages = Math.ceil((length * 8) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    super(new Float64Array(memory.buffer, 0, length));
    this.#memory = memory;
  }

  #step(name: string, code: () => Uint8Array): Step {
    let step = this.#steps.get(name);
    if (step === undefined) {
      const imports = { [importModule]: { memory: this.#memory } };
      step = new WebAssembly.Instance(moduleOf(name, code), imports).exports[exportName] as Step;
      this.#steps.set(name, step);
    }
    return step;
  }

  override pass(stage: Stage, from: number, to: number): void {
    const bound = this.#bound.get(stage) ?? this.#bind(stage);
    if (bound === null) super.pass(stage, from, to);
    else bound(from, to);
  }

  /** A pass with its numbers, worked out once; null for radices that are not compiled. */
  #bind(stage: Stage): BoundPass | null {
    const { radix, groups, span, sign, twiddles, roots } = stage;
    const turning: Turning = span === 1 ? "none" : groups > span ? "outside" : "along";
    let bound: BoundPass | null = null;
    if (radices.includes(radix)) {
      const run = this.#step(`${radix} ${sign} ${turning}`, () => passCode(radix, sign, turning));
      const [step, far, tables, ring] = [16 * span, 16 * groups * span, 8 * twiddles, 8 * roots];
      bound =
        turning === "along"
          ? (from, to) => run(8 * from, 8 * to, groups, span, radix * step, step, 16, 16, step, far, tables, ring)
          : (from, to) => run(8 * from, 8 * to, span, groups, 16, 16, radix * step, step, step, far, tables, ring);
    }
    this.#bound.set(stage, bound);
    return bound;
  }

  override merge(at: number, m: number, twiddles: number, scale: number): void {
    const { data } = this;
    const [re, im] = [data[at]!, data[at + 1]!];
    const run = this.#step("merge", () => meetCode(true));
    run(8 * at + 16, 8 * at + 16 * (m - 1), Math.floor(m / 2), 8 * twiddles + 24, scale / 2);
    data[at] = scale * (re + im);
    data[at + 1] = 0;
    data[at + 2 * m] = scale * (re - im);
    data[at + 2 * m + 1] = 0;
  }

  override split(at: number, m: number, twiddles: number, scale: number): void {
    const { data } = this;
    const [first, last] = [data[at]!, data[at + 2 * m]!];
    const run = this.#step("split", () => meetCode(false));
    run(8 * at + 16, 8 * at + 16 * (m - 1), Math.floor(m / 2), 8 * twiddles + 24, scale);
    data[at] = scale * (first + last);
    data[at + 1] = scale * (first - last);
  }

  override scale(at: number, count: number, factor: number): void {
    const run = this.#step("scale", scaleCode);
    run(8 * at, count >> 1, factor);
    if (count % 2 === 1) this.data[at + count - 1] = this.data[at + count - 1]! * factor;
  }
}

export const makeRoom: MakeRoom = (length) =>
  simd && length * 8 <= MOST_BYTES ? new WasmRoom(length) : plainRoom(length);

/** The routine `fft` on compiled steps. */
export const fft: Routine = fourier(new Transforms(makeRoom));
