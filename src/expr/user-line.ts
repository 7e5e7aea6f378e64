/** The line of the user's program in a stack: the first frame that is not this library's own. */
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The file of this module; a CommonJS bundle has no address. */
function ownFile(): string {
  const here: string | undefined = import.meta.url;
  if (here?.startsWith("file:")) return fileURLToPath(here);
  return typeof __filename === "string" ? __filename : "";
}

const own = ownFile();
const [root] = /^.*(?=(dist[/\\]chunks|src[/\\]expr)[/\\][^/\\]+$)/.exec(own) ?? [];
/** With source maps the library's frames name its sources. In a bundle they name the bundle's file. */
const library = root === undefined ? [own] : ["dist", "src"].map((folder) => `${root}${folder}${sep}`);
const installed = `${sep}node_modules${sep}chunkwise${sep}`;

const isLibrary = (path: string): boolean =>
  path.includes(installed) || library.some((start) => start !== "" && path.startsWith(start));

/** `file:line:column` of the first frame outside the library; undefined where there is none. */
export function userLine(stack: string | undefined): string | undefined {
  for (const line of stack?.split("\n").slice(1) ?? []) {
    // "at f (place)" or "at place"; a place may hold spaces and parentheses itself
    const [, named, bare] = /\((.*:\d+:\d+)\)$|at (?:async )?(.*:\d+:\d+)$/.exec(line.trim()) ?? [];
    const place = named ?? bare;
    if (place === undefined || /^(node:|eval at )/.test(place)) continue;
    const path = place.replace(/^file:\/\/.*(?=:\d+:\d+$)/, (url) => fileURLToPath(url));
    if (!isLibrary(path)) return path;
  }
  return undefined;
}
