/**
 * The JavaScript backend: loops become JavaScript source at run time. It is there for engines without WebAssembly, and
 * gives the same bits as the WebAssembly backend, but for the last places of mathematical functions, which are the
 * engine's own here, and the order of sums.
 *
 * Invariant: as with every backend, all of the memory belongs to its user.
 */
import { type DType, factsOf, viewOf } from "../../data/dtype.js";
import type { Multiplier } from "../../routines/matrix.js";
import type { RoutineCall } from "../../routines/routine.js";
import { runRoutine } from "../../routines/table.js";
import type { Backend, LoopCall } from "../backend.js";
import { grown } from "../growth.js";
import { iterationShapeOf, type OperandKind, operandKindsOf } from "../iteration-shape.js";
import { LoopCache } from "../loop-cache.js";
import { compileRun, type Layout, type Run } from "./source.js";

/** What is kept of a loop: one function for each kind of box that it met. */
interface KnownLoop {
  readonly operands: readonly OperandKind[];
  readonly dtypes: readonly DType[];
  readonly runs: Map<string, Run>;
}

/** Runs loops as JavaScript; see the head of this file. */
export class JavaScriptBackend implements Backend {
  readonly name = "javascript";
  #buffer = new ArrayBuffer(0);
  /** Views of the whole memory, by dtype. */
  readonly #views = new Map<DType, ArrayLike<unknown>>();
  readonly #loops = new LoopCache<KnownLoop>((loop) => ({
    operands: operandKindsOf(loop),
    dtypes: [...loop.inputs, ...loop.results].map(({ dtype }) => dtype),
    runs: new Map(),
  }));

  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  reserve(bytes: number): void {
    const before = this.#buffer;
    this.#buffer = grown(before, bytes);
    if (this.#buffer !== before) this.#views.clear();
  }

  run(call: LoopCall): void {
    const { operands, dtypes, runs } = this.#loops.of(call.loop);
    const shape = iterationShapeOf(call, operands);
    if (shape === undefined) return;
    const offsets = [...call.inputs, ...call.results].map(({ offset }) => offset);
    const typed = operands.map(
      ({ bytes, counted }, k) => counted || (!call.loop.inputs[k]?.swap && offsets[k]! % bytes === 0),
    );
    // What one step of an index is, in bytes.
    const units = operands.map(({ bytes, counted }, k) => (counted || !typed[k] ? 1 : bytes));
    const layout = { ...shape, typed };
    const key = keyOf(layout);
    let run = runs.get(key);
    if (run === undefined) {
      run = compileRun(call.loop, layout);
      runs.set(key, run);
    }
    run(
      operands.map(({ counted }, k) => (counted ? undefined : this.#view(dtypes[k]!, typed[k]!))),
      offsets.map((offset, k) => offset / units[k]!),
      shape.dimensions.map(({ count }) => count),
      shape.dimensions.map(({ steps }) => steps.map((step, k) => step / units[k]!)),
    );
  }

  call(call: RoutineCall, products?: Multiplier): void {
    runRoutine(this.#buffer, call, { products });
  }

  #view(dtype: DType, typed: boolean): ArrayLike<unknown> | DataView {
    if (!typed) return new DataView(this.#buffer);
    let view = this.#views.get(dtype);
    if (view === undefined) {
      view = viewOf(dtype, this.#buffer, 0, Math.floor(this.#buffer.byteLength / factsOf(dtype).bytes));
      this.#views.set(dtype, view);
    }
    return view;
  }
}

function keyOf({ rank, form, classes, typed }: Layout): string {
  return `${form}${rank}${classes.map(({ stride }, k) => (typed[k] ? stride[0] : `-${stride[0]}`)).join("")}`;
}
