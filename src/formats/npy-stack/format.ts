/** Folders of .npy files that are one array together. */
import type { Format, OpenedArray } from "../format.js";
import { type NpyStackOptions, stackAttributes, stackFiles } from "./npy-stack.js";

/** Folders of .npy files. */
export const npyStack = {
  open: (folder: string, { axis = 0 }: NpyStackOptions = {}): OpenedArray => {
    return { kind: "files", files: stackFiles(folder, axis), axis };
  },
  attributes: async (folder: string) => stackAttributes(folder),
  variable: async (folder: string) => ({ attributes: stackAttributes(folder) }),
} satisfies Format;
