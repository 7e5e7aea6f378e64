/** NumPy's .npz files. */
import type { Format } from "../format.js";
import { createNpz, type NpzContent } from "./archive.js";
import { attributes, list, openNpz } from "./open.js";
import { NpzReader } from "./reader.js";

/** .npz files. */
export const npz = {
  open: openNpz,
  list,
  attributes,
  variable: async (path: string, member?: string) => ({ attributes: await attributes(path, member) }),
  createMembers: (path: string, members: NpzContent["members"]) => createNpz(path, { members }),
  reader: NpzReader.open,
} satisfies Format;
