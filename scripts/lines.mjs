// @ts-check
/**
 * `node scripts/lines.mjs`: names the lines of more than 120 columns, of which there must be none. The formatter wraps
 * code only; this looks at comments, text in strings, and Markdown as well.
 *
 * What cannot be wrapped may be longer: a row of a Markdown table, a line that is one link, and what a snapshot holds.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { say, script } from "./setup.mjs";

const columns = 120;
const text = /\.(ts|mjs|cjs|js|py|cc|md|json)$|^\.ci\/run$/;
const generated = /(^|\/)(package-lock\.json|__snapshots__)/;

/** The files that are tracked, or new and not ignored. */
function files() {
  const listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = spawnSync("git", listed, { encoding: "utf8", maxBuffer: 2 ** 26 });
  return stdout.split("\n").filter((path) => text.test(path) && !generated.test(path) && existsSync(path));
}

/** The lines that an inline snapshot takes. @param {string} source */
function snapshots(source) {
  const lines = new Set();
  for (const { index, 0: found } of source.matchAll(/InlineSnapshot\(\s*`(?:\\.|[^`\\])*`/gs)) {
    const first = source.slice(0, index).split("\n").length;
    found.split("\n").forEach((_, k) => void lines.add(first + k));
  }
  return lines;
}

/** The lines of a file that are too long. @param {string} path */
function tooLong(path) {
  const source = readFileSync(path, "utf8");
  const spared = snapshots(source);
  return source.split("\n").flatMap((line, index) => {
    const length = [...line].length;
    if (length <= columns || spared.has(index + 1)) return [];
    if (path.endsWith(".md") && (/^\s*\|/.test(line) || /^\s*(?:[-*] )?\S+$/.test(line))) return [];
    return [`${path}:${index + 1}: ${length} columns`];
  });
}

script(() => {
  const found = files().flatMap(tooLong);
  for (const line of found) console.log(line);
  if (found.length > 0) say(`${found.length} lines are longer than ${columns} columns`);
  return found.length > 0 ? 1 : 0;
});
