// @ts-check
/**
 * `node scripts/bundle.mjs FOLDER`: src as JavaScript. Loading 140 small modules takes Node longer than all else that a
 * small program does (60 of 200 ms), so the code lies in two chunks:
 *
 *     chunks/worker.js ─▶ chunks/core.js   what performing tasks needs, which is all that a worker loads
 *     index.js ─────────▶ chunks/main.js ─▶ chunks/core.js
 *
 *     chunks/format-….js ─▶ chunks/core.js   what formats load when they are met, and what several of them share
 *     chunks/command-line.js ─▶ chunks/main.js   with the installation of native libraries, and Node's HTTPS for it
 *
 * Beside them every module has a file of its own that passes on its exports, so that `#src/…` in a test is the very
 * module that users run. These files, maps and src are not published (`files` in package.json). The addon's source in
 * C++ is copied.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const slashes = (/** @type {string} */ path) => path.replaceAll("\\", "/");
const src = slashes(fileURLToPath(new URL("../src/", import.meta.url)));
const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
/** The layers that perform tasks: none of them imports another. */
const folders = "data|assembler|program|routines|kernels|storage|formats|executors";
const core = new RegExp(`/src/(${folders}|graph/task|native/(location|pages|release|threads)\\.ts)\\b`);
/** What only the command line needs. The core has the rest of native/. */
const commandLine = /\/src\/(cli|native)\//;
/** A file in the folder of a format, or in a folder that formats share. */
const inFormat = /\/src\/formats\/([^/]+)\/([^/]+)\.ts$/;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node scripts/bundle.mjs FOLDER");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).map(slashes);
const modules = files.filter((path) => path.endsWith(".ts")).map((path) => path.slice(0, -3));
/** The files beside a module that its code names by a pattern. */
const namedBy = (/** @type {RegExp} */ pattern) =>
  modules.flatMap((name) => {
    const code = readFileSync(join(src, `${name}.ts`), "utf8");
    return Array.from(code.matchAll(pattern), ([, file]) => `${posix.dirname(name)}/${file}`);
  });
/** The entries of threads, which are looked for beside the chunks that start them. */
const workers = new Map(
  namedBy(/new Worker\(new URL\("\.\/([^"/]+)\.js"/g).map((name) => [name, `chunks/${posix.basename(name)}`]),
);
// chunks lie one folder deep, as the modules do that ask where they are
const input = Object.fromEntries(modules.map((name) => [workers.get(name) ?? name, join(src, `${name}.ts`)]));
const entries = [...workers.keys(), "cli/main"].map((name) => `/src/${name}.ts`);
const isEntry = (/** @type {string} */ id) => entries.some((entry) => slashes(id).endsWith(entry));
/** Rows, with the formats that they import, and what loads libraries belong to the core. */
const isCore = (/** @type {string} */ id) => {
  const [, , file = "row"] = inFormat.exec(slashes(id)) ?? [];
  return core.test(slashes(id)) && /^(row|libraries)$/.test(file) && !isEntry(id);
};

/** What formats load lazily: `import("./file.js")`. Each such file is a chunk, with all that it imports. */
const lazy = new Map(
  namedBy(/import\("\.\/([^"/]+)\.js"\)/g)
    .filter((name) => name.startsWith("formats/"))
    .map((name) => {
      const parts = [posix.basename(posix.dirname(name)), posix.basename(name)].filter((part) => part !== "format");
      return [`${src}${name}.ts`, `format-${parts.join("-")}`];
    }),
);
/** Folders without a row are shared by formats. */
const isShared = (/** @type {string} */ id) => {
  const [, name] = inFormat.exec(slashes(id)) ?? [];
  return name !== undefined && !modules.includes(`formats/${name}/row`) && !lazy.has(slashes(id));
};
/** The package in node_modules that a module belongs to. */
const packageOf = (/** @type {string} */ id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/.exec(slashes(id))?.[0];
const bundle = await rolldown({
  input,
  platform: "node",
  external: [/^node:/, ...Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`))],
  preserveEntrySignatures: "strict",
  onLog(level, log) {
    if (level === "warn") throw new Error(log.message);
  },
});
const { output } = await bundle.write({
  dir: folder,
  format: "esm",
  sourcemap: "hidden", // for debuggers that are told so: the package has no maps, and no comment that names one
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js",
  codeSplitting: {
    groups: [
      // Before the formats: a group takes along what its modules import, and what formats share with others belongs
      // here.
      { name: "core", test: isCore, priority: 3 },
      { name: (id) => `format-${inFormat.exec(slashes(id))?.[1]}`, debugName: "shared", test: isShared, priority: 2.5 },
      {
        name: (id) => lazy.get(slashes(id)) ?? null,
        debugName: "lazy",
        test: (id) => lazy.has(slashes(id)) && !slashes(id).endsWith("/format.ts"),
        priority: 2.2,
      },
      {
        name: (id) => `format-${inFormat.exec(slashes(id))?.[1]}`,
        debugName: "format",
        test: (id) => inFormat.test(slashes(id)) && !isEntry(id),
        priority: 2,
      },
      {
        name: "main",
        test: (id) =>
          (slashes(id).startsWith(src) || packageOf(id) !== undefined) &&
          !isEntry(id) &&
          !commandLine.test(slashes(id)),
        priority: 1.5,
      },
      // after the main chunk, or it would take that along
      { name: "command-line", test: (id) => commandLine.test(slashes(id)) && !isEntry(id), priority: 1 },
    ],
  },
});
await bundle.close();
// what is no dependency is part of the bundle, with the permission of its authors
const inlined = new Set(output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : [])).map(packageOf));
const licences = [...inlined].flatMap((path) => {
  if (path === undefined) return [];
  const { name, version, license, author } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const file = readdirSync(path).find((candidate) => /^licen[cs]e/i.test(candidate));
  const text = file === undefined ? `${license}, ${author?.name ?? author}` : readFileSync(join(path, file), "utf8");
  return [`${name} ${version}\n\n${text.trim()}\n`];
});
writeFileSync(join(folder, "licences.txt"), licences.sort().join("\n---\n\n"));
// sources that are compiled where they are used: dist needs nothing of src
for (const file of files.filter((path) => /\.(cc|h)$/.test(path))) cpSync(join(src, file), join(folder, file));
