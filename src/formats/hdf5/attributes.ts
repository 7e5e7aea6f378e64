/**
 * The attributes of a dataset or a group of an HDF5 file, read on this thread.
 *
 * Texts of variable length in a damaged file can keep the library busy forever. Call this through
 * attributes-thread.ts, which then ends it.
 */
import type { Metadata } from "h5wasm";
import { type DType, type Element, factsOf, viewOf } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { isList } from "../../data/lists.js";
import { decodeElements } from "../../storage/encoding.js";
import type { Variable } from "../variable.js";
import { timesAt } from "./dataset.js";
import { typeOf, unswappable } from "./datatype.js";
import type { Hdf5File, Hdf5Library } from "./library.js";
import { type DatasetPlace, type GroupPlace, openObject } from "./links.js";

/** The value of an attribute: a text, an element as an array of its dtype would have it, or nested lists of them. */
export type Hdf5Attribute = string | Element | readonly Hdf5Attribute[];

/** The attributes of an object by their names. */
export type Hdf5Attributes = Readonly<Record<string, Hdf5Attribute>>;

/** Attributes of more bytes are left out. */
const mostBytes = 2 ** 26;

/** The class of types that are texts. */
const TEXT = 3;

/** The set of characters of texts in UTF-8; the other one is ASCII. */
const UTF8 = 1;

/** Is told each step, to follow "cannot". */
type Begin = (step: string) => void;

/** The attributes of an object, and the dtypes of those that are numbers. */
interface Found {
  readonly attributes: Hdf5Attributes;
  readonly types: Readonly<Record<string, DType>>;
}

/**
 * Reads the attributes of a dataset or a group; those that are neither numbers nor texts are left out. What NumPy's
 * times count, also in a field of records, is said by attributes, too.
 *
 * @param begin is told each step, to follow "cannot"; the library is loaded by then
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged, or holds no such object
 */
export function attributesOf(path: string, object: string, begin: Begin): Promise<Hdf5Attributes> {
  return withObject(path, object, begin, (source, place) => {
    const { name } = place;
    if (place.kind === "a group") return allOf(source, name, begin).attributes;
    const { field } = place;
    const counted = timesAt(source, name, field);
    if (field.length === 0) return { ...counted, ...allOf(source, name, begin).attributes };
    if (Object.keys(counted).length > 0) return counted;
    const asked = [name, ...field].join("/");
    throw new FormatError(`${path}: ${asked} is not an object; ${name}, a dataset, has the attributes`, { path });
  });
}

/** The attributes by which HDF5 and netCDF-4 keep datasets together; references are left out as all others are. */
const ofContainer = ["CLASS", "NAME", "DIMENSION_LABELS", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_nc3_strict"];

/** What netCDF-4 writes into a dataset that it needs for an axis without coordinates. */
const placeholder = "This is a netCDF dimension but not a netCDF variable";

/** Reads what a file says of a dataset: its attributes, and the names of its axes by the scales attached to them. */
export function variableOf(path: string, dataset: string, begin: Begin): Promise<Variable> {
  return withObject(path, dataset, begin, (source, place) => {
    const { name } = place;
    const field = place.kind === "a group" ? [] : place.field;
    const counted = place.kind === "a group" ? {} : timesAt(source, name, field);
    const { attributes: all, types } = allOf(source, name, begin);
    begin(`find the scales of ${name}`);
    const own = Object.entries(all).filter(([attribute]) => !ofContainer.includes(attribute));
    const attributes = Object.fromEntries(own.map(([attribute, value]) => [attribute, single(value)]));
    const dimensions = axesOf(source, name, all.CLASS === "DIMENSION_SCALE");
    return {
      // those of a dataset of records are not those of a field
      attributes: { ...counted, ...(field.length === 0 ? attributes : {}) },
      types,
      ...(dimensions.some((axis) => axis !== null) ? { dimensions } : {}),
      ...(String(all.NAME).startsWith(placeholder) ? { isPlaceholder: true } : {}),
    };
  });
}

/** The only entry of a list of one, as netCDF writes numbers. */
function single(value: Hdf5Attribute): Hdf5Attribute {
  const [only, ...others] = isList(value) ? value : [];
  return only === undefined || others.length > 0 ? value : only;
}

/** The names of the axes of a dataset; a scale is the name of its own axis. */
function axesOf(source: Hdf5File, name: string, isScale: boolean): (string | null)[] {
  const { shape } = source.call(`describe ${name}`, (h5, id) => h5.get_dataset_metadata(id, name));
  const labels = source.call(`read the labels of ${name}`, (h5, id) => h5.get_dimension_labels(id, name));
  return (shape ?? []).map((_, axis) => {
    const scales = source.call(`find the scales of ${name}`, (h5, id) => h5.get_attached_scales(id, name, axis));
    const path = scales[0] ?? (isScale && shape?.length === 1 ? name : undefined);
    return path?.split("/").at(-1) ?? (labels[axis] || null);
  });
}

async function withObject<T>(
  path: string,
  object: string,
  begin: Begin,
  read: (source: Hdf5File, place: DatasetPlace | GroupPlace) => T,
): Promise<T> {
  const { source, place } = await openObject(path, object);
  try {
    begin(`list the attributes of ${object}`);
    if (place.kind === "a dataset" || place.kind === "a group") return read(source, place);
    const what = place.kind === "nowhere" ? place.why : `is ${place.kind}`;
    throw new FormatError(`${path}: ${place.name} ${what}; attributes are those of a dataset or a group`, { path });
  } finally {
    source.close();
  }
}

function allOf(source: Hdf5File, object: string, begin: Begin): Found {
  const names = source.call(`list the attributes of ${object}`, (h5, id) => h5.get_attribute_names(id, object));
  const found = names.flatMap((name) => {
    begin(`read the attribute ${name} of ${object}`);
    const attribute = attributeOf(source, object, name);
    return attribute === undefined ? [] : [{ name, ...attribute }];
  });
  return {
    attributes: Object.fromEntries(found.map(({ name, value }) => [name, value])),
    types: Object.fromEntries(found.flatMap(({ name, dtype }) => (dtype === undefined ? [] : [[name, dtype]]))),
  };
}

/** The value of an attribute, and its dtype unless it is a text. */
interface FoundAttribute {
  readonly value: Hdf5Attribute;
  readonly dtype?: DType;
}

/** An attribute of a file, and how messages call reading it. */
interface AttributePlace {
  readonly source: Hdf5File;
  readonly object: string;
  readonly name: string;
  readonly action: string;
}

function attributeOf(source: Hdf5File, object: string, name: string): FoundAttribute | undefined {
  const place = { source, object, name, action: `read the attribute ${name} of ${object}` };
  const metadata = source.call(place.action, (h5, id) => h5.get_attribute_metadata(id, object, name));
  const { shape, type, size, total_size: count } = metadata;
  if (shape === null || !(size * count <= mostBytes)) return undefined;
  if (count === 0) return { value: nested([], shape) };
  if (type === TEXT) return { value: nested(textsOf(place, metadata), shape) };
  const elements = elementsOf(place, metadata);
  return elements === undefined ? undefined : { value: nested(elements.values, shape), dtype: elements.dtype };
}

/** Reads what an attribute holds to an address of the library's memory. */
function readTo(address: number, { source, object, name, action }: AttributePlace, tolerated?: string): void {
  const read = (h5: Hdf5Library, id: bigint) => h5.get_attribute_data(id, object, name, BigInt(address));
  const status = source.call(action, read, tolerated);
  const { path } = source.file;
  if (status < 0) throw new FormatError(`${path}: HDF5 cannot ${action}`, { path });
}

/** The texts of an attribute. */
function textsOf(place: AttributePlace, { size, total_size: count, vlen, cset }: Metadata): string[] {
  const { source, object, name, action } = place;
  const decoder = new TextDecoder(cset === UTF8 ? "utf-8" : "latin1");
  return source.withMemory(size * count, (address) => {
    readTo(address, place);
    const stored = source.bytesAt(address, size * count).slice();
    if (!vlen) {
      return Array.from({ length: count }, (_, i) => {
        const text = stored.subarray(i * size, (i + 1) * size);
        const end = text.indexOf(0);
        return decoder.decode(end < 0 ? text : text.subarray(0, end));
      });
    }
    // Only now there are texts to release: where reading failed, the memory holds no addresses.
    try {
      const addresses = Array.from(new Uint32Array(stored.buffer));
      return addresses.map((text) => (text === 0 ? "" : decoder.decode(source.textAt(text))));
    } finally {
      source.call(action, (h5, id) => h5.reclaim_vlen_memory(id, object, name, BigInt(address)));
    }
  });
}

/** The elements of an attribute of numbers or bools; undefined if it holds something else. */
function elementsOf(
  place: AttributePlace,
  metadata: Metadata,
): { readonly values: Element[]; readonly dtype: DType } | undefined {
  const type = typeOf(metadata);
  if ("refused" in type) return undefined;
  const { source } = place;
  const { dtype, encoding, unswapped } = type;
  const length = metadata.size * metadata.total_size;
  const bytes = source.withMemory(length, (address) => {
    readTo(address, place, unswapped ? unswappable : undefined);
    const result = new Uint8Array(encoding.half ? 2 * length : length);
    const stored = source.bytesAt(address, length);
    if (!encoding.half) result.set(stored);
    const order = { otherEndian: unswapped, half: encoding.half };
    decodeElements({ dtype, encoding: order }, encoding.half ? stored : result, result);
    return result;
  });
  const data = viewOf(dtype, bytes.buffer, 0, metadata.total_size);
  const { kind } = factsOf(dtype);
  const values = Array.from({ length: metadata.total_size }, (_, i): Element => {
    if (kind === "complex") return { re: Number(data[2 * i]), im: Number(data[2 * i + 1]) };
    return kind === "bool" ? data[i] !== 0 : (data[i] ?? 0);
  });
  return { values, dtype };
}

/** A flat list as nested ones; of no axes, its only value. */
function nested(values: readonly Hdf5Attribute[], [length, ...rest]: readonly number[]): Hdf5Attribute {
  if (length === undefined) return values[0] ?? [];
  if (rest.length === 0) return values;
  const step = values.length / length;
  return Array.from({ length }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
}
