/** Engines without SIMD get other kernels. They have no relaxed SIMD either, so a newer Node would say nothing new. */
import { WasmBackend } from "#src/kernels/wasm/backend";
import { backendSuite } from "../../conformance/backend.js";

backendSuite("wasm", () => new WasmBackend({ simd: false }));
