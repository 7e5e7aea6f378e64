/** The registry of backends: by name, one of each per thread, heavy ones loaded only when they are asked for. */
import { ArgumentError } from "../data/errors.js";
import type { Backend } from "./backend.js";
import { JavaScriptBackend } from "./javascript/backend.js";
import { ReferenceBackend } from "./reference.js";
import { WasmBackend } from "./wasm/backend.js";
import { available } from "./wasm/kernel.js";

const makers: Readonly<Record<string, () => Backend>> = {
  javascript: () => new JavaScriptBackend(),
  reference: () => new ReferenceBackend(),
  // An engine may be without WebAssembly, as Node is with --jitless.
  wasm: () => (available ? new WasmBackend() : backendOf("javascript")),
};

const made = new Map<string, Backend>();

/** The names that {@link backendOf} takes. */
export const backendNames: readonly string[] = Object.keys(makers);

/** This thread's backend of a name. */
export function backendOf(name: string): Backend {
  let backend = made.get(name);
  if (backend === undefined) {
    const make = makers[name];
    if (make === undefined)
      throw new ArgumentError(
        `backend: there is none named ${JSON.stringify(name)}; known are ${backendNames.join(", ")}`,
      );
    backend = make();
    made.set(name, backend);
  }
  return backend;
}
