/**
 * Detects .npy files that chunkwise and NumPy read differently: files of every byte order, memory order and dtype
 * written by NumPy are copied by chunkwise and read by NumPy again.
 */
import { join } from "node:path";
import { type ChunkedArray, compute, openNpy } from "chunkwise";
import { expect, test } from "vitest";
import { descrs } from "../formats/npy/bytes.js";
import { assertSame } from "../support/arrays.js";
import { temporaryFolder } from "../support/folder.js";
import { runPython } from "../support/python.js";

const folder = temporaryFolder();
const shapes = [[], [0], [5], [0, 3], [7, 5], [3, 4, 5], [2, 40_000]];

const python = (code: string): Promise<string> => runPython(code, folder);

test("NumPy's files of any kind, copied, are the same arrays to NumPy", async () => {
  const cases = shapes.flatMap((shape) =>
    descrs.flatMap(([name, dtype]) =>
      ["<", ">"].flatMap((endian) => ["C", "F"].map((order) => ({ descr: endian + name, dtype, shape, order }))),
    ),
  );
  await python(`
import sys, json, numpy as np
random = np.random.default_rng(1)
for i, case in enumerate(json.loads('''${JSON.stringify(cases)}''')):
    dtype = np.dtype(case["descr"])
    count = int(np.prod(case["shape"]))
    data = random.integers(0, 2 if dtype.kind == "b" else 256, count * dtype.itemsize, "u1").view(dtype)
    np.save(f"{sys.argv[1]}/{i}.npy", np.array(data.reshape(case["shape"]), order=case["order"]))
`);
  for (const [i, { dtype, shape }] of cases.entries()) {
    const array = openNpy(join(folder, `${i}.npy`));
    expect({ dtype: array.dtype, shape: array.shape }).toEqual({ dtype, shape });
    await array.saveNpy(join(folder, `${i}-copy.npy`));
  }
  // the bits must be equal; float16 becomes float32
  const wrong = await python(`
import sys, numpy as np
for i in range(${cases.length}):
    x, y = (np.load(f"{sys.argv[1]}/{i}{end}.npy") for end in ("", "-copy"))
    if x.dtype.kind == "f" and x.itemsize == 2:
        x, y = x.astype("<f4"), np.where(np.isnan(y), y.astype("<f2").astype("<f4"), y)
    native = x.dtype.newbyteorder("<")
    if y.dtype != native or y.shape != x.shape or not y.flags.c_contiguous or x.astype(native).tobytes() != y.tobytes():
        print(i, x.dtype, y.dtype, x.shape, y.shape)
`);
  expect(wrong).toBe("");
  expect(cases).toHaveLength(7 * 14 * 4);
});

/** Everything that reads a file in a way of its own: straight and scattered, folds, matrices, users' functions. */
function readInEveryWay(x: ChunkedArray): ChunkedArray[] {
  const all = [
    x,
    x.slice([[null, null, -7], 3]),
    x.slice([0]).equal(
      x.T.slice([
        [null, null, 4],
        [1, 2],
      ]),
    ),
    x.mapBlocks(({ data }) => data),
    x.rechunk([11, 50]).reshape([-1]),
  ];
  if (x.dtype === "bool") return [...all, x.any(0), x.all(1), x.countNonzero(), x.where(1, 2)];
  const numbers = [...all, x.add(x.T), x.sum(0), x.sum(1), x.sum(), x.T.matmul(x)];
  return x.dtype.startsWith("complex") ? numbers : [...numbers, x.max(0), x.std(0), x.argmin(1)];
}

test.each(["wasm", "javascript", "reference"])(
  "elements in another encoding give the same results as plain ones: %s",
  async (backend) => {
    await python(`
import sys, json, numpy as np
random = np.random.default_rng(2)
for name in json.loads('''${JSON.stringify(descrs.map(([name]) => name))}'''):
    numbers = random.integers(0, 100, (50, 50))
    scaled = numbers / (8 if name[0] in "fc" else 1)
    odd = numbers.astype("u1").view("?") if name == "b1" else scaled.astype(">" + name)
    if name[0] == "c": odd = (odd + 1j * odd[::-1]).astype(odd.dtype)
    if name == "f2": odd[3, 4:6] = 6e-8, -1e-7
    even = odd.view("u1") != 0 if name == "b1" else odd.astype("<f4" if name == "f2" else "<" + name)
    np.save(f"{sys.argv[1]}/odd-{name}.npy", odd)
    np.save(f"{sys.argv[1]}/even-{name}.npy", even)
`);
    for (const [name, dtype] of descrs) {
      const [odd, even] = await Promise.all(
        ["odd", "even"].map((kind) => {
          const x = openNpy(join(folder, `${kind}-${name}.npy`), { chunks: [20, 30] });
          return compute(readInEveryWay(x), { backend, workers: name === "f8" ? 2 : 0 });
        }),
      );
      expect(odd![0]!.dtype).toBe(dtype);
      // `toEqual` would do the same for each element, and take ten times as long
      for (const [i, result] of odd!.entries()) assertSame(result, even![i]!);
      expect(odd!.length).toBe(even!.length);
    }
  },
);

test("NumPy reads what was computed by several workers", async () => {
  await python("import sys, numpy as np; np.save(sys.argv[1] + '/in.npy', np.arange(60_000.0).reshape(300, 200))");
  const x = openNpy(join(folder, "in.npy"), { chunks: [70, 90] });
  await x.T.multiply(2).add(x.mean(1)).saveNpy(join(folder, "out.npy"), { workers: 2 });
  const code = `
import sys, numpy as np
x, y = (np.load(sys.argv[1] + name) for name in ("/in.npy", "/out.npy"))
print(np.array_equal(y, x.T * 2 + x.mean(1)))`;
  expect(await python(code)).toBe("True\n");
});
