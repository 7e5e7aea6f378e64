/** The suite of backends on all of them but WebAssembly's, which `test/kernels/wasm` runs with and without SIMD. */
import { JavaScriptBackend } from "#src/kernels/javascript/backend";
import { ReferenceBackend } from "#src/kernels/reference";
import { TensorFlowBackend } from "#src/kernels/tensorflow/backend";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { native } from "../support/platform.js";
import { backendSuite } from "./backend.js";

backendSuite("reference", () => new ReferenceBackend());
backendSuite("javascript", () => new JavaScriptBackend());

if (native) backendSuite("tensorflow", () => new TensorFlowBackend(new WasmBackend()), { handsLoopsOn: true });
