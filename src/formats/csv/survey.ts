/**
 * A second pass over a table whose first records hold nothing but bools or whole numbers, where a later record may hold
 * something else: it finds the dtype that all elements have.
 *
 * Invariant: a pass ends at the first field that the dtype does not hold. What is before it need not be read again.
 */
import { setImmediate } from "node:timers/promises";
import type { DType } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { at } from "../../data/lists.js";
import type { FieldKind } from "./notation.js";
import { paramsOf } from "./options.js";
import { CsvReader } from "./reader.js";
import { rowBytesOf } from "./sample.js";

/** About how many bytes of elements are read at once. */
const stepBytes = 2 ** 20;

/**
 * The array with a dtype that holds all of its elements; `as` describes it with another dtype. Fields that are no
 * numbers at all are left to the computation that reads them.
 *
 * @throws FormatError if the file changes meanwhile; StorageError
 */
export async function surveyed(array: EncodedArray, as: (dtype: DType) => EncodedArray): Promise<EncodedArray> {
  const rows = at(array.grid, 0);
  const columns = paramsOf(array).columns.length;
  const into = new Uint8Array(Math.max(stepBytes, rowBytesOf("int64", columns)));
  let start = 0;
  for (let found = array; ; ) {
    const rowBytes = rowBytesOf(found.dtype, columns);
    const reader = new CsvReader(found);
    try {
      let stop = 0;
      for (const count of rows) {
        for (stop += count; start < stop; await setImmediate()) {
          const most = Math.min(stop, start + Math.floor(into.length / rowBytes));
          const box = [{ start, stop: most }, ...(array.shape.length > 1 ? [{ start: 0, stop: columns }] : [])];
          await reader.read(box, into);
          start = most;
        }
      }
      return found;
    } catch (cause) {
      if (reader.wrong === undefined) throw cause;
      const dtype = wider(found.dtype, reader.wrong);
      if (dtype === undefined) return found;
      found = as(dtype);
      if (dtype === "float64") return found;
    } finally {
      reader.close();
    }
  }
}

/** The dtype that also holds a field of some kind; undefined if there is none. */
function wider(dtype: DType, kind: FieldKind): DType | undefined {
  if (kind === "float" || kind === "missing") return "float64";
  return kind === "int" && dtype === "bool" ? "int64" : undefined;
}
