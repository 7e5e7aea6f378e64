// @ts-check
/**
 * `npm run bench -- --rows pattern --size bytes --repeats n --workers n --json file --strict`
 *
 * Runs the rows of rows.mjs beside their peers and prints a table of ratios. What it needs on disk lies in a temporary
 * folder that is removed at the end. The exit code is 0 even where a target is missed, unless `--strict` is given; it
 * is 1 where a peer's result differs from ours.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { close, random } from "chunkwise";
import { Data, roomFor } from "./data.mjs";
import { agree, compare } from "./measure.mjs";
import { comparisons, limits } from "./rows.mjs";
import { available, endSides, python, side } from "./sides.mjs";
import { timeStart } from "./start.mjs";
import { formatFacts, formatTable, met, ratioOf } from "./table.mjs";

/** @typedef {import("./table.mjs").Line} Line */

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "" },
    size: { type: "string", default: String(4 * 2 ** 30) },
    repeats: { type: "string", default: "5" },
    workers: { type: "string", default: "2" },
    json: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});
const pattern = new RegExp(options.rows, "i");
const workers = Number(options.workers);
// Polars reads it once, when it is loaded; the peers' processes inherit it
process.env.POLARS_MAX_THREADS = String(workers);
const pace = { repeats: Number(options.repeats), seconds: 60 };

/** @param {{ group: string, name: string }} row */
const wanted = ({ group, name }) => pattern.test(`${group}: ${name}`);
/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @param {import("./rows.mjs").Comparison} row @param {Data} data @returns {Promise<Line[]>} */
async function runComparison(row, data) {
  const { group, name, work, array, targets, part = 1, cold = false, backend, memoryLimit, alone = false } = row;
  const threads = row.workers ?? workers;
  const names = Object.keys(targets).filter(available);
  if (names.length === 0) return [];
  if (cold && !available("numpy")) return []; // NumPy's side drops the file from the page cache
  const path = array === null ? null : await data.path(array);
  const peers = names.map((peer) => ({ name: peer, child: side(peer), workers: peer === "oneWorker" ? 1 : threads }));
  const us = alone ? side("allThreads", threads) : side("ours");
  const evict = cold && path !== null ? { before: () => side("numpy").evict(path) } : {};
  const request = {
    ...{ work, array, path, workers: threads },
    ...(backend === undefined ? {} : { backend }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  };
  const { ours, peers: outcomes } = await compare(us, peers, request, { ...pace, ...evict });
  const onFile = array !== null && !["memory", "block", "matrix", "matrix32", "square", "tall"].includes(array);
  const bytesPerSecond = onFile ? (data.bytes(array) * part) / ours.seconds : null;
  return outcomes.map(({ name: peer, best, failed }) => ({
    ...{ group, name, unit: /** @type {const} */ ("s"), ours: ours.seconds, bytesPerSecond },
    ...{ peak: ours.peak, anonymous: ours.anonymous },
    ...{ peer: best === null ? peer : `${peer}: ${best.way}`, peerValue: best?.seconds ?? null },
    target: targets[/** @type {import("./rows.mjs").PeerName} */ (peer)] ?? null,
    ...(best === null ? { problem: `peer failed: ${failed}` } : {}),
    ...(best !== null && !agree(ours, best, array) ? { problem: `RESULTS DIFFER: ${ours.check}, ${best.check}` } : {}),
  }));
}

/** @param {import("./rows.mjs").Limit} row @param {Data} data @returns {Line[]} */
function runLimit({ group, name, program, atMost }, { folder }) {
  const file = fileURLToPath(new URL("./limits.mjs", import.meta.url));
  const args = ["--expose-gc", file, program, JSON.stringify({ folder, workers })];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const figures = status === 0 ? JSON.parse(stdout).figures : {};
  const reason = /^\w*Error: .*$/m.exec(stderr)?.[0];
  return Object.entries(atMost).map(([figure, target]) => ({
    ...{ group, name: `${name}: ${figure}`, target, ours: figures[figure] ?? null },
    unit: /** @type {Line["unit"]} */ (/µs|×/.exec(figure)?.[0] ?? "bytes"),
    ...{ bytesPerSecond: null, peak: null, anonymous: null, peer: null, peerValue: null },
    ...(status === 0 ? {} : { problem: `failed: ${reason}` }),
  }));
}

/** @param {Data} data @returns {Promise<Line[]>} */
async function runStart({ folder }) {
  const path = join(folder, "small.npy");
  await random.uniform([100, 100], { seed: 0 }).saveNpy(path);
  const { ours = null, ...peers } = timeStart(python, path);
  const common = { group: "start", name: "process start to result", ours };
  const memory = { bytesPerSecond: null, peak: null, anonymous: null };
  const line = { ...common, ...memory, unit: /** @type {const} */ ("s"), target: 0.2, atMost: true };
  const lines = Object.entries(peers).map(([peer, peerValue]) => ({ ...line, peer, peerValue }));
  return lines.length > 0 ? lines : [{ ...line, peer: null, peerValue: null }];
}

async function main() {
  const data = new Data(roomFor(Number(options.size)));
  process.once("exit", () => data.remove());
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const others = comparisons.filter(wanted).flatMap(({ targets }) => Object.keys(targets));
  const peers = [...new Set(["numpy", "dask", ...others])].filter(available);
  const versions = Object.assign({}, ...(await Promise.all(peers.map((peer) => side(peer).versions()))));
  endSides();
  const size = `${(data.bytes("float64") / 1e9).toFixed(2)} GB`;
  const facts = `${formatFacts(versions)}; ${workers} workers, float64 file of ${size}`;
  say(facts);

  /** @type {Line[]} */
  const lines = [];
  /** @param {{ group: string, name: string }} row @param {() => Line[] | Promise<Line[]>} run */
  const add = async (row, run) => {
    if (!wanted(row)) return;
    say(`${row.group}: ${row.name}`);
    lines.push(...(await run()));
  };
  await add({ group: "start", name: "process start to result" }, () => runStart(data));
  let array = comparisons[0]?.array;
  for (const row of comparisons) {
    if (row.array !== array) endSides();
    array = row.array;
    await add(row, () => runComparison(row, data));
  }
  endSides();
  for (const row of limits) await add(row, () => runLimit(row, data));
  await close();

  process.stdout.write(`${facts}\n\n${formatTable(lines)}\n`);
  const rows = lines.map((line) => ({ ...line, ratio: ratioOf(line), met: met(line) }));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ facts, rows }, null, 2)}\n`);
  const broken = rows.some(
    ({ problem, met: reached }) => problem !== undefined || (options.strict && reached === false),
  );
  process.exitCode = broken ? 1 : 0;
}

await main();
