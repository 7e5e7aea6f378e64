/**
 * The JavaScript backend: loops become JavaScript source at run time. It serves engines without WebAssembly
 * (docs/design/0007), and gives the same bits as the WebAssembly backend, except in the order of sums and in the last
 * places of mathematical functions, which are the engine's own here.
 *
 * Invariant: as with every backend, all of the memory belongs to its user.
 */
import { type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import { ArrayBufferBackend } from "../array-buffer-backend.js";
import type { LoopCall } from "../backend.js";
import { iterationShapeOf, type OperandKind, operandKindsOf } from "../iteration-shape.js";
import { LoopCache } from "../loop-cache.js";
import { compileLoop, type Layout, type LoopFunction } from "./source.js";

/** A loop that has run: a function for each kind of iteration shape. */
interface KnownLoop {
  readonly operands: readonly OperandKind[];
  readonly dtypes: readonly DType[];
  readonly runs: Map<string, LoopFunction>;
}

/** Runs loops as JavaScript; see the head of this file. */
export class JavaScriptBackend extends ArrayBufferBackend {
  readonly name = "javascript";
  /** Views of the whole memory, by dtype. */
  readonly #views = new Map<DType, TypedArray>();
  readonly #loops = new LoopCache<KnownLoop>((loop) => ({
    operands: operandKindsOf(loop),
    dtypes: [...loop.inputs, ...loop.results].map(({ dtype }) => dtype),
    runs: new Map(),
  }));

  run(call: LoopCall): void {
    const { operands, dtypes, runs } = this.#loops.of(call.loop);
    const shape = iterationShapeOf(call, operands);
    if (shape === undefined) return;
    const offsets = [...call.inputs, ...call.results].map(({ offset }) => offset);
    const typed = operands.map(
      ({ bytes, counted }, k) => counted || (!call.loop.inputs[k]?.otherEndian && offsets[k]! % bytes === 0),
    );
    // The bytes of one step of an index.
    const units = operands.map(({ bytes, counted }, k) => (counted || !typed[k] ? 1 : bytes));
    const layout = { ...shape, typed };
    const key = keyOf(layout);
    let run = runs.get(key);
    if (run === undefined) {
      run = compileLoop(call.loop, layout);
      runs.set(key, run);
    }
    run(
      operands.map(({ counted }, k) => (counted ? undefined : this.#view(dtypes[k]!, typed[k]!))),
      offsets.map((offset, k) => offset / units[k]!),
      shape.dimensions.map(({ count }) => count),
      shape.dimensions.map(({ steps }) => steps.map((step, k) => step / units[k]!)),
    );
  }

  #view(dtype: DType, typed: boolean): TypedArray | DataView {
    const { buffer } = this;
    if (!typed) return new DataView(buffer);
    let view = this.#views.get(dtype);
    if (view?.buffer !== buffer) {
      view = viewOf(dtype, buffer, 0, Math.floor(buffer.byteLength / factsOf(dtype).bytes));
      this.#views.set(dtype, view);
    }
    return view;
  }
}

function keyOf({ rank, form, classes, typed }: Layout): string {
  return `${form}${rank}${classes.map(({ stride }, k) => (typed[k] ? stride[0] : `-${stride[0]}`)).join("")}`;
}
