/** HDF5 files for tests, as h5py writes them. */
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { type Box, countsOf, sizeOf } from "#src/data/region";
import { runPython } from "../../support/python.js";

/** The dtypes that are read: NumPy's name, and what an element becomes. */
export const types = [
  ["|b1", "bool"],
  ["|i1", "int8"],
  ["|u1", "uint8"],
  ...["<", ">"].flatMap((order) =>
    (
      [
        ["i2", "int16"],
        ["i4", "int32"],
        ["i8", "int64"],
        ["u2", "uint16"],
        ["u4", "uint32"],
        ["u8", "uint64"],
        ["f2", "float32"],
        ["f4", "float32"],
        ["f8", "float64"],
        ["c8", "complex64"],
        ["c16", "complex128"],
      ] as const
    ).map(([name, dtype]) => [order + name, dtype] as const),
  ),
] as const;

/** How datasets are stored: keyword arguments of h5py. */
export const storages: Readonly<Record<string, string>> = {
  contiguous: "",
  chunked: "chunks=(3, 4)",
  gzip: "chunks=(3, 4), compression='gzip'",
  "gzip and shuffle": "chunks=(3, 4), compression='gzip', shuffle=True",
  fletcher32: "chunks=(5, 9), fletcher32=True",
  growing: "chunks=(4, 4), maxshape=(None, None), compression=1",
};

/**
 * Writes a file with datasets `type/storage`, 7 × 9 random elements each, and beside each its elements in C order and
 * this machine's byte order as a file `name.bin`.
 */
export async function writeAll(path: string, libver: "earliest" | "latest", userblock = 0): Promise<void> {
  const code = `
import sys, json, h5py, numpy as np
path, libver, userblock = sys.argv[1], sys.argv[2], int(sys.argv[3])
r = np.random.default_rng(1)
with h5py.File(path, "w", libver=libver, userblock_size=userblock) as f:
    for name in json.loads(sys.argv[4]):
        x = np.frombuffer(r.bytes(63 * 16), name)[:63].reshape(7, 9).copy()
        if name == "|b1": x = r.random((7, 9)) > 0.5
        group = name[1:] if name[0] == "|" else name
        for storage, how in json.loads(sys.argv[5]).items():
            f.create_dataset(f"{group}/{storage}", data=x, **eval(f"dict({how})"))
        x.tofile(f"{path}.{group}.bin")
`;
  const names = types.map(([name]) => name);
  await runPython(code, path, libver, String(userblock), JSON.stringify(names), JSON.stringify(storages));
}

/** The parts of an array's grid, each with memory for its elements. */
export function parts(array: EncodedArray): { readonly box: Box; readonly into: Uint8Array }[] {
  return Array.from({ length: countChunks(array.grid) }, (_, number) => {
    const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
    return { box, into: new Uint8Array(sizeOf(countsOf(box)) * factsOf(array.dtype).bytes) };
  });
}
