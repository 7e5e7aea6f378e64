// @ts-check
/**
 * `node scripts/bundle.mjs FOLDER`: src as JavaScript. Loading 140 small modules takes Node longer than all else that a
 * small program does (60 of 200 ms), so the code lies in two chunks:
 *
 *     chunks/worker.js ─▶ chunks/core.js   what performing tasks needs, which is all that a worker loads
 *     index.js ─────────▶ chunks/main.js ─▶ chunks/core.js
 *
 *     chunks/format-….js ─▶ chunks/core.js   a format that needs a library, loaded when it is met
 *
 * Beside them every module has a file of its own that passes on its exports, so that `#src/…` in a test is the very module
 * that users run. The addon's source in C++ is copied.
 */
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const slashes = (/** @type {string} */ path) => path.replaceAll("\\", "/");
const src = slashes(fileURLToPath(new URL("../src/", import.meta.url)));
const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
/** The entries of threads, which find themselves beside the chunks that start them. */
const workers = new Map([
  ["executors/threads/worker", "chunks/worker"],
  ["formats/hdf5/attributes-worker", "chunks/attributes-worker"],
]);
/** The layers that perform tasks: none of them imports another. */
const core =
  /\/src\/(data|assembler|program|routines|kernels|storage|formats|executors|graph\/task|native\/(location|pages|release|threads)\.ts)\b/;
/** Formats with a folder of their own are loaded when an array of theirs is met, each as a chunk. */
const format = /\/src\/formats\/(?!npy\/|npy-stack\/|raw\/)([^/]+)\//;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node scripts/bundle.mjs FOLDER");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).map(slashes);
const modules = files.filter((path) => path.endsWith(".ts")).map((path) => path.slice(0, -3));
// chunks lie one folder deep, as the modules do that ask where they are
const input = Object.fromEntries(modules.map((name) => [workers.get(name) ?? name, join(src, `${name}.ts`)]));
const entries = [...workers.keys(), "cli/main"].map((name) => `/src/${name}.ts`);
const isEntry = (/** @type {string} */ id) => entries.some((entry) => slashes(id).endsWith(entry));
const isCore = (/** @type {string} */ id) => core.test(slashes(id)) && !format.test(slashes(id)) && !isEntry(id);
const bundle = await rolldown({
  input,
  platform: "node",
  external: [/^node:/, ...Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`))],
  preserveEntrySignatures: "strict",
  onLog(level, log) {
    if (level === "warn") throw new Error(log.message);
  },
});
await bundle.write({
  dir: folder,
  format: "esm",
  sourcemap: true,
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js",
  codeSplitting: {
    groups: [
      // Before the formats: a group takes along what its modules import, and what formats share with others belongs here.
      { name: "core", test: isCore, priority: 3 },
      { name: "format-zstd", test: /\/src\/formats\/zstd\//, priority: 2.6 },
      { name: "format-tables", test: /\/src\/formats\/tables\//, priority: 2.5 },
      // what a worker loads of a format to read
      { name: "format-arrow-reader", test: /\/src\/formats\/arrow\/reader\.ts$/, priority: 2.2 },
      {
        name: (id) => `format-${format.exec(slashes(id))?.[1]}`,
        debugName: "format",
        test: (id) => format.test(slashes(id)) && !isEntry(id),
        priority: 2,
      },
      { name: "main", test: (id) => slashes(id).startsWith(src) && !isEntry(id), priority: 1 },
    ],
  },
});
await bundle.close();
// sources that are compiled where they are used: dist needs nothing of src
for (const file of files.filter((path) => path.endsWith(".cc"))) cpSync(join(src, file), join(folder, file));
