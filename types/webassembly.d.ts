/**
 * The part of WebAssembly that chunkwise uses. TypeScript keeps these types in lib "dom", which would also declare
 * `window` and `document`; @types/node for Node 20 does not have them.
 */
declare namespace WebAssembly {
  type Bytes = ArrayBuffer | ArrayBufferView;
  type ExportedFunction = (...args: never[]) => unknown;
  type ImportExportKind = "function" | "global" | "memory" | "table";
  type ExportValue = ExportedFunction | Global | Memory;
  type Exports = Readonly<Record<string, ExportValue>>;
  type Imports = Record<string, Record<string, ExportValue | number>>;

  /** Compiled code; it may be posted to another thread. */
  class Module {
    constructor(bytes: Bytes);
    static exports(module: Module): { name: string; kind: ImportExportKind }[];
    static imports(module: Module): { module: string; name: string; kind: ImportExportKind }[];
    private readonly brand: "WebAssembly.Module";
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  interface MemoryDescriptor {
    /** In pages of 64 KiB. */
    initial: number;
    /** In pages of 64 KiB; required when `shared`. */
    maximum?: number;
    shared?: boolean;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    /** A SharedArrayBuffer when `shared`. Growing a memory that is not shared detaches the old buffer. */
    readonly buffer: ArrayBufferLike;
    /** Grows by `pages` and returns the previous size in pages. */
    grow(pages: number): number;
  }

  class Global<T extends number | bigint = number | bigint> {
    constructor(descriptor: { value: "i32" | "i64" | "f32" | "f64"; mutable?: boolean }, value?: T);
    value: T;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: Bytes): boolean;
  function compile(bytes: Bytes): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiate(bytes: Bytes, imports?: Imports): Promise<{ module: Module; instance: Instance }>;
}
