/**
 * Elements of Arrow batches. What stands in the file as it is wanted goes from the file into the memory that is asked for, and
 * nowhere else; what must be widened, or has nulls, goes through a small block; a compressed buffer is decoded as a whole.
 *
 *     box of rows and columns ─▶ for each column, for each batch ─▶ buffer ─▶ block ─▶ into
 */
import { startsOf } from "../../data/chunks.js";
import { allocate, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { type Box, countsOf } from "../../data/region.js";
import { lastUpTo } from "../../data/search.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader, Located } from "../format.js";
import type { Nulls } from "../tables/columns.js";
import { storedView, unpackBits, widen } from "../tables/elements.js";
import { unlz4 } from "../tables/lz4.js";
import { unzstd } from "../zstd/frames.js";
import { loadMessages } from "./libraries.js";
import type { Batch, Extent } from "./message.js";
import type { ArrowColumn, ArrowSchema } from "./schema.js";
import type { Even } from "./survey.js";

/** What a reader must know beside the array. */
export interface ArrowParams {
  readonly nulls: Nulls;
  readonly columns: readonly ArrowColumn[];
  readonly schema: Pick<ArrowSchema, "nodes" | "buffers" | "views">;
  /** For each batch the offset of its message, and its rows. */
  readonly offsets: readonly number[];
  readonly rows: readonly number[];
  /** For each batch its columns where all can be taken as they stand; empty where no batch's can. */
  readonly even: readonly (Even | null)[];
}

/** Rows that are widened at a time: what they take fits into a processor's cache. */
const blockRows = 2 ** 14;

/** The bytes that blocks of rows take. */
export const blockBytes = 3 * 8 * blockRows;

/** Opens an array for reading. */
export async function readerOf(array: EncodedArray): Promise<ArrayReader> {
  const { path, dtype, version, params } = array;
  const file = await openBytes(path);
  const { columns, nulls, schema, offsets, rows, even } = params as ArrowParams;
  const starts = startsOf(rows);
  const item = factsOf(dtype).bytes;
  let last: { readonly number: number; readonly batch: Batch } | undefined;
  const buffers = new Buffers(file);

  async function batchAt(number: number): Promise<Batch> {
    if (last?.number === number) return last.batch;
    const offset = offsets[number]!;
    const { Batch, readMessage } = await loadMessages();
    const found = await readMessage(file, offset, file.size);
    if (found === undefined) throw new FormatError(`${path}: no batch stands at byte ${offset}`, { path, offset });
    const batch = new Batch(found, schema);
    if (batch.rows !== rows[number]) throw found.refuse(`it has ${batch.rows} rows; ${rows[number]} were found before`);
    last = { number, batch };
    return batch;
  }

  /** Rows of a column of one batch. */
  async function readRows(batch: Batch, column: ArrowColumn, from: number, into: Uint8Array): Promise<void> {
    const { stored, bits } = column;
    const { valid, values } = batch.buffers(column);
    const count = into.length / item;
    const hasNulls = batch.nulls(column) > 0;
    const bytes = { valid: Math.ceil(batch.rows / 8), values: Math.ceil((batch.rows * bits) / 8) };
    if (nulls === "mask" && !hasNulls) {
      into.fill(0);
      return;
    }
    if (nulls !== "mask" && !hasNulls && stored === dtype && bits >= 8) {
      await buffers.read(into, batch, "values", values, bytes.values, (from * bits) / 8);
      return;
    }
    for (let at = 0; at < count; at += blockRows) {
      const length = Math.min(blockRows, count - at);
      const first = from + at;
      const elements = allocate(dtype, length);
      if (nulls !== "mask") {
        const [begin, end] = [Math.floor((first * bits) / 8), Math.ceil(((first + length) * bits) / 8)];
        let plain = new Uint8Array(end - begin);
        await buffers.read(plain, batch, "values", values, bytes.values, begin);
        if (bits === 1) {
          const packed = plain;
          plain = new Uint8Array(length);
          unpackBits(packed, first & 7, plain);
        }
        widen(stored!, storedView(stored!, plain, length), dtype, elements);
      }
      if (hasNulls) {
        const begin = first >> 3;
        const present = new Uint8Array(((first + length + 7) >> 3) - begin);
        await buffers.read(present, batch, "valid", valid, bytes.valid, begin);
        for (let i = 0; i < length; i++) {
          const place = (first & 7) + i;
          if ((present[place >> 3]! >> (place & 7)) & 1) continue;
          elements[i] = nulls === "mask" ? 1 : Number.NaN;
        }
      }
      into.set(new Uint8Array(elements.buffer), at * item);
    }
  }

  function checkSame(): void {
    if (file.version === version) return;
    throw new FormatError(`${path} has changed since it was opened; open it again`, { path });
  }

  return {
    /** Rows of one batch whose columns stand at equal distances, as they do where all are of one dtype. */
    async locate(box: Box): Promise<Located | null> {
      checkSame();
      const [row, endRow] = [box[0]!.start, box[0]!.stop];
      const first = box[1]?.start ?? 0;
      const number = lastUpTo(starts, row);
      const columnsThere = even[number];
      const { sync: local } = file;
      if (!columnsThere || local === undefined || starts[number + 1]! < endRow) return null;
      const { offset, step } = columnsThere;
      return {
        file: local,
        offset: offset + first * step + (row - starts[number]!) * item,
        strides: box.length > 1 ? [1, step / item] : [1],
        bytesRead: 0,
      };
    },
    async read(box: Box, into: Uint8Array): Promise<number> {
      checkSame();
      const before = buffers.bytesRead;
      const [count = 0, width = 1] = countsOf(box);
      const [firstRow, endRow] = [box[0]!.start, box[0]!.stop];
      let number = lastUpTo(starts, firstRow);
      for (; number < rows.length && starts[number]! < endRow; number++) {
        const [from, to] = [Math.max(firstRow, starts[number]!), Math.min(endRow, starts[number + 1]!)];
        if (from >= to) continue;
        const batch = await batchAt(number);
        for (let i = 0; i < width; i++) {
          const column = columns[(box[1]?.start ?? 0) + i]!;
          const place = (i * count + from - firstRow) * item;
          await readRows(batch, column, from - starts[number]!, into.subarray(place, place + (to - from) * item));
        }
      }
      return buffers.bytesRead - before;
    },
    close: () => file.close(),
  };
}

/** Bytes of buffers, decompressed; the last ones that were are kept, of elements and of bits, as boxes often ask for more. */
class Buffers {
  bytesRead = 0;
  readonly #file: RangeReadable;
  readonly #kept: { [kind in "valid" | "values"]?: { readonly offset: number; readonly bytes: Uint8Array } } = {};

  constructor(file: RangeReadable) {
    this.#file = file;
  }

  /** Fills `into` with bytes of a buffer of a batch from `at` on; `size` is what the buffer must hold at the least. */
  async read(into: Uint8Array, batch: Batch, kind: "valid" | "values", extent: Extent, size: number, at: number) {
    if (batch.compression === "none") {
      await this.#file.read(into, extent.offset + at);
      this.bytesRead += into.length;
      return;
    }
    let kept = this.#kept[kind];
    if (kept?.offset !== extent.offset) {
      delete this.#kept[kind]; // before there is another one
      kept = { offset: extent.offset, bytes: await this.#decompress(batch, extent, size) };
      this.#kept[kind] = kept;
    }
    into.set(kept.bytes.subarray(at, at + into.length));
  }

  async #decompress({ compression }: Batch, { offset, length }: Extent, size: number): Promise<Uint8Array> {
    const { path } = this.#file;
    const damaged = (problem: string, cause?: unknown): FormatError =>
      new FormatError(
        `${path}: the compressed buffer at byte ${offset} is damaged: ${problem}`,
        { path, offset },
        { cause },
      );
    if (length < 8) throw damaged(`it has ${length} bytes`);
    const compressed = new Uint8Array(length);
    await this.#file.read(compressed, offset);
    this.bytesRead += length;
    const told = Number(new DataView(compressed.buffer).getBigInt64(0, true));
    const content = compressed.subarray(8);
    if (told === -1) {
      if (content.length < size) throw damaged(`it holds ${content.length} bytes; ${size} are needed`);
      return content;
    }
    // writers fill buffers up, some to more than the format asks for
    if (!(told >= size && told <= 2 * size + 2 ** 16)) throw damaged(`it tells of ${told} bytes; ${size} are needed`);
    try {
      return await (compression === "zstd" ? unzstd(content, told, { least: told }) : unlz4(content, told));
    } catch (cause) {
      throw damaged((cause as Error).message, cause);
    }
  }
}
