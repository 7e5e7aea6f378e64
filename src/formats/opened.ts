/** What opening a file of a format gives that may hold both sorts of arrays. */
import type { EncodedArray } from "../data/encoded.js";
import type { StridedFile } from "../data/layout.js";

/** Elements that stand in the file as they are, which loops read without a copy, or that must be decoded. */
export type OpenedArray =
  | { readonly kind: "strided"; readonly file: StridedFile }
  | { readonly kind: "encoded"; readonly array: EncodedArray };
