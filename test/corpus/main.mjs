// @ts-check
/**
 * `npm run corpus -- FOLDER…`: reads every file below the folders, whatever its format, and compares each array with
 * what the format's Python library reads. One line for each array and each column of a table, and totals at the end:
 *
 *     equal      dtype, shape and elements are the same
 *     differs    they are not: the exit code is 1
 *     ours       only chunkwise reads it        theirs     only Python does        neither     nobody does
 *     unknown    a file of no format that chunkwise knows
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ChunkwiseError, close, dtypes, listArrays, open, openNamed } from "chunkwise";
import { allocate } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import { detect } from "#src/formats/detect";

/** @typedef {"equal" | "differs" | "ours" | "theirs" | "neither" | "unknown"} Verdict */
/** @typedef {{ dtype: string, shape: number[], data: ArrayLike<unknown> }} Plain */
/** @typedef {{ error: string }} Refusal */

/** The most elements that are compared; larger arrays are passed over. */
const MOST_ELEMENTS = 50_000_000;

const folder = mkdtempSync(join(tmpdir(), "chunkwise-corpus-"));
const reader = fileURLToPath(new URL("reader.py", import.meta.url));
const python = spawn(/** @type {string} */ (process.env.CHUNKWISE_PYTHON), [reader], {
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface(python.stdout)[Symbol.asyncIterator]();

/** The formats of tables, whose columns are compared one by one, too. */
const tables = ["arrow", "parquet"];

/** What Python answers. @param {string} path @param {object} asked @returns {Promise<any>} */
async function ask(path, asked) {
  python.stdin.write(`${JSON.stringify({ path, ...asked })}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error(`the Python reader ended at ${path}`);
  return JSON.parse(value);
}

/**
 * What Python reads; `dtype` is what chunkwise made of it.
 * @param {string} path @param {string} format @param {string} name @param {string | null} dtype
 * @returns {Promise<Plain | Refusal>}
 */
async function theirs(path, format, name, dtype) {
  const bytes = join(folder, "bytes");
  const answer = await ask(path, { format, name, dtype, bytes });
  if ("error" in answer) return answer;
  const { dtype: own, shape } = answer;
  if (!dtypes.includes(own)) return { error: `${own} is not a dtype of chunkwise` };
  const data = allocate(own, sizeOf(shape));
  new Uint8Array(data.buffer).set(readFileSync(bytes));
  return { dtype: own, shape, data };
}

/**
 * What chunkwise reads.
 * @param {string} path @param {string} format @param {string} name @returns {Promise<Plain | Refusal>}
 */
async function ours(path, format, name) {
  const isColumn = name !== "" && tables.includes(format);
  try {
    const opening = isColumn ? open(path, { column: name }) : openNamed(path, name === "" ? undefined : name);
    const { dtype, shape, data } = await (await opening).compute();
    return { dtype, shape: [...shape], data };
  } catch (error) {
    if (error instanceof ChunkwiseError) return { error: error.message };
    throw new Error(`${path} ${name}: an error that is not typed`, { cause: error });
  }
}

/** What is different, in a line; null if nothing is. @param {Plain} a @param {Plain} b */
function difference(a, b) {
  if (a.dtype !== b.dtype) return `${a.dtype}, Python ${b.dtype}`;
  if (String(a.shape) !== String(b.shape)) return `shape [${a.shape.join(", ")}], Python [${b.shape.join(", ")}]`;
  for (let i = 0; i < a.data.length; i++)
    if (!Object.is(a.data[i], b.data[i])) return `number ${i} is ${a.data[i]}, Python ${b.data[i]}`;
  return null;
}

/**
 * Reads one array in both ways.
 * @param {string} path @param {string} format @param {string} name @param {string} what
 * @returns {Promise<[verdict: Verdict, what: string, text: string]>}
 */
async function judge(path, format, name, what) {
  const mine = await ours(path, format, name);
  const python = await theirs(path, format, name, "error" in mine ? null : mine.dtype);
  if ("error" in mine) return ["error" in python ? "neither" : "theirs", what, mine.error];
  if ("error" in python) return ["ours", what, python.error];
  const wrong = difference(mine, python);
  return wrong === null ? ["equal", what, `${mine.dtype} [${mine.shape.join(", ")}]`] : ["differs", what, wrong];
}

/** The format of a file or folder, or why it has none. @param {string} path @returns {string | Refusal} */
function formatOf(path) {
  try {
    return detect(path).row.name;
  } catch (error) {
    if (error instanceof ChunkwiseError) return { error: error.message };
    throw error;
  }
}

/**
 * The arrays of a file or folder; null where that fails. @param {string} path
 * @returns {Promise<readonly { name: string, shape: readonly number[] }[] | null>}
 */
async function listed(path) {
  try {
    return await listArrays(path);
  } catch (error) {
    if (error instanceof ChunkwiseError) return null;
    throw error;
  }
}

/** @type {Record<Verdict, number>} */
const totals = { equal: 0, differs: 0, ours: 0, theirs: 0, neither: 0, unknown: 0 };

/** @param {Verdict} verdict @param {string} what @param {string} text */
function tell(verdict, what, text) {
  totals[verdict]++;
  console.log(`${verdict.padEnd(8)} ${what}: ${text.replaceAll("\n", " ")}`);
}

/**
 * Goes through a file, or through a folder that is not an array itself: one of .npy files may be a stack, or not.
 * @param {string} path
 */
async function walk(path) {
  const format = formatOf(path);
  const arrays = typeof format === "string" ? await listed(path) : null;
  if (arrays === null && statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) await walk(join(path, name));
    return;
  }
  if (typeof format !== "string") {
    tell("unknown", path, format.error);
    return;
  }
  // why an array cannot be listed will be seen when it is opened
  for (const { name, shape } of arrays ?? [{ name: "", shape: [] }]) {
    const what = name === "" ? path : `${path} ${name}`;
    if (sizeOf(shape) <= MOST_ELEMENTS) tell(...(await judge(path, format, name, what)));
    else console.log(`passed over ${what}: ${sizeOf(shape)} elements`);
  }
  if (!tables.includes(format)) return;
  const { names } = await ask(path, { format, names: true });
  for (const name of names ?? []) tell(...(await judge(path, format, name, `${path} ${JSON.stringify(name)}`)));
}

try {
  const folders = process.argv.slice(2);
  if (folders.length === 0) throw new Error("corpus: expected the folders to read");
  for (const top of folders) await walk(top);
  const sum = Object.values(totals).reduce((a, b) => a + b);
  console.log(
    `${sum} arrays: ${Object.entries(totals)
      .map(([verdict, count]) => `${count} ${verdict}`)
      .join(", ")}`,
  );
  process.exitCode = totals.differs === 0 ? 0 : 1;
} finally {
  python.stdin.end();
  await close();
  rmSync(folder, { recursive: true });
}
