/** The line of the user's program in a stack: the first frame that is not this library's own. */
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** With source maps the library's frames name its sources. */
const library = ["dist", "src"].map((folder) => `${root}${folder}${sep}`);

/** `file:line:column` of the first frame outside the library; undefined where there is none. */
export function userLine(stack: string | undefined): string | undefined {
  for (const line of stack?.split("\n").slice(1) ?? []) {
    // "at f (place)" or "at place"; a place may hold spaces and parentheses itself
    const [, named, bare] = /\((.*:\d+:\d+)\)$|at (?:async )?(.*:\d+:\d+)$/.exec(line.trim()) ?? [];
    const place = named ?? bare;
    if (place === undefined || /^(node:|eval at )/.test(place)) continue;
    const path = place.replace(/^file:\/\/.*(?=:\d+:\d+$)/, (url) => fileURLToPath(url));
    if (!library.some((folder) => path.startsWith(folder))) return path;
  }
  return undefined;
}
