/** Detects computations that take more memory than allowed, stay when nobody waits, warn, or end the process. */
import { getEventListeners, once } from "node:events";
import { ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { arange, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { npyHeader } from "#src/formats/npy/npy";
import { temporaryFolder } from "../support/folder.js";
import { runProgram } from "../support/program.js";
import { rejectionOf, worked } from "./helpers.js";

const folder = temporaryFolder();
const MB = 1_000_000;

describe.runIf(process.platform === "linux")("the memory of the process stays within the limit and 64 MB", () => {
  /** The most memory that a program took beside what it had when it was idle, of a file of a gigabyte. */
  async function peakOf(code: string): Promise<number> {
    const path = join(folder, "large.npy");
    const header = npyHeader({ dtype: "float64", shape: [2 ** 17, 1024] });
    const handle = openSync(path, "w");
    writeSync(handle, header);
    ftruncateSync(handle, header.length + 2 ** 30);
    const text = `
      import { readFileSync, writeFileSync } from "node:fs";
      import { close, openNpy } from "chunkwise";
      const options = { memoryLimit: "64MB", workers: 2 };
      const x = await openNpy(${JSON.stringify(path)});
      await x.slice([[0, 10]]).mapBlocks((block) => block.data).sum().compute(options);
      const status = () => readFileSync("/proc/self/status", "utf8");
      const read = (name) => Number(new RegExp(name + ":\\\\s+(\\\\d+)").exec(status())[1]);
      writeFileSync("/proc/self/clear_refs", "5");
      const idle = read("VmRSS");
      ${code}
      console.log((read("VmHWM") - idle) * 1024);
      await close();
    `;
    return Number(await runProgram(text));
  }

  const ways = {
    "block by block": "for await (const { block } of x.blocks(options)) if (block.data[0] !== 0) throw new Error();",
    "in a user's function": "await x.mapBlocks((block) => block.data).sum().compute(options);",
    "part after part": "for (let at = 0; at < 2 ** 17; at += 2048) await x.slice([[at, at + 2048]]).compute(options);",
  };
  test.each(Object.entries(ways))("a file that is read %s takes little memory", async (_, code) => {
    expect(await peakOf(code)).toBeLessThan(128 * MB);
  });
});

test("a program ends when it leaves an iterator of blocks after the first", async () => {
  const text = `
    import { random } from "chunkwise";
    const blocks = random.uniform([100], { seed: 1, chunks: 1 }).mapBlocks((b) => b.data).blocks({ workers: 1 });
    const { value } = await blocks.next();
    console.log(value.block.shape[0]);
  `;
  expect(await runProgram(text)).toBe("1\n");
});

test("an iterator that is left for a while goes on", async () => {
  const blocks = worked(arange(40, { chunks: 1 })).blocks({ workers: 1 });
  const seen: unknown[] = [];
  for await (const { block } of blocks) {
    seen.push(block.get(0));
    if (seen.length % 10 === 0) await worked(arange(3)).compute({ workers: 1 });
  }
  expect(seen.map(Number)).toEqual(Array.from({ length: 40 }, (_, i) => i));
});

test("many computations on one signal need one listener, and end together", async () => {
  const warned: string[] = [];
  const warn = ({ name }: Error): number => warned.push(name);
  process.on("warning", warn);
  const controller = new AbortController();
  const { signal } = controller;
  const sums = Array.from({ length: 30 }, (_, k) => worked(arange(50, { chunks: 1 }).add(k)).compute({ signal }));
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  controller.abort("enough");
  for (const result of await Promise.allSettled(sums)) expect(result).toMatchObject({ reason: "enough" });
  expect(getEventListeners(signal, "abort")).toEqual([]);
  process.emitWarning("the last one"); // warnings come in order
  await once(process, "warning");
  process.off("warning", warn);
  expect(warned).toEqual(["Warning"]);
});

test("an asynchronous onProgress that rejects ends the computation with its error", async () => {
  const failed = new Error("no progress");
  const x = worked(zeros([40], { chunks: 1 }));
  for (const workers of [0, 1]) {
    const onProgress = async (): Promise<void> => {
      throw failed;
    };
    expect(await rejectionOf(x.add(1).compute({ workers, onProgress }))).toBe(failed);
    const last = async ({ fraction }: { readonly fraction: number }): Promise<void> => {
      if (fraction === 1) throw failed;
    };
    expect(await rejectionOf(x.compute({ workers, onProgress: last }))).toBe(failed);
  }
});
