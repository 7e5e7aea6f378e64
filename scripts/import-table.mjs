// @ts-check
/**
 * `node scripts/import-table.mjs [--write]`: compares three things that must agree: which folder may import which
 * others (`.dependency-cruiser.cjs`), the table in CONTRIBUTING.md, and the imports of src. A permission that no import
 * uses is a mistake, too. `--write` brings the table up to date; what a new folder is for is then yours to say.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { say, script } from "./setup.mjs";

/** @type {{ layers: Record<string, string[]> }} */
const { layers } = createRequire(import.meta.url)("../.dependency-cruiser.cjs");
const page = "CONTRIBUTING.md";
const head = "| folder | what | may import, besides `data` |\n|---|---|---|\n";

/** The permissions that no import needs, as `folder → what it may import`. */
function unused() {
  const cruise = ["node_modules/dependency-cruiser/bin/dependency-cruise.mjs", "src", "--output-type", "json"];
  const { stdout } = spawnSync(process.execPath, cruise, { encoding: "utf8", maxBuffer: 2 ** 28 });
  /** @type {{ modules: { source: string, dependencies: { resolved: string }[] }[] }} */
  const { modules } = JSON.parse(stdout);
  const imports = modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => [source, resolved]));
  return Object.entries(layers).flatMap(([folder, others]) => {
    const theirs = imports.filter(([source]) => source?.startsWith(`src/${folder}/`));
    const idle = others.filter((other) => !theirs.some(([, resolved]) => resolved?.startsWith(`src/${other}`)));
    return idle.map((other) => `${folder} → ${other}`);
  });
}

/** The table that the permissions make. @param {Map<string, string>} purposes */
function table(purposes) {
  const name = (/** @type {string} */ path) => path.replace(/\/$|\.ts$/, "");
  const rows = Object.entries(layers).map(([folder, others]) => [folder, others.map(name).join(", ")]);
  const all = [...rows.filter(([folder]) => folder !== "cli"), ["api", "everything"], ...rows.slice(-1)];
  return all.map(([folder = "", others]) => `| \`${folder}\` | ${purposes.get(folder) ?? "?"} | ${others} |`);
}

script(() => {
  const text = readFileSync(page, "utf8");
  const start = text.indexOf(head) + head.length;
  if (start < head.length) throw new Error(`${page} has no import table`);
  const written = text.slice(start, text.indexOf("\n\n", start));
  const purposes = new Map(
    [...written.matchAll(/^\| `(.+?)` \| (.*?) \|/gm)].map(([, folder = "", what = ""]) => [folder, what]),
  );
  const wanted = table(purposes).join("\n").replaceAll("|  |", "| |");
  const idle = unused();
  for (const permission of idle) say(`no import uses the permission ${permission}`);
  if (process.argv.includes("--write"))
    writeFileSync(page, text.slice(0, start) + wanted + text.slice(start + written.length));
  else if (written !== wanted)
    say(`the table in ${page} is not that of .dependency-cruiser.cjs: run this with --write`);
  const wrong = !process.argv.includes("--write") && written !== wanted;
  return wrong || idle.length > 0 ? 1 : 0;
});
