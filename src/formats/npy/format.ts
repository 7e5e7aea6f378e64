/** NumPy's .npy files: opened and written in place. */
import type { Format, OpenedArray } from "../format.js";
import { createNpy } from "./create.js";
import { readNpyHeader } from "./npy.js";

/** .npy files. */
export const npy = {
  open: (path: string): OpenedArray => ({ kind: "strided", file: readNpyHeader(path) }),
  create: createNpy,
} satisfies Format;
