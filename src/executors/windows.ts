/**
 * Windows: parts of files that lie in a task's memory as they are in the page cache, so that loops read them in place
 * instead of from a copy.
 *
 *     memory    │ window 0 │ window 1 │ … │ scratch space of the task: tiles, states, results
 *                    ▲ mapped
 *     file      ─────[────────]──────────▶   moves on when a loop needs what follows
 *
 * A file that is cut short while it is mapped reads as zeros from there on (native/windows.cc). This shows when the
 * window moves and at the end of a piece, before anything is made of its results, and {@link PagesLost} is thrown. The
 * task is then performed again without windows: reading gives the error in its own words, or the bytes.
 *
 * Invariants: no window is open between two tasks, so memory that others use then holds no pages of a file. An open
 * file stays open for as long as a window shows it.
 */
import { PAGE_BYTES } from "../data/memory.js";
import { addressOf } from "../native/pages.js";
import { isWhole, mapWindow, unmapWindow } from "../native/windows.js";
import { reasonToRead } from "../storage/mappable.js";
import type { SyncReadable } from "../storage/stores/capabilities.js";
import type { Scratch } from "./scratch.js";

/**
 * Windows begin at multiples of this, in the file and in the memory of the process. Where the page cache holds a file
 * in huge pages the processor then uses them as they are, which makes a sum of a warm file 1.7 times as fast
 * (docs/design/0038). It is a multiple of any system's pages.
 */
const HUGE_PAGE_BYTES = 2 ** 21;

/** How much of a file a window shows: a chunk of the default size, wherever it begins. */
const WINDOW_BYTES = 2 ** 25;

/** How many operands of a piece have a window. */
const MOST_WINDOWS = 4;

/** What was read from a window did not come from its file. */
export class PagesLost extends Error {}

/** A part of a file in a window. */
interface OpenWindow {
  readonly number: number;
  readonly file: SyncReadable;
  readonly from: number;
  readonly to: number;
}

/** The windows of a thread in the memory that its tasks work in; see the head of this file. */
export class Windows {
  readonly #scratch: Scratch;
  /** Where the first window is. */
  readonly #address: number;
  readonly #open: (OpenWindow | undefined)[] = new Array(MOST_WINDOWS).fill(undefined);
  /** Whether a file may be mapped. */
  readonly #mappable = new WeakMap<SyncReadable, boolean>();
  /** Up to where a file is read because it was not in the page cache. */
  readonly #cold = new WeakMap<SyncReadable, number>();
  #isUsable = true;
  /** How many windows have been opened, and the time of opening and closing them. */
  #moves = 0;
  #movedMs = 0;
  /** The least times of opening a window and of closing one. */
  #openMs = Number.POSITIVE_INFINITY;
  #closeMs = Number.POSITIVE_INFINITY;

  /** Takes its place in scratch space, for good. */
  constructor(scratch: Scratch) {
    this.#scratch = scratch;
    const taken = scratch.take(MOST_WINDOWS * WINDOW_BYTES + HUGE_PAGE_BYTES);
    const inProcess = addressOf(scratch.memory, taken);
    this.#address = taken + pageAfter(inProcess) - inProcess;
  }

  /** Whether the operand with a number, of those that are read from files, may have a window. */
  serves(operand: number, file: SyncReadable): boolean {
    if (!this.#isUsable || operand >= MOST_WINDOWS || file.descriptor === undefined) return false;
    let mappable = this.#mappable.get(file);
    if (mappable === undefined) {
      mappable = reasonToRead(file) === undefined;
      this.#mappable.set(file, mappable);
    }
    return mappable;
  }

  /** How many windows have been opened, the time of opening and closing all, and that of one without interruption. */
  get moving(): { readonly moves: number; readonly milliseconds: number; readonly one: number } {
    const one = this.#openMs + this.#closeMs;
    return { moves: this.#moves, milliseconds: this.#movedMs, one: Number.isFinite(one) ? one : 0 };
  }

  /**
   * The address of a stretch of a file in the window of an operand; null if it must be read. Holds until the next call
   * for the same operand.
   */
  addressOf(operand: number, file: SyncReadable, start: number, bytes: number): number | null {
    const place = this.#address + operand * WINDOW_BYTES;
    const before = this.#open[operand];
    const end = start + bytes;
    if (before?.file === file && start >= before.from && end <= before.to) return place + start - before.from;
    if (!this.#isUsable || end > file.size || start < (this.#cold.get(file) ?? 0)) return null;
    const isBackward = before?.file === file && start < before.from;
    const from = isBackward ? Math.max(0, pageAfter(end) - WINDOW_BYTES) : pageBefore(start);
    const to = Math.min(from + WINDOW_BYTES, file.size);
    if (start < from || end > to) return null;
    if (!this.#close(operand)) throw new PagesLost();
    this.#show(operand, place, file, from, to);
    return this.#open[operand] === undefined ? null : place + start - from;
  }

  #show(operand: number, place: number, file: SyncReadable, from: number, to: number): void {
    const memory = new Uint8Array(this.#scratch.memory, place, wholePages(to - from));
    const began = performance.now();
    const number = file.descriptor === undefined ? "refused" : mapWindow(memory, file.descriptor, from, to - from);
    const took = performance.now() - began;
    this.#moves++;
    this.#movedMs += took;
    this.#openMs = Math.min(this.#openMs, took);
    if (number === "refused") this.#isUsable = false;
    else if (number === "notInMemory") this.#cold.set(file, to);
    else this.#open[operand] = { number, file, from, to };
  }

  /** Throws {@link PagesLost} if something that was read from the open windows did not come from their files. */
  verify(): void {
    for (const window of this.#open) if (window !== undefined && !isWhole(window.number)) throw new PagesLost();
  }

  /** Closes all windows, which must be done before their files are closed; throws what {@link verify} throws. */
  close(): void {
    const whole = [...this.#open.keys()].map((operand) => this.#close(operand));
    if (whole.includes(false)) throw new PagesLost();
  }

  /** Maps nothing any more. */
  stop(): void {
    this.#isUsable = false;
  }

  /** Returns whether all that was read from the window of an operand came from its file. */
  #close(operand: number): boolean {
    const window = this.#open[operand];
    if (window === undefined) return true;
    this.#open[operand] = undefined;
    const began = performance.now();
    const isWhole = unmapWindow(window.number);
    const took = performance.now() - began;
    this.#movedMs += took;
    this.#closeMs = Math.min(this.#closeMs, took);
    return isWhole;
  }
}

/** The start of the huge page that holds a place. */
function pageBefore(place: number): number {
  return Math.floor(place / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
}

/** The first start of a huge page at or after a place. */
function pageAfter(place: number): number {
  return Math.ceil(place / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
}

/** Bytes in whole pages: a page of WebAssembly holds whole pages of any system. */
function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
