/** Detects scratch files that are missing where chunks do not fit, give wrong results, or stay behind. */
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, type ComputeOptions, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { countingCalls, expectFiles, expectPoolWorks, rejectionOf, until, worked } from "./helpers.js";

const top = temporaryFolder();
const MB = 1_000_000;

describe("scratch files hold what does not fit", () => {
  const [rows, columns] = [{ chunks: [25, -1] }, { chunks: [-1, 25] }] as const;
  const options = (scratchFolder: string): ComputeOptions => ({ memoryLimit: 3 * MB, workers: 2, scratchFolder });

  /** The open files of this process that were made in a folder: by their names, or without one any more. */
  function openIn(folder: string): number {
    if (process.platform !== "linux") return readdirSync(folder).length;
    const paths = readdirSync("/proc/self/fd").flatMap((handle) => {
      try {
        return [readlinkSync(`/proc/self/fd/${handle}`)];
      } catch {
        return []; // the handle by which the folder itself was read
      }
    });
    return new Set(paths.filter((path) => path.startsWith(folder))).size;
  }

  /** The scratch files that are there while blocks are made; checks that none is left. */
  async function filesDuring(start: (options: ComputeOptions) => Promise<unknown>): Promise<number> {
    const folder = join(top, `scratch-${Math.random()}`);
    mkdirSync(folder);
    let most = 0;
    try {
      await start({
        ...options(folder),
        onProgress: () => {
          most = Math.max(most, openIn(folder));
        },
      });
    } finally {
      expectFiles(folder);
      expect(openIn(folder)).toBe(0);
    }
    return most;
  }
  const noise = (grid: typeof rows | typeof columns): ChunkedArray =>
    worked(random.uniform([1000, 800], { seed: 1, ...grid }));

  test("when stored blocks are rechunked, in either direction, and are removed afterwards", async () => {
    for (const [from, to] of [
      [rows, columns],
      [columns, rows],
    ] as const) {
      const turned = worked(noise(from).rechunk(to.chunks));
      const during = await filesDuring(async (given) => {
        const [sum, other] = [
          await turned.sum(0).compute(given),
          await random.uniform([1000, 800], { seed: 1 }).sum(0).compute(),
        ];
        for (let i = 0; i < 800; i++) expect(sum.get(i)).toBeCloseTo(other.get(i) as number, 8);
      });
      expect(during).toBe(1);
    }
  });

  test("and are not made when there is room enough", async () => {
    const during = await filesDuring((given) =>
      noise(rows)
        .rechunk(columns.chunks)
        .sum()
        .compute({ ...given, memoryLimit: "100MB" }),
    );
    expect(during).toBe(0);
  });

  test("and are removed after a failure, after an abort and after a reader has left", async () => {
    const turned = noise(rows).rechunk(columns.chunks);
    const bad = turned.mapBlocks(({ data }, { index }) => (index[1] === 9 ? [] : data));
    expect(await rejectionOf(filesDuring((given) => bad.sum().compute(given)))).toMatchObject({ block: [0, 9] });
    const controller = new AbortController();
    const endless = turned.mapBlocks(() => {
      process.env.CHUNKWISE_TEST_BEGAN = "yes"; // workers share the environment
      while (true);
    });
    const aborted = rejectionOf(filesDuring((given) => endless.sum().compute({ ...given, signal: controller.signal })));
    await until(() => process.env.CHUNKWISE_TEST_BEGAN === "yes");
    delete process.env.CHUNKWISE_TEST_BEGAN;
    controller.abort("enough");
    expect(await aborted).toBe("enough");
    await filesDuring(async (given) => {
      for await (const { index } of worked(turned).blocks(given)) if (index[1] === 2) break;
    });
    await expectPoolWorks(2);
  });

  test("and a folder that cannot hold them is refused before anything runs", async () => {
    const { array, calls } = countingCalls(random.uniform([1000, 800], { seed: 1, ...rows }));
    const file = join(top, "file");
    writeFileSync(file, "");
    for (const scratchFolder of [join(top, "no"), file]) {
      const error = await rejectionOf(array.rechunk(columns.chunks).sum().compute(options(scratchFolder)));
      expect(error).toMatchObject({ name: "StorageError", systemCode: expect.stringMatching(/ENOENT|ENOTDIR/) });
      expect((error as Error).message).toMatch(/scratch file/);
    }
    expect(calls()).toBe(0);
  });
});
