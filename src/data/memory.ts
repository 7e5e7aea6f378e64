/**
 * Memory that all threads see and, where the runtime has WebAssembly, that kernels can work in.
 *
 *     │ the data │ area of thread slot 0 │ area of thread slot 1 │ …
 *     0        bytes                                                at most 4 GiB
 *
 * A kernel reaches one memory only, so to work on data in place it needs its scratch space there, too. Each thread has
 * a slot, and the area of that slot behind the data is its own. An area takes address space, but memory only where it
 * was written. Invariant: only the thread of a slot touches the slot's area.
 */

/** Memory that threads share; see the head of this file. */
export interface SharedMemory {
  /** The bytes of the data. */
  readonly bytes: number;
  /** Holds the data. A thread that receives it when there are areas already sees a longer buffer. */
  readonly buffer: ArrayBufferLike;
  /** The same bytes, and the areas behind them, as kernels import them. */
  readonly wasm?: WebAssembly.Memory;
}

/**
 * Memory that is only written: part of an ordinary buffer, which cannot be posted. The caller must keep the buffer
 * alive.
 */
export interface AddressedMemory {
  readonly bytes: number;
  /** Its address in this process's memory. */
  readonly address: number;
}

/** Memory that blocks are written to. */
export type BlockMemory = SharedMemory | AddressedMemory;

/** The bytes of an area: several tiles, and the states of folds. */
export const AREA_BYTES = 2 ** 23;

/** Copying less data than this is as fast as making a kernel for its memory. */
const SMALLEST_WASM_BYTES = 2 ** 18;
/** More data would leave too little for the areas: this leaves 256 of them. */
const LARGEST_WASM_BYTES = 2 ** 31;
/** The bytes of a page of WebAssembly. */
export const PAGE_BYTES = 2 ** 16;
/** 4 GiB: as far as 32-bit addresses reach. */
export const MOST_PAGES = 2 ** 16;

/** Where the area of a thread slot begins. */
export function areaOf({ bytes }: SharedMemory, threadSlot: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES + threadSlot * AREA_BYTES;
}

/** Whether the area of a thread slot fits. Any memory has 256 of them, which is more than a pool has threads. */
export function hasArea(memory: SharedMemory, threadSlot: number): boolean {
  return areaOf(memory, threadSlot) + AREA_BYTES <= MOST_PAGES * PAGE_BYTES;
}

/** Memory for at least this many bytes, all zero. Throws a RangeError if the runtime has none. */
export function shareMemory(bytes: number): SharedMemory {
  if (bytes >= SMALLEST_WASM_BYTES && bytes <= LARGEST_WASM_BYTES && typeof WebAssembly !== "undefined") {
    try {
      const initial = Math.ceil(bytes / PAGE_BYTES);
      const wasm = new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared: true });
      return { bytes, buffer: wasm.buffer, wasm };
    } catch (error) {
      // It takes 4 GiB of address space, which a system may ration; a plain buffer takes what it needs.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return { bytes, buffer: new SharedArrayBuffer(Math.max(8, bytes)) };
}
