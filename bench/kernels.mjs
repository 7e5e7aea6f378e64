// @ts-check
/**
 * `node bench/kernels.mjs [--before DIST] [--rows PATTERN] [--dtypes PATTERN] [--tile BYTES] [--rounds N]`
 *
 * The time of compiled loops over one tile that is in the cache, in nanoseconds an element: what a computation adds to
 * the time of reading its input. With the `dist` folder of another build, both take turns in one process, and the
 * first column is that build's. The best of many short runs counts.
 */
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** @typedef {import("chunkwise").ChunkedArray} Handle */
/** @typedef {readonly { dtype: string, offset: number, strides: number[] }[]} Fields */

const columns = 1024;
const arrays = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  int16: Int16Array,
  uint8: Uint8Array,
};
/** @typedef {keyof typeof arrays} Name */
const floats = /** @type {Name[]} */ (["float64", "float32"]);
const wide = /** @type {Name[]} */ ([...floats, "int32"]);
const every = /** @type {Name[]} */ (Object.keys(arrays));

/** @type {[name: string, dtypes: Name[], work: (x: Handle) => Handle[]][]} */
const works = [
  ["sum(0)", every, (x) => [x.sum(0)]],
  ["sum(1)", every, (x) => [x.sum(1)]],
  ["mean(0)", every, (x) => [x.mean(0)]],
  ["mean(1)", every, (x) => [x.mean(1)]],
  ["max(0)", every, (x) => [x.max(0)]],
  ["max(1)", every, (x) => [x.max(1)]],
  ["min(0)", floats, (x) => [x.min(0)]],
  ["nanmax(0)", floats, (x) => [x.nanmax(0)]],
  ["nanmax(1)", floats, (x) => [x.nanmax(1)]],
  ["nansum(0)", floats, (x) => [x.nansum(0)]],
  ["argmax(0)", wide, (x) => [x.argmax(0)]],
  ["argmax(1)", wide, (x) => [x.argmax(1)]],
  ["std(0)", wide, (x) => [x.std(0)]],
  ["std(1)", wide, (x) => [x.std(1)]],
  ["nanstd(0)", floats, (x) => [x.nanstd(0)]],
  ["(((x-1)*2)**2).sum(0)", wide, (x) => [x.subtract(1).multiply(2).pow(2).sum(0)]],
  ["mean, std, min, max (0), sum(1)", wide, (x) => [x.mean(0), x.std(0), x.min(0), x.max(0), x.sum(1)]],
];

/** The modules of a build. @param {string} dist */
async function load(dist) {
  const from = (/** @type {string} */ path) => import(pathToFileURL(join(dist, path)).href);
  const { fromArray } = await from("index.js");
  const { plan } = await from("run/plan.js");
  const { Folding, runFolds } = await from("executors/folding.js");
  const { tilesOf } = await from("executors/tiles.js");
  const { Scratch } = await from("executors/scratch.js");
  const { WasmBackend } = await from("kernels/wasm/backend.js");
  return { fromArray, plan, Folding, runFolds, tilesOf, Scratch, WasmBackend };
}

/**
 * A function that folds a tile once more.
 * @param {Awaited<ReturnType<typeof load>>} build @param {Name} dtype @param {(x: Handle) => Handle[]} work
 * @param {number} bytes
 */
function folder({ fromArray, plan, Folding, runFolds, tilesOf, Scratch, WasmBackend }, dtype, work, bytes) {
  const elements = bytes / arrays[dtype].BYTES_PER_ELEMENT;
  const shape = [elements / columns, columns];
  const data = new arrays[dtype](elements);
  for (let i = 0; i < elements; i++) data[i] = 50 + 49 * Math.sin(i * 1.7) * Math.cos(i / 9);
  const wanted = work(fromArray(data, { shape, chunks: shape })).map(({ expr }) => ({ expr, sink: null }));
  const { graph } = plan(wanted, { backend: "wasm", budget: 2 ** 32 });
  // the others squeeze the results
  const tasks = Array.from({ length: graph.table.tasks }, (_, id) => graph.task(id, () => ({ buffer: 0, offset: 0 })));
  const [{ outputs, pieces }] = tasks.filter((task) => task.outputs[0].fold !== null);
  const scratch = new Scratch(new WasmBackend());
  const tile = scratch.take(bytes);
  const { order, counts } = tilesOf(pieces[0], elements);
  const inOrder = (/** @type {number[]} */ strides) => order.map((/** @type {number} */ dim) => strides[dim]);
  /** @type {Fields[]} */
  const operands = pieces[0].operands.map((/** @type {any} */ { kind, first, strides }) => {
    const field = kind === "counted" ? { dtype: "float64", offset: first } : { dtype, offset: tile };
    return [{ ...field, strides: inOrder(strides) }];
  });
  const folds = pieces[0].runs.map((/** @type {any} */ { program: number, output, operands: used, strides }) => {
    const program = graph.job.programs[number];
    const folding = new Folding(program, outputs[output], scratch);
    folding.prepare(counts, inOrder(strides));
    const mine = used.map((/** @type {number} */ operand) => operands[operand]);
    return () => folding.fold(program, counts, mine, 0, inOrder(strides));
  });
  new arrays[dtype](scratch.memory, tile, elements).set(data);
  return {
    elements,
    fold: () =>
      runFolds(
        scratch.backend,
        folds.map((/** @type {() => unknown} */ fold) => fold()),
      ),
  };
}

/** Nanoseconds an element, of each, in turns. @param {ReturnType<typeof folder>[]} folders @param {number} rounds */
function measure(folders, rounds) {
  const best = folders.map(() => Number.POSITIVE_INFINITY);
  const stretch = 20;
  for (let round = 0; round < rounds; round++) {
    for (const [k, { fold, elements }] of folders.entries()) {
      const start = performance.now();
      for (let n = 0; n < stretch; n++) fold();
      best[k] = Math.min(best[k] ?? 0, ((performance.now() - start) * 1e6) / (stretch * elements));
    }
  }
  return best;
}

const { values: options } = parseArgs({
  options: {
    before: { type: "string" },
    rows: { type: "string", default: "." },
    dtypes: { type: "string", default: "." },
    tile: { type: "string", default: `${2 ** 20}` },
    rounds: { type: "string", default: "60" },
  },
});
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const builds = await Promise.all([...(options.before ? [resolve(options.before)] : []), dist].map(load));
for (const [name, dtypes, work] of works) {
  if (!new RegExp(options.rows).test(name)) continue;
  for (const dtype of dtypes) {
    if (!new RegExp(options.dtypes).test(dtype)) continue;
    const best = measure(
      builds.map((build) => folder(build, dtype, work, Number(options.tile))),
      Number(options.rounds),
    );
    const [first = 0, second = first] = best;
    const times = best.map((time) => time.toFixed(3).padStart(7)).join(" ");
    console.log(
      `${`${dtype} ${name}`.padEnd(42)} ${times}${best.length > 1 ? `  × ${(first / second).toFixed(2)}` : ""}`,
    );
  }
}
