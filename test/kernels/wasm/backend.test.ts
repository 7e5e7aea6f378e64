import { describe } from "vitest";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { backendSuite } from "../../conformance/backend.js";

backendSuite("wasm", () => new WasmBackend());
describe("without SIMD", () => backendSuite("wasm", () => new WasmBackend({ simd: false })));
