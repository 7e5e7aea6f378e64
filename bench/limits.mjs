// @ts-check
/**
 * Programs whose figures have limits: `node --expose-gc bench/limits.mjs PROGRAM '{"folder":…,"workers":2}'`, each in a
 * fresh process, prints `{"figures":{…},"seconds":…}`.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fromArray, ones, openNpy, random, zeros } from "chunkwise";
import { InlineExecutor } from "#src/executors/inline";
import { plan } from "#src/run/plan";
import { run } from "#src/run/run";
import { sparseFile } from "./data.mjs";
import { anonymous, live, peakResident, resetPeak, resident, watchAnonymous } from "./memory.mjs";

/** @typedef {{ folder: string, workers: number }} Context */
/** @typedef {{ figures: Record<string, number>, seconds: number }} Result */

const GiB = 2 ** 30;
const memoryLimit = "1GB";

/** Starts the workers and lets them do next to nothing. @param {number} workers */
async function startWorkers(workers) {
  await zeros([workers], { chunks: 1 })
    .mapBlocks((block) => block.data)
    .compute({ workers });
}

/**
 * Watches the memory of the process: all that is resident, and what of that is no page of a file. Returns a function
 * that ends this and gives the two figures; bytes that are expected do not count.
 * @param {boolean} fromNow whether what is there now does not count either
 */
function watchMemory(fromNow) {
  const before = fromNow ? { all: resident(), anonymous: anonymous() ?? 0 } : { all: 0, anonymous: 0 };
  const stop = watchAnonymous();
  /** @param {string} what the end of their names @param {number} [expected] @returns {Record<string, number>} */
  return (what, expected = 0) => {
    const most = stop();
    return {
      [`peak RSS${what}`]: peakResident() - before.all - expected,
      ...(most === null ? {} : { [`peak anonymous${what}`]: most - before.anonymous - expected }),
    };
  };
}

/** @param {() => unknown} f */
async function secondsOf(f) {
  const start = performance.now();
  await f();
  return (performance.now() - start) / 1000;
}

const taskCount = 100_000;

function planTasks() {
  const { expr } = ones([taskCount], { chunks: 1 }).add(1);
  return plan([{ expr, sink: null }], { backend: "wasm", budget: 2 ** 40 }).graph;
}

/** @param {() => void} deliver */
const runInline = (deliver, graph = planTasks()) =>
  run(graph, { executor: new InlineExecutor(), budget: 2 ** 40, deliver });

/** Building and running trivial tasks: live memory while planned and while running, then the best times of three. */
async function tasks() {
  await runInline(() => {}); // so that compiled code and caches are not counted as memory of tasks
  const empty = live();
  const graph = planTasks();
  const kept = live() - empty;
  let [delivered, most] = [0, kept];
  await runInline(() => {
    if (++delivered % (taskCount / 8) === 0) most = Math.max(most, live() - empty);
  }, graph);
  let [planned, done] = [Infinity, Infinity];
  for (let n = 0; n < 3; n++) {
    planned = Math.min(planned, await secondsOf(planTasks));
    const again = planTasks();
    done = Math.min(done, await secondsOf(() => runInline(() => {}, again)));
  }
  return {
    figures: {
      "plan, µs each": (planned / taskCount) * 1e6,
      "run inline, µs each": (done / taskCount) * 1e6,
      "planned, bytes each": kept / taskCount,
      "running, bytes each": most / taskCount,
    },
    seconds: planned + done,
  };
}

/** The median of many computations that take next to nothing. */
async function small() {
  const x = fromArray(Float64Array.from({ length: 1000 }, (_, i) => i / 1000));
  /** @param {number} k */
  const chain = (k) =>
    x.add(1).multiply(2).subtract(0.5).divide(3).square().sqrt().negative().abs().add(k).multiply(0.25);
  /** @param {(n: number) => number} constant */
  const median = async (constant) => {
    const times = [];
    for (let n = 0; n < 300; n++) times.push(await secondsOf(() => chain(constant(n)).compute()));
    return /** @type {number} */ (times.sort((a, b) => a - b)[150]);
  };
  await median(() => 1);
  const [same, other] = [await median(() => 1), await median((n) => n)];
  return {
    figures: { "the same again, µs": same * 1e6, "another constant each time, µs": other * 1e6 },
    seconds: same,
  };
}

/** How long the event loop of the main thread waits while workers do many tasks. @param {Context} context */
async function responsive({ workers }) {
  await startWorkers(workers);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const seconds = await secondsOf(() => ones([100_000], { chunks: 1 }).add(1).sum().compute({ workers }));
  delay.disable();
  return { figures: { "event-loop delay, 99th percentile, µs": delay.percentile(99) / 1e3 }, seconds };
}

/** The column mean of a file much larger than what it may take. @param {Context} context */
async function columnMean({ folder, workers }) {
  const path = join(folder, "huge.npy");
  sparseFile(path, 8 * GiB);
  await startWorkers(workers);
  const memory = watchMemory(true);
  const seconds = await secondsOf(() => openNpy(path).mean(0).compute({ workers }));
  rmSync(path);
  return { figures: memory(" above idle"), seconds };
}

/**
 * Column chunks of 128 MiB to row chunks of 32 MiB, into a file.
 * @param {Context} context @param {(x: import("chunkwise").ChunkedArray) => import("chunkwise").ChunkedArray} f
 */
async function rechunk({ folder, workers }, f) {
  const path = join(folder, "columns.npy");
  const result = join(folder, "rows.npy");
  sparseFile(path, 4 * GiB);
  const memory = watchMemory(false);
  let peak = 0;
  const x = f(openNpy(path, { chunks: [-1, 32] })).rechunk([4096, -1]);
  const seconds = await secondsOf(() =>
    x.saveNpy(result, {
      ...{ workers, memoryLimit, scratchFolder: folder },
      onProgress: ({ peakMemory }) => {
        peak = peakMemory;
      },
    }),
  );
  for (const file of [path, result]) rmSync(file);
  return { figures: { ...memory(""), "peak of chunks": peak }, seconds };
}

/** A .npy file far larger than what may be used, to Zarr. @param {Context} context */
async function convert({ folder, workers }) {
  const path = join(folder, "huge.npy");
  const result = join(folder, "huge.zarr");
  sparseFile(path, 10 * GiB);
  const memory = watchMemory(false);
  let peak = 0;
  const seconds = await secondsOf(() =>
    openNpy(path).saveZarr(result, {
      ...{ chunks: [4096, -1], compressor: null, writeEmptyChunks: true }, // the file reads as zeros
      ...{ workers, memoryLimit: "512MB", scratchFolder: folder },
      onProgress: ({ peakMemory }) => {
        peak = peakMemory;
      },
    }),
  );
  for (const file of [path, result]) rmSync(file, { recursive: true });
  return { figures: { ...memory(""), "peak of chunks": peak }, seconds };
}

/**
 * A product of matrices that are far larger than what it may use, into a file; and one that is in memory. Both have
 * chunks of 1024, and the time of an operation is compared.
 * @param {Context} context
 */
async function matmulFiles({ folder, workers }) {
  const [n, small] = [16384, 4096];
  const paths = ["a", "b", "product"].map((name) => join(folder, `${name}.npy`));
  for (const [seed, path] of paths.slice(0, 2).entries())
    await random.uniform([n, n], { seed, chunks: 1024 }).saveNpy(path);
  const near = await random.uniform([small, small], { seed: 0, chunks: 1024 }).persist({ workers });
  await near.matmul(near).sum().compute({ workers });
  const inMemory = await secondsOf(() => near.matmul(near).persist({ workers }));
  const [a, b] = paths.slice(0, 2).map((path) => openNpy(path, { chunks: 1024 }));
  resetPeak();
  const memory = watchMemory(true);
  let peak = 0;
  const seconds = await secondsOf(() =>
    a?.matmul(/** @type {import("chunkwise").ChunkedArray} */ (b)).saveNpy(/** @type {string} */ (paths[2]), {
      ...{ workers, memoryLimit: "512MB", scratchFolder: folder },
      onProgress: ({ peakMemory }) => {
        peak = peakMemory;
      },
    }),
  );
  for (const path of paths) rmSync(path);
  const times = (seconds / n ** 3 / inMemory) * small ** 3;
  const figures = { "peak of chunks": peak, ...memory(" above idle") };
  return { figures: { ...figures, "time of an operation, × in memory": times }, seconds };
}

/**
 * More than 4 GiB kept in memory, in many blocks and in one. Beside the array itself little may be used.
 * @param {Context} context @param {number} chunks
 */
async function persist({ workers }, chunks) {
  const bytes = 4.5 * GiB;
  await startWorkers(workers);
  const memory = watchMemory(true);
  let sum = 0n;
  const seconds = await secondsOf(async () => {
    const kept = await ones([bytes], { dtype: "uint8", chunks }).persist({ workers });
    sum = BigInt(/** @type {bigint} */ ((await kept.sum().compute({ workers })).item()));
  });
  if (sum !== BigInt(bytes)) throw new Error(`the sum of ${bytes} ones is ${sum}`);
  return { figures: memory(" beside the array", bytes), seconds };
}

/** @type {Record<string, (context: Context) => Promise<Result>>} */
const programs = {
  matmulFiles,
  tasks,
  small,
  responsive,
  columnMean,
  persistBlocks: (context) => persist(context, 2 ** 25),
  persistBlock: (context) => persist(context, -1),
  convert,
  rechunkFile: (context) => rechunk(context, (x) => x),
  rechunkComputed: (context) => rechunk(context, (x) => x.mapBlocks((block) => block.data)),
};

const [, , name = "", context = "{}"] = process.argv;
const program = programs[name];
if (program === undefined)
  throw new Error(`there is no program ${name}; expected one of ${Object.keys(programs).join(", ")}`);
process.stdout.write(`${JSON.stringify(await program(JSON.parse(context)))}\n`);
