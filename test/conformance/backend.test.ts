import { JavaScriptBackend } from "#src/kernels/javascript/backend";
import { ReferenceBackend } from "#src/kernels/reference";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { backendSuite } from "./backend.js";

backendSuite("reference", () => new ReferenceBackend());
backendSuite("wasm", () => new WasmBackend());
backendSuite("javascript", () => new JavaScriptBackend());
