/** Detects products that go to the wrong kernels: small ones that wait for a library, large ones that do without. */
import { ones, zeros } from "chunkwise";
import { expect, test } from "vitest";
import { native } from "../support/platform.js";

const tells = (x: ReturnType<typeof ones>, options = {}): boolean =>
  x.explain({ memoryLimit: "8GB", ...options }).includes("on TensorFlow");
const product = (n: number, dtype: "float64" | "int64" = "float64") =>
  ones([n, n], { dtype, chunks: 1024 }).matmul(ones([n, n], { dtype, chunks: 1024 }));

test("what is no large product stays embedded", () => {
  expect(tells(product(512))).toBe(false);
  expect(tells(product(4096, "int64"))).toBe(false);
  expect(tells(ones([100_000, 1000]).mean(0))).toBe(false);
  const stack = zeros([3_000_000, 16, 16]);
  expect(tells(stack.matmul(stack))).toBe(false); // 2.5e10 operations, but in small calls
});

test.runIf(native)("a large product goes to TensorFlow, unless another backend is asked for", () => {
  expect(tells(product(4096))).toBe(true);
  expect(
    tells(
      product(4096)
        .slice([
          [0, 1024],
          [0, 1024],
        ])
        .sum(),
    ),
  ).toBe(false); // a sixteenth is needed
  expect(tells(product(4096), { backend: "auto" })).toBe(true);
  expect(tells(product(4096), { backend: "wasm" })).toBe(false);
  expect(tells(product(512), { backend: "tensorflow" })).toBe(true);
});

test.runIf(native)("once the library is loaded, smaller ones pay too", async () => {
  await product(256).compute({ backend: "tensorflow" });
  expect(tells(product(512))).toBe(true);
  expect(tells(product(64))).toBe(false);
});
