/** NumPy's .npy files: opened and written in place. */
import type { Format, OpenedArray } from "../format.js";
import { createNpy } from "./create.js";
import { npyAttributes, readNpyHeader } from "./npy.js";

/** .npy files. */
export const npy = {
  open: (path: string): OpenedArray => {
    const { time, ...file } = readNpyHeader(path);
    return { kind: "strided", file };
  },
  attributes: async (path: string) => npyAttributes(path),
  variable: async (path: string) => ({ attributes: npyAttributes(path) }),
  create: createNpy,
} satisfies Format;
