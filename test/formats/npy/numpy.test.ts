import { spawnSync } from "node:child_process";
import { readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { npyHeader, readNpyHeader } from "#src/formats/npy/npy";
import { openArrayNow } from "#src/formats/opening";
import { table } from "#src/formats/table";
import { temporaryFolder, thrownBy } from "../../support/folder.js";
import { python } from "../../support/platform.js";
import { descrs } from "./bytes.js";

const folder = temporaryFolder();

describe("NumPy itself", () => {
  const run = (code: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(
      python ?? "no Python with NumPy: run npm test",
      ["-c", code, ...args],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const shapes = [[], [0], [5], [2, 3], [1, 7], [0, 3], [4, 1, 2], [3, 2, 2, 2], [7, 11, 13]];

  test("writes files in every version, order and dtype that are read, with the headers that are written here", () => {
    const code = `
import json, sys, warnings, numpy as np
from numpy.lib import format
warnings.simplefilter("ignore")
for i, (descr, order, shape, version) in enumerate(json.loads(sys.argv[1])):
    with open(f"{sys.argv[2]}/{i}.npy", "wb") as file:
        format.write_array(file, np.zeros(shape, descr, order), version=tuple(version))
        at = file.tell()
    a = np.load(f"{sys.argv[2]}/{i}.npy")
    print(json.dumps([a.dtype.name, list(a.shape), at - a.nbytes, [s // a.itemsize for s in a.strides]]))
`;
    const cases = descrs.flatMap(([name, dtype]) =>
      shapes.flatMap((shape) =>
        ["<", ">"].flatMap((endian) =>
          (["C", "F"] as const).flatMap((order) =>
            [1, 2, 3].map((version) => ({ name, dtype, shape, endian, order, version })),
          ),
        ),
      ),
    );
    const request = cases.map(({ name, endian, order, shape, version }) => [endian + name, order, shape, [version, 0]]);
    const answers = run(code, JSON.stringify(request), folder).trim().split("\n");
    for (const [i, { name, dtype, shape, endian, order, version }] of cases.entries()) {
      const [numpyName, numpyShape, offset, strides] = JSON.parse(answers[i]!) as [string, number[], number, number[]];
      const path = join(folder, `${i}.npy`);
      const found = readNpyHeader(path);
      expect(found).toMatchObject({ dtype, shape: numpyShape, offset, size: statSync(path).size });
      expect(found.encoding.half).toBe(numpyName === "float16");
      expect(found.encoding.half ? "float16" : found.dtype).toBe(numpyName);
      // The stride of an axis with at most one index means nothing; NumPy and chunkwise fill it in differently.
      const meaning = (list: readonly number[]) =>
        list.map((stride, axis) => (shape.includes(0) || shape[axis]! < 2 ? 0 : stride));
      expect(meaning(found.strides)).toEqual(meaning(strides));
      if (endian === "<" && version === 1 && name !== "f2") {
        const header = readFileSync(path).subarray(0, offset);
        expect(Buffer.from(npyHeader({ dtype, shape, order })).equals(header), header.toString("latin1")).toBe(true);
      }
      unlinkSync(path);
    }
  });

  test("reads the files that are written here", () => {
    const path = join(folder, "ours.npy");
    const values = Float64Array.from({ length: 6 }, (_, i) => i + 0.5);
    for (const order of ["C", "F"] as const) {
      writeFileSync(path, npyHeader({ dtype: "float64", shape: [2, 3], order }));
      writeFileSync(path, new Uint8Array(values.buffer), { flag: "a" });
      const code =
        "import sys, json, numpy as np; a = np.load(sys.argv[1]); print(json.dumps([a.dtype.str, a.tolist()]))";
      const rows =
        order === "C"
          ? [
              [0.5, 1.5, 2.5],
              [3.5, 4.5, 5.5],
            ]
          : [
              [0.5, 2.5, 4.5],
              [1.5, 3.5, 5.5],
            ];
      expect(JSON.parse(run(code, path))).toEqual(["<f8", rows]);
    }
  });

  test("writes pickled files that are refused here too", () => {
    const path = join(folder, "objects.npy");
    run("import sys, numpy as np; np.save(sys.argv[1], np.array([{}, None], object), allow_pickle=True)", path);
    expect(thrownBy(() => readNpyHeader(path))).toMatchObject({ name: "FormatError", path, offset: 20 });
    run("import sys, numpy as np; np.save(sys.argv[1], np.zeros(3, [('größe', 'f8'), ('y', 'i4', 2)]))", path);
    expect((thrownBy(() => readNpyHeader(path)) as Error).message).toMatch(/structured/);
    run("import sys, numpy as np; np.savez(sys.argv[1] + '.npz', x=np.zeros(3))", path);
    const refused = thrownBy(() => openArrayNow(table.npy, `${path}.npz`)) as Error;
    expect(refused.message).toMatch(/zip archive, such as \.npz/);
  });
});
