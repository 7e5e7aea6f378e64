/**
 * Variables in Zarr as xarray has them: where it keeps the names of axes and the element that stands for a missing one.
 *
 *     v2   attribute _ARRAY_DIMENSIONS, fill_value of the metadata: its elements are missing ones
 *     v3   dimension_names, attribute _FillValue, for floats the text of their bits
 */
import { type DType, factsOf } from "../../data/dtype.js";
import type { Variable } from "../variable.js";
import { nameOf, nodeAt } from "./hierarchy.js";
import type { JsonObject } from "./json.js";
import { isName, parseMetadata, refusal } from "./metadata.js";
import { attributesOf } from "./open.js";
import { readableStoreAt } from "./store.js";

/**
 * What the metadata says of an array.
 *
 * @throws StorageError if nothing is at the path; FormatError if it is not a Zarr array, or damaged
 */
export async function variable(path: string, inside = ""): Promise<Variable> {
  const node = await nodeAt(readableStoreAt(path), nameOf(inside));
  const refuse = refusal(node.path);
  if (node.kind === "group") throw refuse("this is a Zarr group; only arrays have axes");
  const { version, shape, dtype, dimensions } = parseMetadata(node.content, node.version, refuse);
  const { _ARRAY_DIMENSIONS: names = dimensions, _FillValue: own, ...attributes } = attributesOf(node);
  const fill = version === 2 ? (numberOf(node.content.fill_value) ?? own) : fromText(own, dtype);
  const named = Array.isArray(names) && names.length === shape.length && names.every(isName);
  return {
    attributes: fill === undefined || fill === null ? attributes : { ...attributes, _FillValue: fill },
    ...(named ? { dimensions: names } : {}),
  };
}

/** A number of the metadata, which has names for those that JSON does not have. */
function numberOf(value: unknown): unknown {
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;
}

/** The attributes of a new array, and the fill value of its metadata if that stands for a missing element. */
export function attributesFor(
  { attributes: { _FillValue: fill, ...attributes } }: Variable,
  version: 2 | 3,
  dtype: DType,
): { readonly attributes: JsonObject; readonly fillValue?: number | bigint } {
  if (typeof fill !== "number" && typeof fill !== "bigint") return { attributes };
  if (version === 2) return { attributes, fillValue: fill };
  return { attributes: { ...attributes, _FillValue: toText(fill, dtype) } };
}

/** A missing element as an attribute of version 3: of floats, the base64 of a little-endian float64. */
function toText(fill: number | bigint, dtype: DType): string | number | bigint {
  if (factsOf(dtype).kind !== "float") return fill;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(fill));
  return bytes.toString("base64");
}

function fromText(fill: unknown, dtype: DType): unknown {
  if (typeof fill !== "string" || factsOf(dtype).kind !== "float") return fill;
  const bytes = Buffer.from(fill, "base64");
  return bytes.length === 8 ? bytes.readDoubleLE(0) : fill;
}
