import { WasmBackend } from "#src/kernels/wasm/backend";
import { backendSuite } from "../../conformance/backend.js";

backendSuite("wasm", () => new WasmBackend());
