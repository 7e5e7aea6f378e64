import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import { StorageError } from "#src/data/errors";
import { countsOf, sizeOf } from "#src/data/region";
import { openReader } from "#src/formats/index";
import { table } from "#src/formats/table";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const path = join(folder, "damaged.h5");
const names = ["a/gzip", "a/sum", "a/plain"];

/** Opens a damaged file and reads all of it: elements, or a typed error that names the file. */
async function tries(bytes: Uint8Array): Promise<"read" | "refused"> {
  const hdf5 = await table.hdf5.load();
  writeFileSync(path, bytes);
  let refused = false;
  const attempt = async (run: () => Promise<unknown>) => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      expect(error).toMatchObject({ path });
      refused = true;
    }
  };
  await attempt(() => hdf5.list(path));
  for (const dataset of names) {
    await attempt(async () => {
      const opened = await hdf5.open(path, { dataset });
      if (opened.kind === "strided") {
        const { offset, shape, dtype } = opened.file;
        expect(offset + sizeOf(shape) * factsOf(dtype).bytes).toBeLessThanOrEqual(bytes.length);
        return;
      }
      const { array } = opened;
      const reader = await openReader(array);
      try {
        for (let number = 0; number < Math.min(4, countChunks(array.grid)); number++) {
          const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
          const size = sizeOf(countsOf(box)) * factsOf(array.dtype).bytes;
          if (size <= 2 ** 26) await reader.read(box, new Uint8Array(size));
        }
      } finally {
        await reader.close();
      }
    });
  }
  return refused ? "refused" : "read";
}

for (const libver of ["earliest", "latest"]) {
  const whole = join(folder, `${libver}.h5`);
  beforeAll(() =>
    runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    x = np.arange(400, dtype="<i4").reshape(20, 20)
    f.create_dataset("a/gzip", data=x, chunks=(7, 6), compression="gzip", shuffle=True)
    f.create_dataset("a/sum", data=x, chunks=(7, 6), fletcher32=True).attrs["units"] = "m"
    f.create_dataset("a/plain", data=x[:3])
`,
      whole,
      libver,
    ),
  );

  test(`a truncated file of libver ${libver} gives its elements or a typed error`, async () => {
    const bytes = readFileSync(whole);
    expect(await tries(bytes)).toBe("read");
    for (let length = 0; length < bytes.length; length += 97) {
      expect(await tries(bytes.subarray(0, length)), `the first ${length} bytes`).toBe("refused");
    }
  });

  test(`flipped bytes in a file of libver ${libver} give elements or a typed error`, async () => {
    const bytes = readFileSync(whole);
    let state = 11;
    const random = (below: number) => {
      state = (state * 48271) % 2147483647;
      return state % below;
    };
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const damaged = Buffer.from(bytes);
      for (let n = 0; n < 1 + (i % 3); n++) damaged[random(bytes.length)] = [0, 1, 255, 128, random(256)][i % 5]!;
      if ((await tries(damaged)) === "refused") refused++;
    }
    expect(refused).toBeGreaterThan(50);
    expect(await tries(bytes), "the undamaged file afterwards").toBe("read");
  });
}
