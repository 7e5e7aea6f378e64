// @ts-check
/**
 * Reading a file and doing nothing with it, as a child process: each thread reads its contiguous part of the file by
 * `readSync` into one tile of 1 MiB (the best size here), which stays in the cache of its core. No program that reads
 * the file is faster.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { serve } from "./child.mjs";

const tileBytes = 2 ** 20;

if (isMainThread) {
  /** @type {Worker[]} */
  const threads = [];
  await serve(async ({ ask, workers, path, way }) => {
    if (ask === "versions") return {};
    if (ask === "ways") return workers > 1 ? [`${workers} threads`, "1 thread"] : ["1 thread"];
    const count = Number.parseInt(way ?? "1", 10);
    while (threads.length < count) {
      const thread = new Worker(fileURLToPath(import.meta.url));
      await new Promise((resolve) => thread.once("message", resolve));
      threads.push(thread);
    }
    const start = performance.now();
    await Promise.all(
      threads.slice(0, count).map((thread, part) => {
        thread.postMessage({ path, part, count });
        return new Promise((resolve) => thread.once("message", resolve));
      }),
    );
    return { seconds: (performance.now() - start) / 1000, check: null };
  });
  process.exit();
} else {
  const tile = Buffer.alloc(tileBytes);
  parentPort?.on("message", ({ path, part, count }) => {
    const fd = openSync(path, "r");
    const { size } = fstatSync(fd);
    const share = Math.ceil(size / count);
    const stop = Math.min(size, share * (part + 1));
    let at = share * part;
    while (at < stop) {
      const bytes = readSync(fd, tile, 0, Math.min(tileBytes, stop - at), at);
      if (bytes === 0) break;
      at += bytes;
    }
    closeSync(fd);
    parentPort?.postMessage(at);
  });
  parentPort?.postMessage("ready");
}
