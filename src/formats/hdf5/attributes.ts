/**
 * The attributes of a dataset or a group of an HDF5 file, read on this thread.
 *
 * Texts of variable length in a damaged file can keep the library busy forever. Call this through
 * attributes-thread.ts, which then ends it.
 */
import type { Metadata } from "h5wasm";
import { type Element, factsOf, viewOf } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { decodeElements } from "../../storage/encoding.js";
import { typeOf, unswappable } from "./datatype.js";
import type { Hdf5File } from "./library.js";
import { openObject } from "./links.js";

/** The value of an attribute: a text, an element as an array of its dtype would have it, or nested lists of them. */
export type Hdf5Attribute = string | Element | readonly Hdf5Attribute[];

/** The attributes of an object by their names. */
export type Hdf5Attributes = Readonly<Record<string, Hdf5Attribute>>;

/** Attributes of more bytes are left out. */
const mostBytes = 2 ** 26;

/** The class of types that are texts. */
const TEXT = 3;

/**
 * Reads the attributes of a dataset or a group; those that are neither numbers nor texts are left out.
 *
 * @param begin is told each step, to follow "cannot"; the library is loaded by then
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged, or holds no such object
 */
export async function attributesOf(
  path: string,
  object: string,
  begin: (step: string) => void,
): Promise<Hdf5Attributes> {
  const { source, place } = await openObject(path, object);
  try {
    begin(`list the attributes of ${object}`);
    const { name, kind } = place;
    if (kind !== "a dataset" && kind !== "a group") {
      const what = kind === "nowhere" ? place.why : `is ${kind}`;
      throw new FormatError(`${path}: ${name} ${what}; attributes are those of a dataset or a group`, { path });
    }
    const names = source.call(`list the attributes of ${name}`, (h5, id) => h5.get_attribute_names(id, name));
    return Object.fromEntries(
      names.flatMap((attribute) => {
        begin(`read the attribute ${attribute} of ${name}`);
        const value = attributeOf(source, name, attribute);
        return value === undefined ? [] : [[attribute, value]];
      }),
    );
  } finally {
    source.close();
  }
}

function attributeOf(source: Hdf5File, object: string, name: string): Hdf5Attribute | undefined {
  const action = `read the attribute ${name} of ${object}`;
  const metadata = source.call(action, (h5, id) => h5.get_attribute_metadata(id, object, name));
  const { shape, type, size, total_size: count } = metadata;
  if (shape === null || !(size * count <= mostBytes)) return undefined;
  if (count === 0) return nested([], shape);
  if (type !== TEXT) {
    const elements = elementsOf(source, metadata, action, (h5, id, to) => h5.get_attribute_data(id, object, name, to));
    return elements === undefined ? undefined : nested(elements, shape);
  }
  const found: unknown = source.call(action, (_, id) => new source.Attribute(id, object, name).value);
  const texts: unknown[] = Array.isArray(found) ? found : [found];
  return nested(texts.map(String), shape);
}

/** The elements of an attribute of numbers or bools; undefined if it holds something else. */
function elementsOf(
  source: Hdf5File,
  metadata: Metadata,
  action: string,
  read: (...library: [...Parameters<Parameters<Hdf5File["call"]>[1]>, to: bigint]) => number,
): Element[] | undefined {
  const type = typeOf(metadata);
  if ("refused" in type) return undefined;
  const { dtype, encoding, unswapped } = type;
  const length = metadata.size * metadata.total_size;
  const bytes = source.withMemory(length, (address) => {
    const run = (...library: Parameters<Parameters<Hdf5File["call"]>[1]>) => read(...library, BigInt(address));
    const status = source.call(action, run, unswapped ? unswappable : undefined);
    const { path } = source.file;
    if (status < 0) throw new FormatError(`${path}: HDF5 cannot ${action}`, { path });
    const result = new Uint8Array(encoding.half ? 2 * length : length);
    const stored = source.bytesAt(address, length);
    if (!encoding.half) result.set(stored);
    const order = { otherEndian: unswapped, half: encoding.half };
    decodeElements({ dtype, encoding: order }, encoding.half ? stored : result, result);
    return result;
  });
  const data = viewOf(dtype, bytes.buffer, 0, metadata.total_size);
  const { kind } = factsOf(dtype);
  return Array.from({ length: metadata.total_size }, (_, i): Element => {
    if (kind === "complex") return { re: Number(data[2 * i]), im: Number(data[2 * i + 1]) };
    return kind === "bool" ? data[i] !== 0 : (data[i] ?? 0);
  });
}

/** A flat list as nested ones; of no axes, its only value. */
function nested(values: readonly Hdf5Attribute[], [length, ...rest]: readonly number[]): Hdf5Attribute {
  if (length === undefined) return values[0] ?? [];
  if (rest.length === 0) return values;
  const step = values.length / length;
  return Array.from({ length }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
}
