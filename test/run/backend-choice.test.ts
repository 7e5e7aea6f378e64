/** Detects products that go to the wrong kernels: small ones that wait for a library, large ones that do without. */
import { ones, zeros } from "chunkwise";
import { expect, test } from "vitest";
import { native } from "../support/platform.js";

const isNative = (x: ReturnType<typeof ones>, options = {}): boolean =>
  x.explain({ memoryLimit: "8GB", ...options }).includes("on TensorFlow");
const product = (n: number, dtype: "float64" | "int64" = "float64") =>
  ones([n, n], { dtype, chunks: 1024 }).matmul(ones([n, n], { dtype, chunks: 1024 }));

test("everything but a large product stays with the embedded kernels", () => {
  expect(isNative(product(512))).toBe(false);
  expect(isNative(product(4096, "int64"))).toBe(false);
  expect(isNative(ones([100_000, 1000]).mean(0))).toBe(false);
  const stack = zeros([3_000_000, 16, 16]);
  expect(isNative(stack.matmul(stack))).toBe(false); // 2.5e10 operations, but in small calls
});

test.runIf(native)("a large product goes to TensorFlow, unless another backend is asked for", () => {
  expect(isNative(product(4096))).toBe(true);
  expect(
    isNative(
      product(4096)
        .slice([
          [0, 1024],
          [0, 1024],
        ])
        .sum(),
    ),
  ).toBe(false); // a sixteenth is needed
  expect(isNative(product(4096), { backend: "auto" })).toBe(true);
  expect(isNative(product(4096), { backend: "wasm" })).toBe(false);
  expect(isNative(product(512), { backend: "tensorflow" })).toBe(true);
});

test.runIf(native)("a library that is not loaded is left alone where it does not fit into the memory limit", () => {
  const text = product(4096).sum().explain({ memoryLimit: "128MB" });
  const limit = /native: TensorFlow is not loaded, which takes a memoryLimit of (.*)/.exec(text)?.[1];
  expect(limit).toBeDefined();
  const bytes = Number(limit?.split(" ")[0]) * 1e6;
  expect(bytes).toBeGreaterThan(256e6);
  expect(bytes).toBeLessThan(512e6);
  expect(isNative(product(4096).sum(), { memoryLimit: bytes + 1e6 })).toBe(true);
  expect(isNative(product(4096).sum(), { memoryLimit: bytes - 1e6 })).toBe(false);
  expect(isNative(product(4096).sum(), { memoryLimit: "128MB", backend: "tensorflow" })).toBe(true);
});

test.runIf(native)("once the library is loaded, smaller products go to it too", async () => {
  await product(256).compute({ backend: "tensorflow" });
  expect(isNative(product(512))).toBe(true);
  expect(isNative(product(64))).toBe(false);
  expect(isNative(product(512), { memoryLimit: "128MB" })).toBe(true);
});
