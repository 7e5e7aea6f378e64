/**
 * Detects results that workers write to their place and that are wrong, not whole, or touched after the computation
 * ended.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { arange, compute, fft, fromArray, type NDArray, ones } from "chunkwise";
import { afterEach, describe, expect, test, vi } from "vitest";
import { pagesAddon } from "#src/native/location";
import { folder } from "../cli/program.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rows = 3000;
const columns = 1000;
const matrix = arange(rows * columns, { dtype: "float64" }).reshape([rows, columns]);

afterEach(() => vi.unstubAllEnvs());

/** The place of the first element that is not what `of` says, or -1. */
function wrong({ data }: NDArray, of: (i: number) => number): number {
  return (data as Float64Array).findIndex((value, i) => value !== of(i));
}

describe("large results", () => {
  test.each([
    ["rows", [700, -1]],
    ["columns", [-1, 300]],
    ["squares", [400, 400]],
    ["one block", [-1, -1]],
  ])("are right in %s", async (_, chunks) => {
    const result = await matrix.rechunk(chunks).multiply(3).compute({ workers: 2 });
    expect(wrong(result, (i) => 3 * i)).toBe(-1);
  });

  test("may be complex, and are the same without workers", async () => {
    const signals = matrix.rechunk([700, -1]);
    const [many, none] = [
      await fft.rfft(signals, { axis: 1 }).compute({ workers: 2 }),
      await fft.rfft(signals, { axis: 1 }).compute({ workers: 0 }),
    ];
    expect(many.data.length).toBe(2 * rows * 501);
    expect(Buffer.compare(Buffer.from(many.data.buffer), Buffer.from(none.data.buffer))).toBe(0);
    expect(many.get(rows - 1, 0)).toEqual({ re: (columns * (2 * (rows - 1) * columns + columns - 1)) / 2, im: 0 });
  });

  test("may be several at once, two of which are the same", async () => {
    const twice = matrix.rechunk([700, -1]).multiply(2);
    const results = await compute([twice, matrix.rechunk([700, -1]).multiply(2), twice.negative()], { workers: 2 });
    expect(results.map((result, k) => wrong(result, (i) => [2, 2, -2][k]! * i))).toEqual([-1, -1, -1]);
  });

  test("belong to the caller: their memory can be transferred, and nothing later touches it", async () => {
    const x = matrix.rechunk([700, -1]);
    const first = await x.add(1).compute({ workers: 2 });
    await x.add(2).compute({ workers: 2 });
    expect(wrong(first, (i) => i + 1)).toBe(-1);
    const moved = structuredClone(first.data, { transfer: [first.data.buffer as ArrayBuffer] });
    expect([moved[5], first.data.length]).toEqual([6, 0]);
  });

  test("are no longer written to after a failure or an abort", async () => {
    const x = matrix.rechunk([100, -1]);
    const failing = x.mapBlocks(({ data }) => {
      if (data[0] === 1_000_000) throw new RangeError("no");
      return data;
    });
    await expect(failing.compute({ workers: 2 })).rejects.toThrow(/no/);
    const controller = new AbortController();
    const aborted = x.add(1).compute({ workers: 2, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(aborted).rejects.toThrow(/abort/i);
    expect(wrong(await x.add(1).compute({ workers: 2 }), (i) => i + 1)).toBe(-1);
  });

  test("may come from persisted blocks", async () => {
    const kept = await matrix.rechunk([700, -1]).add(1).persist({ workers: 2 });
    expect(wrong(await kept.subtract(1).compute({ workers: 2 }), (i) => i)).toBe(-1);
    expect((await fromArray(new Float64Array(4_000_000).fill(2)).sum().compute()).data[0]).toBe(8_000_000);
    expect((await ones([5_000_000]).compute({ workers: 2 })).data.every((value) => value === 1)).toBe(true);
  });
});

test("an addon that does not load is reported once, and not needed", async () => {
  const cache = folder();
  vi.stubEnv("XDG_CACHE_HOME", cache);
  mkdirSync(join(cache, "chunkwise/native"), { recursive: true });
  writeFileSync(pagesAddon(), "not an addon");
  const program = `
    import { ones } from "chunkwise";
    for (let i = 0; i < 2; i++) console.log((await ones([3000, 1000]).compute({ workers: 2 })).data.at(-1));
  `;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root, encoding: "utf8" });
  expect([child.status, child.stdout]).toEqual([0, "1\n1\n"]);
  expect(child.stderr.match(/ChunkwiseWarning: .*native install --kernels --force/g)).toHaveLength(1);
});
