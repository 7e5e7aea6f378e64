/** The backends whose routines are compared with NumPy's, by their names. */
import type { Backend } from "#src/kernels/backend";
import { JavaScriptBackend } from "#src/kernels/javascript/backend";
import { TensorFlowBackend } from "#src/kernels/tensorflow/backend";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { native } from "./platform.js";

export const backends: readonly (readonly [string, Backend])[] = [
  ["wasm", new WasmBackend()],
  ["javascript", new JavaScriptBackend()],
  ...(native ? [["tensorflow", new TensorFlowBackend(new WasmBackend())] as const] : []),
];
