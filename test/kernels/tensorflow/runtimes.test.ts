/** Detects an addon that loads in the Node and the thread it was built for, and in no other. */
import { NativeError } from "chunkwise";
import { expect, test } from "vitest";
import { folder } from "../../cli/program.js";
import { native, newerNode } from "../../support/platform.js";
import { runProgram } from "../../support/program.js";

/** Products of every dtype that TensorFlow takes, by two workers, compared with the embedded kernels. */
const products = `
  import { arange, close, compute } from "chunkwise";
  const dtypes = ["float32", "float64", "complex64", "complex128", "int32", "int64"];
  const x = (dtype) => arange(96 * 96).remainder(7).reshape([96, 96]).rechunk(32).astype(dtype);
  const arrays = dtypes.map((dtype) => x(dtype).matmul(x(dtype)));
  const ours = await compute(arrays, { backend: "wasm", workers: 2 });
  const theirs = await compute(arrays, { backend: "tensorflow", workers: 2 });
  const same = ours.map(({ data }, i) => data.every((value, k) => value === theirs[i].data[k]));
  await close();
  console.log(JSON.stringify(same));
`;

test.runIf(native)("workers of this Node give the products of the embedded kernels", async () => {
  expect(JSON.parse(await runProgram(products))).toEqual(new Array(6).fill(true));
});

test.runIf(native && newerNode !== undefined)(
  "workers of a newer Node give the products of the embedded kernels",
  async () => {
    expect(JSON.parse(await runProgram(products, {}, newerNode))).toEqual(new Array(6).fill(true));
  },
);

test.runIf(native)("products have the same bits for any number of workers", async () => {
  const program = `
    import { createHash } from "node:crypto";
    import { close, random } from "chunkwise";
    const shapes = [[300, 300, 300, 128], [8, 20000, 16, -1], [600, 600, 600, -1]];
    const seen = [];
    for (const dtype of ["float32", "float64"]) for (const [m, k, n, chunks] of shapes) {
      const right = random.normal([k, n], { chunks, dtype, seed: 2 });
      const product = random.normal([m, k], { chunks, dtype, seed: 1 }).matmul(right);
      const hashes = new Set();
      for (const workers of [0, 1, 2, 3]) {
        const { data } = await product.compute({ backend: "tensorflow", workers, nativeThreads: 2 });
        hashes.add(createHash("sha256").update(data).digest("hex"));
      }
      seen.push(hashes.size);
    }
    await close();
    console.log(JSON.stringify(seen));
  `;
  expect(JSON.parse(await runProgram(program))).toEqual([1, 1, 1, 1, 1, 1]);
});

test("an error says what to run, before anything is computed, if TensorFlow is not installed", async () => {
  const program = `
    import { configure, ones } from "chunkwise";
    const kinds = [];
    const backend = "tensorflow";
    const attempts = [() => configure({ backend }), () => ones([2, 2]).compute({ backend })];
    for (const attempt of attempts) {
      try { await attempt(); } catch ({ name, code, reason, message }) { kinds.push({ name, code, reason, message }); }
    }
    kinds.push({ value: (await ones([2, 2]).matmul(ones([2, 2])).compute()).data[0] });
    console.log(JSON.stringify(kinds));
  `;
  const kind = {
    name: NativeError.name,
    code: "NATIVE",
    reason: "missing",
    message: expect.stringContaining("`npx chunkwise native install`"),
  };
  const told = JSON.parse(await runProgram(program, { XDG_CACHE_HOME: folder() }));
  // the package's own install may have worked here
  if (told[0].name !== undefined) expect(told).toEqual([kind, kind, { value: 2 }]);
  else expect(told).toEqual([{ value: 2 }]);
});
