/** Detects tensors that stay, copies where none are needed, errors without a type, and a library that loads twice. */
import { NativeError } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { DType } from "#src/data/dtype";
import type { Backend } from "#src/kernels/backend";
import { JavaScriptBackend } from "#src/kernels/javascript/backend";
import { TensorFlowBackend } from "#src/kernels/tensorflow/backend";
import { type Binding, load } from "#src/kernels/tensorflow/library";
import { Tensors } from "#src/kernels/tensorflow/tensors";
import { WasmBackend } from "#src/kernels/wasm/backend";
import type { Block } from "#src/routines/routine";
import { native } from "../../support/platform.js";

/** The addon with a record of what was asked of it. */
function watched(): { binding: Binding; asked: string[] } {
  const { binding } = load();
  const asked: string[] = [];
  const noted: Partial<Binding> = {
    createTensor: (shape, dtype, data) => {
      asked.push("createTensor");
      return binding.createTensor(shape, dtype, data);
    },
    tensorDataSync: (id) => {
      asked.push("tensorDataSync");
      return binding.tensorDataSync(id);
    },
    executeOp: (name, attributes, inputs, outputs) => {
      asked.push(name);
      return binding.executeOp(name, attributes, inputs, outputs);
    },
  };
  // the addon's own properties cannot be listed, nor replaced by assigning
  const descriptors = Object.entries(noted).map(([name, value]) => [name, { value }] as const);
  return { binding: Object.create(binding, Object.fromEntries(descriptors)) as Binding, asked };
}

function multiply(
  backend: Backend,
  dtype: DType,
  [m, k, n]: readonly [number, number, number],
  offsets: readonly number[],
): void {
  const shapes = [[m, k], [k, n], [m, n]]; // biome-ignore format: a table
  const [left, right, output] = shapes.map((shape, i): Block => ({ dtype, shape, offset: offsets[i]! }));
  backend.call({
    routine: "matmul",
    params: null,
    inputs: [left!, right!],
    outputs: [output!],
    first: true,
    workspace: 2 ** 20,
  });
}

describe.runIf(native)("the TensorFlow backend", () => {
  test("leaves no tensor and keeps no memory after 10,000 calls", () => {
    const backend = new TensorFlowBackend(new WasmBackend());
    backend.reserve(2 ** 20);
    new Float64Array(backend.buffer).fill(1);
    const { binding } = load();
    const before = binding.getNumOfTensors();
    const calls = (count: number): void => {
      for (let i = 0; i < count; i++) {
        // aligned, and not: results that TensorFlow writes, and results that are copied out of it
        multiply(backend, "float64", [32, 32, 32], [0, 8192, i % 2 === 0 ? 16384 : 16392]);
      }
    };
    calls(2000);
    const resident = process.memoryUsage().rss;
    calls(10_000);
    expect(binding.getNumOfTensors()).toBe(before);
    // each call's blocks are 24 KiB: one that stayed in a hundred would show
    expect(process.memoryUsage().rss - resident).toBeLessThan(16e6);
  });

  test("lets TensorFlow write an aligned result, and copies any other out of it", () => {
    const buffer = new WebAssembly.Memory({ initial: 1 }).buffer;
    new Float64Array(buffer).fill(1);
    const { binding, asked } = watched();
    expect(load().writesInPlace).toBe(true);
    const tensors = new Tensors({ binding, writesInPlace: load().writesInPlace }, buffer, true);
    const block = (offset: number): Block => ({ dtype: "float64", shape: [2, 2], offset });
    const product = tensors.apply("MatMul", [tensors.of(block(0)), tensors.of(block(64))]);
    tensors.store(product, block(128), { add: false });
    expect(asked).toContain("InplaceUpdate");
    expect(asked).not.toContain("tensorDataSync");
    expect([...new Float64Array(buffer, 128, 5)]).toEqual([2, 2, 2, 2, 1]);
    tensors.store(product, block(200), { add: true });
    expect(asked).toContain("tensorDataSync");
    expect([...new Float64Array(buffer, 192, 6)]).toEqual([1, 3, 3, 3, 3, 1]);
    tensors.dispose();
  });

  test("does not copy an aligned input: a tensor over it sees what is written there", () => {
    const buffer = new WebAssembly.Memory({ initial: 1 }).buffer;
    const { binding } = load();
    for (const [offset, seen] of [
      [64, 5],
      [68, 1],
    ] as const) {
      // biome-ignore format: a table
      const data = new Float32Array(buffer, offset, 4).fill(1);
      const id = binding.createTensor([4], 1, data);
      data[0] = 5;
      expect(binding.tensorDataSync(id)[0]).toBe(seen);
      binding.deleteTensor(id);
    }
  });

  test("works in a backend whose memory begins at any address", () => {
    const backend = new TensorFlowBackend(new JavaScriptBackend());
    backend.reserve(4096);
    new Float64Array(backend.buffer).fill(2);
    multiply(backend, "float64", [3, 4, 5], [0, 128, 512]);
    expect([...new Float64Array(backend.buffer, 512, 16)]).toEqual([...new Array(15).fill(16), 2]);
  });

  test("works in a shared memory that other threads see", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const backend = new TensorFlowBackend(new WasmBackend());
    const there = backend.within!(memory);
    expect(backend.within!(memory)).toBe(there);
    new Float64Array(memory.buffer).fill(2);
    multiply(there, "float64", [3, 4, 5], [0, 128, 512]);
    expect(there.buffer).toBe(memory.buffer);
    expect([...new Float64Array(memory.buffer, 512, 16)]).toEqual([...new Array(15).fill(16), 2]);
  });

  test("turns errors of TensorFlow into typed ones that name the operation, and leaves no tensor", () => {
    const library = load();
    const before = library.binding.getNumOfTensors();
    const tensors = new Tensors(library, new WebAssembly.Memory({ initial: 1 }).buffer, true);
    const wrong = (): unknown =>
      tensors.apply("MatMul", [
        tensors.of({ dtype: "float64", shape: [2, 3], offset: 0 }),
        tensors.of({ dtype: "float64", shape: [2, 3], offset: 64 }),
      ]);
    expect(wrong).toThrow(NativeError);
    expect(wrong).toThrow(
      expect.objectContaining({ reason: "operation", operation: "MatMul", status: "INVALID_ARGUMENT" }),
    );
    expect(wrong).toThrow(/MatMul: .*\[2,3\]/);
    tensors.dispose();
    expect(library.binding.getNumOfTensors()).toBe(before);
  });

  test("passes calls that TensorFlow does not take to the embedded routine", () => {
    const backend = new TensorFlowBackend(new WasmBackend());
    backend.reserve(4096);
    new Uint16Array(backend.buffer).fill(3);
    multiply(backend, "uint16", [2, 2, 2], [0, 64, 128]);
    expect([...new Uint16Array(backend.buffer, 128, 5)]).toEqual([18, 18, 18, 18, 3]);
    const badly = (): void => {
      const block = (shape: readonly number[]): Block => ({ dtype: "float64", shape, offset: 0 });
      const [inputs, outputs] = [[block([2, 3]), block([2, 3])], [block([2, 3])]];
      backend.call({ routine: "matmul", params: null, inputs, outputs, first: true, workspace: 0 });
    };
    expect(badly).toThrow("matmul: blocks do not fit: [2, 3] · [2, 3] → [2, 3]");
  });
});
