/** The file that a command reads, of any format. */
import { type ChunkedArray, openNamed } from "../index.js";
import type { Arguments, OptionTable } from "./arguments.js";

/** The option by which an array is named in a file of several. */
export const arrayTable = {
  array: { value: "NAME", help: "which array of a Zarr group, an HDF5 file or a .npz file; see: chunkwise info FILE" },
} as const satisfies OptionTable;

/** Opens what a command line names; `only` is the name of the array in a file that holds one. */
export function openInput(args: Arguments, file: string, only?: string): Promise<ChunkedArray> {
  const name = args.text("array") ?? only;
  return openNamed(file, name === "" ? undefined : name);
}
