/** The line of the user's program in a stack: the first frame that is not this library's own. */
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("..", import.meta.url));

/** `file:line:column` of the first frame outside the library; undefined where there is none. */
export function userLine(stack: string | undefined): string | undefined {
  for (const line of stack?.split("\n").slice(1) ?? []) {
    const place = /\(?((?:file:\/\/)?[^()\s][^()]*:\d+:\d+)\)?$/.exec(line.trim().replace(/^at (?:async )?/, ""))?.[1];
    if (place === undefined || place.startsWith("node:") || place.includes("node:internal")) continue;
    const path = place.startsWith("file://") ? place.replace(/^file:\/\/[^:]*/, (url) => fileURLToPath(url)) : place;
    if (!path.startsWith(library)) return path;
  }
  return undefined;
}
