/**
 * Detects a package that is published with more than users need, or without what it names: entries, and what the links
 * in its texts lead to.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import description from "../package.json" with { type: "json" };

const root = fileURLToPath(new URL("..", import.meta.url));

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** The paths of what would be published. */
function published(): string[] {
  const words = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const text = execFileSync("npm", words, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  const [packed] = JSON.parse(text) as [Packed];
  return packed.files.map(({ path }) => path);
}

const files = published();

test("the package has its entries, the addon's source, the worker, the licences and the examples", () => {
  // the declarations of types are there after a full build only
  const { default: entry } = description.exports["."];
  const needed = [
    entry.slice(2),
    description.bin.chunkwise,
    "dist/chunks/worker.js",
    "dist/chunks/attributes-worker.js",
  ];
  expect(files).toEqual(expect.arrayContaining(needed));
  expect(files).toEqual(
    expect.arrayContaining(["dist/native/pages.cc", "dist/licences.txt", "examples/in-memory.mjs"]),
  );
});

test("the package has no sources, source maps or modules that only tests import, and names none", () => {
  const extra = files.filter((path) => /^(src|test|bench|scripts)\//.test(path) || path.endsWith(".map"));
  expect(extra).toEqual([]);
  const modules = files.filter((path) => path.startsWith("dist/") && path.endsWith(".js"));
  expect(modules.filter((path) => !path.startsWith("dist/chunks/")).sort()).toEqual([
    "dist/cli/main.js",
    "dist/index.js",
  ]);
  for (const path of modules) expect(readFileSync(join(root, path), "utf8")).not.toContain("sourceMappingURL");
});

test("every link in its texts leads to something in the package", () => {
  const texts = files.filter((path) => path.endsWith(".md"));
  expect(texts).toEqual(expect.arrayContaining(["README.md", "CHANGELOG.md", "docs/architecture.md"]));
  const broken = texts.flatMap((path) =>
    Array.from(readFileSync(join(root, path), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => posix.join(posix.dirname(path), link))
      .filter((target) => !files.some((file) => file === target || file.startsWith(posix.join(target, "/"))))
      .map((target) => `${path} → ${target}`),
  );
  expect(broken).toEqual([]);
});
