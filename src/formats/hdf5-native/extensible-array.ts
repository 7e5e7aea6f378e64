/**
 * The extensible array: an entry for each chunk of a dataset that may grow along one axis, which counts as the slowest
 * one. The first entries are in the index block; then come data blocks, which grow longer and longer. Data blocks of
 * one length belong to a super block; the first few super blocks are not stored, because the index block has the
 * addresses of their data blocks. Long data blocks are cut into pages, like those of a fixed array.
 *
 *     EAHD ─▶ EAIB │ entries │ data blocks … │ super blocks …
 *                                  ▼                ▼
 *                            EADB │ entries    EASB │ bits │ data blocks … ─▶ EADB │ entries, or pages
 */
import { Entries, hasBit } from "./entries.js";
import { addressAt, type Metadata } from "./metadata.js";
import type { ChunkIndex, StoredChunk } from "./stored-chunk.js";

const [headBytes, prefixBytes] = [72, 14];

/** The data blocks of one length. */
interface Level {
  /** The number of its first entry, after those of the index block. */
  readonly first: number;
  readonly blocks: number;
  /** Entries of each block. */
  readonly length: number;
  /** The number of its first data block, over all levels. */
  readonly firstBlock: number;
}

/** Finds chunks in an extensible array, by their numbers. */
export class ExtensibleArray implements ChunkIndex {
  readonly #metadata: Metadata;
  readonly #entries: Entries;
  readonly #numberOf: (block: readonly number[]) => number;
  readonly #indexed: number;
  readonly #pageLength: number;
  /** How many bytes of a data block hold the number of its first entry. */
  readonly #countBytes: number;
  readonly #levels: readonly Level[];
  /** Levels whose data blocks have their addresses in the index block. */
  readonly #direct: number;
  readonly #offset: number | undefined;

  constructor(
    metadata: Metadata,
    address: number,
    chunks: { readonly bytes: number; readonly filtered: boolean },
    numberOf: (block: readonly number[]) => number,
  ) {
    this.#metadata = metadata;
    this.#numberOf = numberOf;
    const offset = metadata.offsetOf(address);
    const head = metadata.signed("EAHD", offset, headBytes, "the head of the array of chunks");
    this.#entries = new Entries(metadata, head, offset, chunks.bytes, chunks.filtered);
    const countBits = head.readUInt8(7);
    const indexed = head.readUInt8(8);
    const shortest = head.readUInt8(9);
    const fewest = head.readUInt8(10);
    const pageBits = head.readUInt8(11);
    const sound = countBits <= 64 && isPower(shortest) && isPower(fewest) && countBits >= Math.log2(shortest);
    if (!sound) {
      const found = [countBits, indexed, shortest, fewest, pageBits].join(", ");
      throw metadata.refuse(`the head of the array of chunks has impossible lengths: ${found}`, offset);
    }
    this.#indexed = indexed;
    this.#pageLength = 2 ** pageBits;
    this.#countBytes = Math.ceil(countBits / 8);
    const levels: Level[] = [];
    let [first, firstBlock] = [0, 0];
    for (let level = 0; level <= countBits - Math.log2(shortest); level++) {
      const [blocks, length] = [2 ** Math.floor(level / 2), 2 ** Math.ceil(level / 2) * shortest];
      levels.push({ first, blocks, length, firstBlock });
      first += blocks * length;
      firstBlock += blocks;
    }
    this.#levels = levels;
    this.#direct = Math.min(levels.length, 2 * Math.log2(fewest));
    const block = addressAt(head, 60);
    this.#offset = block === undefined ? undefined : metadata.offsetOf(block);
    if (this.#offset !== undefined) {
      metadata.signed("EAIB", this.#offset, this.#indexBytes, "the index of the array of chunks");
    }
  }

  /** The data blocks that have their addresses in the index block. */
  get #directBlocks(): number {
    const last = this.#levels[this.#direct - 1];
    return last === undefined ? 0 : last.firstBlock + last.blocks;
  }

  get #indexBytes(): number {
    const addresses = this.#directBlocks + this.#levels.length - this.#direct;
    return prefixBytes + this.#indexed * this.#entries.bytes + 8 * addresses + 4;
  }

  find(block: readonly number[]): StoredChunk | undefined {
    const number = this.#numberOf(block);
    if (this.#offset === undefined) return undefined;
    const { bytes: entryBytes } = this.#entries;
    const index = this.#metadata.checkedPiece(this.#offset, this.#indexBytes, "the index of the array of chunks");
    if (number < this.#indexed) {
      const at = prefixBytes + number * entryBytes;
      return this.#entries.chunkAt(index, at, this.#offset + at);
    }
    const rest = number - this.#indexed;
    const depth = this.#levels.findIndex(({ first, blocks, length }) => rest < first + blocks * length);
    const level = this.#levels[depth];
    if (level === undefined) {
      throw this.#metadata.refuse(`the array of chunks has no place for chunk ${number}`, this.#offset);
    }
    const place = Math.floor((rest - level.first) / level.length);
    const entry = (rest - level.first) % level.length;
    const addresses = prefixBytes + this.#indexed * entryBytes;
    if (depth < this.#direct) {
      const address = addressAt(index, addresses + 8 * (level.firstBlock + place));
      return address === undefined ? undefined : this.#inBlock(address, level.length, entry, () => true);
    }
    const above = addressAt(index, addresses + 8 * (this.#directBlocks + depth - this.#direct));
    if (above === undefined) return undefined;
    const pages = level.length > this.#pageLength ? level.length / this.#pageLength : 0;
    // for each block whole bytes, but the bits of all blocks follow each other without gaps
    const bitBytes = Math.ceil(pages / 8);
    const [offset, start] = [this.#metadata.offsetOf(above), prefixBytes + this.#countBytes];
    const length = start + level.blocks * (bitBytes + 8) + 4;
    const bytes = this.#metadata.signedPiece("EASB", offset, length, "a group of blocks of chunks");
    const address = addressAt(bytes, start + level.blocks * bitBytes + 8 * place);
    if (address === undefined) return undefined;
    return this.#inBlock(address, level.length, entry, (page) => hasBit(bytes, start, place * pages + page));
  }

  /** The entry of a data block. */
  #inBlock(
    address: number,
    length: number,
    entry: number,
    hasPage: (page: number) => boolean,
  ): StoredChunk | undefined {
    const offset = this.#metadata.offsetOf(address);
    const { bytes: entryBytes } = this.#entries;
    const start = prefixBytes + this.#countBytes;
    if (length <= this.#pageLength) {
      const bytes = this.#metadata.signedPiece("EADB", offset, start + length * entryBytes + 4, "a block of chunks");
      const at = start + entry * entryBytes;
      return this.#entries.chunkAt(bytes, at, offset + at);
    }
    this.#metadata.signedPiece("EADB", offset, start + 4, "a block of chunks");
    const page = Math.floor(entry / this.#pageLength);
    if (!hasPage(page)) return undefined;
    const pageBytes = this.#pageLength * entryBytes + 4;
    const pageAt = offset + start + 4 + page * pageBytes;
    const bytes = this.#metadata.checkedPiece(pageAt, pageBytes, "a page of chunks");
    const at = (entry % this.#pageLength) * entryBytes;
    return this.#entries.chunkAt(bytes, at, pageAt + at);
  }
}

function isPower(number: number): boolean {
  return number > 0 && (number & (number - 1)) === 0;
}
