/**
 * Memory that all threads see and, where the runtime has WebAssembly, that kernels can work in.
 *
 *     │ the data │ area of seat 0 │ area of seat 1 │ …
 *     0        bytes                                  4 GiB at the most
 *
 * A kernel reaches one memory only, so to work on data where it lies it needs its scratch space there, too. Each thread
 * has a seat, and the seat's area behind the data is its own. An area takes address space, and memory only where it was
 * written. Invariant: nobody but the thread in a seat touches the seat's area.
 */

/** Memory that threads share; see the head of this file. */
export interface SharedMemory {
  /** The bytes of the data. */
  readonly bytes: number;
  /** Holds the data; it may seem longer to a thread that came to know it when there were areas already. */
  readonly buffer: ArrayBufferLike;
  /** The same bytes, and the areas behind them, as kernels import them. */
  readonly wasm?: WebAssembly.Memory;
}

/** Memory that is only written: part of an ordinary buffer, which cannot be posted. Whoever tells the address keeps the buffer. */
export interface AddressedMemory {
  readonly bytes: number;
  /** Where it stands in the process. */
  readonly address: number;
}

/** What blocks are put into. */
export type BlockMemory = SharedMemory | AddressedMemory;

/** The bytes of an area: several tiles, and the states of folds. */
export const AREA_BYTES = 2 ** 23;

/** Less data than this is copied as fast as a kernel is made for its memory. */
const SMALLEST_WASM_BYTES = 2 ** 18;
/** More would leave too little for the areas: this leaves 256 of them. */
const LARGEST_WASM_BYTES = 2 ** 31;
/** The bytes of a page of WebAssembly. */
export const PAGE_BYTES = 2 ** 16;
/** 4 GiB: what 32-bit addresses reach. */
export const MOST_PAGES = 2 ** 16;

/** Where the area of a seat begins. */
export function areaOf({ bytes }: SharedMemory, seat: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES + seat * AREA_BYTES;
}

/** Whether there is room for the area of a seat: for 256 of them in any memory, which is more threads than there should be. */
export function hasArea(memory: SharedMemory, seat: number): boolean {
  return areaOf(memory, seat) + AREA_BYTES <= MOST_PAGES * PAGE_BYTES;
}

/** Memory for at least so many bytes, all zero. Throws a RangeError where the runtime gives none. */
export function shareMemory(bytes: number): SharedMemory {
  if (bytes >= SMALLEST_WASM_BYTES && bytes <= LARGEST_WASM_BYTES && typeof WebAssembly !== "undefined") {
    try {
      const initial = Math.ceil(bytes / PAGE_BYTES);
      const wasm = new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared: true });
      return { bytes, buffer: wasm.buffer as unknown as SharedArrayBuffer, wasm };
    } catch (error) {
      // It takes 4 GiB of address space, which a system may ration; a plain buffer takes what it needs.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return { bytes, buffer: new SharedArrayBuffer(Math.max(8, bytes)) };
}
