// @ts-check
/** Our side of every comparison, as a child process: see child.mjs. */
import {
  ChunkedArray,
  compute,
  fft,
  linalg,
  ones,
  openArrow,
  openCsv,
  openHdf5,
  openNpy,
  openParquet,
  openZarr,
} from "chunkwise";
import { serve } from "./child.mjs";
import { peakResident, resetPeak, watchAnonymous } from "./memory.mjs";

/** @type {Record<string, (x: ChunkedArray, b: ChunkedArray, c: ChunkedArray) => ChunkedArray | ChunkedArray[]>} */
const works = {
  mean0: (x) => x.mean(0),
  std0: (x) => x.std(0),
  fused: (x) => x.subtract(1).multiply(2).pow(2).sum(0),
  mean1: (x) => x.mean(1),
  expMean: (x) => x.negative().exp().mean(0),
  five: (x) => [x.mean(0), x.std(0), x.min(0), x.max(0), x.sum(1)],
  strided: (x) =>
    x
      .slice([
        [null, null, 4],
        [100, 200],
      ])
      .max(0),
  affineSum: (x) => x.multiply(2).add(1).sum(),
  zscore: (x) => x.subtract(x.mean(0)).divide(x.std(0)).max(1),
  gauss: (x) => x.pow(2).negative().exp().mean(0),
  sum0: (x) => x.sum(0),
  sum1: (x) => x.sum(1),
  var0: (x) => x.var(0),
  multiplyAdd: (a, b, c) => a.multiply(b).add(c),
  exp: (a) => a.exp(),
  where: (a, b, c) => a.greater(1).where(b, c),
  rfft: (x) => fft.rfft(x, { axis: 1 }),
  powerSpectrum: (x) => fft.rfft(x, { axis: 1 }).abs().square().mean(0),
  astype: (a) => a.astype("float32"),
  matmul1024: (x) => x.matmul(x),
  matmul2048: (x) => x.matmul(x),
  inverse: (x) => linalg.inv(x),
  svd: (x) => {
    const { u, s } = linalg.svd(x);
    return [u.square().sum(0), s];
  },
};

/** Work that begins with nothing. @type {Record<string, () => ChunkedArray>} */
const worksOnNothing = {
  chunks: () => ones([10_000], { chunks: 1 }).add(1),
  tasks: () => ones([10_000], { chunks: 1 }).add(1),
  calls: () => ones([10_000], { chunks: 1 }).mapBlocks((block) => [Number(block.data[0]) + 1]),
};

const inMemory = ["memory", "block", "matrix", "matrix32", "square", "tall"];
/** Files that are not .npy. @type {Record<string, (path: string) => Promise<ChunkedArray>>} */
const openers = {
  zarr: openZarr,
  zarrZstd: openZarr,
  arrow: openArrow,
  parquet: openParquet,
  csv: openCsv,
  hdf5: openHdf5,
};

/** @type {Record<string, number>} */
const chunks = { block: -1, matrix: 1024, matrix32: 2048, square: -1 };

/** Arrays that are kept in memory. @type {Map<string, ChunkedArray[]>} */
const kept = new Map();

/** The array of a request, and for blocks two more like it. @param {import("./child.mjs").Request} request */
async function arrays({ array, path, workers }) {
  if (path === null || array === null) throw new Error("there is no array");
  if (!inMemory.includes(array)) return [await (openers[array] ?? openNpy)(path)];
  const known = kept.get(array);
  if (known !== undefined) return known;
  const x = openNpy(path, { chunks: chunks[array] ?? "auto" });
  const wanted = array === "block" ? [x, x.add(1), x.add(2)] : [x];
  const made = await Promise.all(wanted.map((y) => y.persist({ workers })));
  kept.set(array, made);
  return made;
}

await serve(async (request) => {
  if (request.ask === "versions") return {};
  if (request.ask === "ways") return [`${request.workers} worker${request.workers === 1 ? "" : "s"}`];
  const { work, workers, array, backend = "auto", memoryLimit } = request;
  if (array !== null && inMemory.includes(array)) await arrays(request);
  const measuresPeak = resetPeak();
  const stopWatching = watchAnonymous();
  const start = performance.now();
  const expression =
    worksOnNothing[work]?.() ?? works[work]?.(.../** @type {[any, any, any]} */ (await arrays(request)));
  if (expression === undefined) throw new Error(`there is no work ${work}`);
  const results = await compute([expression].flat(), {
    ...{ workers, backend },
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  });
  const seconds = (performance.now() - start) / 1000;
  const peak = measuresPeak ? peakResident() : null;
  const anonymous = stopWatching();
  let check = 0;
  for (const { data } of results) for (let i = 0; i < data.length; i++) check += Number(data[i]);
  return { seconds, check, peak, anonymous };
});
