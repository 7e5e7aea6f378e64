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
  addressOf(bytes: Uint8Array): number;
  viewOf(address: number, length: number): ArrayBuffer;
}

/** What is shorter stays as it is: an advice is a call of the system, and huge pages are 2 MiB, at addresses that are multiples of that. */
const SHORTEST = 2 ** 23;

/** The longest view of bytes that is made: some runtimes allow 4 GiB. */
export const LONGEST_VIEW = 2 ** 31;

/** What this thread has: the addon, and whether views of addresses can be made, which runtimes with a sandbox refuse. */
interface Found {
  readonly binding: Binding | undefined;
  readonly addresses: boolean;
}

let found: Found | undefined;

function load(path: string): Found {
  if (!existsSync(path)) return { binding: undefined, addresses: false };
  try {
    const binding = createRequire(import.meta.url)(path) as Binding;
    return { binding, addresses: canView(binding) };
  } catch (error) {
    const { message } = error as Error;
    const why = `${message}; large results are made without it; run \`npx chunkwise native install --force\``;
    process.emitWarning(why, "ChunkwiseWarning");
    return { binding: undefined, addresses: false };
  }
}

function canView({ addressOf, viewOf }: Binding): boolean {
  const bytes = new Uint8Array(64);
  try {
    new Uint8Array(viewOf(addressOf(bytes), bytes.length))[3] = 1;
  } catch (error) {
    if (error instanceof TypeError) return false; // thrown by viewOf
    throw error;
  }
  return bytes[3] === 1;
}

function known(): Found {
  found ??= load(pagesAddon());
  return found;
}

/** Whether memory has an address here that {@link bytesAt} takes. */
export function hasAddresses(): boolean {
  return known().addresses;
}

/** Asks for huge pages for memory that was not written yet; what a system refuses stays in small ones. */
export function preferHugePages(memory: ArrayBufferLike): void {
  const { byteLength } = memory;
  if (byteLength < SHORTEST) return;
  for (let at = 0; at < byteLength; at += LONGEST_VIEW) {
    known().binding?.advise(new Uint8Array(memory, at, Math.min(LONGEST_VIEW, byteLength - at)));
  }
}

/** Where a byte of some memory stands in this process, for {@link bytesAt} in another thread. */
export function addressOf(memory: ArrayBufferLike, offset: number): number {
  return known().binding!.addressOf(new Uint8Array(memory, offset, 1));
}

/** The bytes at an address that {@link addressOf} gave, which must stay alive elsewhere for as long as they are used. */
export function bytesAt(address: number, length: number): ArrayBuffer {
  return known().binding!.viewOf(address, length);
}
