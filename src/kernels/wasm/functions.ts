/** Functions that work in memories: compiled when they are first used, and instantiated once for each memory. */
import { type Code, instantiate } from "../../assembler/code.js";

/** A function of addresses and numbers. */
type WasmFunction = (...numbers: number[]) => void;

/** Functions by name, in one memory. */
export type Functions<Name extends string> = Readonly<Record<Name, WasmFunction>>;

/** The writers of their code, by name. */
export type Writers<Name extends string> = Readonly<Record<Name, () => Code>>;

/** See the head of this file. */
export class CompiledFunctions<Name extends string> {
  readonly #writers: Writers<Name>;
  #modules: readonly (readonly [Name, WebAssembly.Module])[] | undefined;
  readonly #functions = new WeakMap<WebAssembly.Memory, Functions<Name>>();

  constructor(writers: Writers<Name>) {
    this.#writers = writers;
  }

  /** The functions in this memory. */
  in(memory: WebAssembly.Memory): Functions<Name> {
    let functions = this.#functions.get(memory);
    if (functions === undefined) {
      this.#modules ??= (Object.keys(this.#writers) as Name[]).map((name) => {
        return [name, new WebAssembly.Module(this.#writers[name]().encode())] as const;
      });
      const made = this.#modules.map(([name, module]) => {
        return [name, instantiate(module, memory)];
      });
      functions = Object.fromEntries(made) as Functions<Name>;
      this.#functions.set(memory, functions);
    }
    return functions;
  }
}
