/**
 * Large memory as the system would rather give it, by an addon of a page of C++ that `chunkwise native install` compiles.
 *
 * New memory costs a fault of the processor for each page that is first written: with pages of 4 KiB half a second for each
 * gigabyte, with huge pages of 2 MiB a quarter of that (docs/design/0018). Linux gives huge pages to those who ask, which
 * JavaScript cannot. Nor can it let other threads write to an ordinary ArrayBuffer: they are told its address.
 *
 * Invariant: without the addon everything works, and gives the same results.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { pagesAddon } from "./location.js";

/** The addon. */
interface Binding {
  advise(bytes: Uint8Array): number;
  make(bytes: Uint8Array): void;
  addressOf(bytes: Uint8Array): number;
  copy(address: number, from: Uint8Array, elementBytes: number, dims: Float64Array): void;
}

/** What is shorter stays as it is: an advice is a call of the system, and huge pages are 2 MiB, at addresses that are multiples of that. */
const SHORTEST = 2 ** 23;

/** The longest view of bytes that is made: some runtimes allow 4 GiB. */
const LONGEST_VIEW = 2 ** 31;

/** What this thread has; null where there is none. */
let found: Binding | null | undefined;

function load(path: string): Binding | null {
  if (!existsSync(path)) return null;
  try {
    return createRequire(import.meta.url)(path) as Binding;
  } catch (error) {
    const { message } = error as Error;
    const why = `${message}; large results are made without it; run \`npx chunkwise native install --force\``;
    process.emitWarning(why, "ChunkwiseWarning");
    return null;
  }
}

function known(): Binding | null {
  if (found === undefined) found = load(pagesAddon());
  return found;
}

/** Whether memory has an address here that {@link copyToAddress} takes. */
export function hasAddresses(): boolean {
  return known() !== null;
}

/** Large memory in views that the addon can be given; none without the addon. */
function* viewsOf(memory: ArrayBufferLike): Generator<readonly [Binding, Uint8Array]> {
  const { byteLength } = memory;
  const binding = byteLength < SHORTEST ? null : known();
  if (binding === null) return;
  for (let at = 0; at < byteLength; at += LONGEST_VIEW)
    yield [binding, new Uint8Array(memory, at, Math.min(LONGEST_VIEW, byteLength - at))];
}

/** Asks for huge pages for memory that was not written yet; what a system refuses stays in small ones. */
export function preferHugePages(memory: ArrayBufferLike): void {
  for (const [binding, view] of viewsOf(memory)) binding.advise(view);
}

/** Has the pages of memory made in the background, so that who writes it later does not wait for them. */
export function makePages(memory: ArrayBufferLike): void {
  for (const [binding, view] of viewsOf(memory)) binding.make(view);
}

/** Where a byte of some memory stands in this process, for {@link copyToAddress} in any thread. */
export function addressOf(memory: ArrayBufferLike, offset: number): number {
  return known()!.addressOf(new Uint8Array(memory, offset, 1));
}

/**
 * Copies a box to an address that {@link addressOf} gave, whose memory must stay alive elsewhere meanwhile. `first` is the first element of
 * the source, which may go on before and behind it. `dims` has three numbers for each dimension, from the outermost on: how many elements,
 * and from one to the next the bytes in the target and in the source.
 */
export function copyToAddress(address: number, first: Uint8Array, dims: Float64Array): void {
  known()!.copy(address, first, first.length, dims);
}
