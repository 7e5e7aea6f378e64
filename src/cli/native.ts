/** `chunkwise native install` and `chunkwise native status`: installing the native library, and what is installed. */
import { nativeThreadsOf } from "../api/settings.js";
import { formatBytes } from "../data/bytes.js";
import { NativeError } from "../data/errors.js";
import { install } from "../native/install.js";
import { type Status, status } from "../native/status.js";
import type { Command, Context } from "./command.js";

/** What is mapped, where anything is. */
const mapped = "large local ones are mapped where that is faster than reading";

/** Whether our own addon is used, where it is, and, if it is not used, why. */
function addonIn({ pagesFile, pagesInstalled, pagesOff, pagesProblem }: Status): string {
  const where = process.env.XDG_CACHE_HOME ? `${pagesFile} (in XDG_CACHE_HOME)` : pagesFile;
  if (pagesOff === undefined) return pagesProblem === undefined ? where : `${pagesProblem}; it belongs at ${where}`;
  const found = pagesProblem ?? "it loads";
  return `turned off by ${pagesOff}; ${found}; it ${pagesInstalled ? "is" : "belongs"} at ${where}`;
}

/** A status as rows for people. */
function rowsOf(found: Status): string {
  const { installed, source, folder, tfjs, tensorflow, bytes, problem, pages, pagesVariable, readBecause } = found;
  const { threads, from } = nativeThreadsOf();
  const made = { cache: "chunkwise native install", package: "npm install" } as const;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["native", installed ? "TensorFlow, for the backend tensorflow" : "none: the embedded kernels do everything"],
    ["why not", problem],
    ["version", tensorflow && `TensorFlow ${tensorflow}, @tensorflow/tfjs-node ${tfjs}`],
    ["threads", `${threads} (from ${from})`],
    ["folder", folder],
    ["made by", source && made[source]],
    ["bytes", bytes === undefined ? undefined : formatBytes(bytes)],
    ["addon", addonIn(found)],
    ["but", pagesVariable],
    ["files", readBecause === undefined ? mapped : `read tile by tile, because ${readBecause}`],
    ["results", pages ? "large ones in huge pages, written by the workers" : "copied by the main thread"],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(10)}${value}`])).join("\n");
}

async function printStatus(json: boolean, print: Context["print"]): Promise<void> {
  const found = await status();
  const threads = nativeThreadsOf();
  await print(json ? JSON.stringify({ ...found, threads: threads.threads, threadsFrom: threads.from }) : rowsOf(found));
}

/** The command `native`. */
export const nativeCommand: Command = {
  name: "native",
  words: "install|status",
  summary: "install TensorFlow's kernels for matrices (Linux x64) and an addon for files and large results (Linux)",
  options: {
    kernels: { help: "install: only the addon, which takes seconds and needs a C++ compiler" },
    force: { help: "install: replace the installation" },
    json: { help: "status: print one JSON object" },
  },
  async run(args, { print, say, signal }) {
    const word = args.word(["install", "status"]);
    if (word === "install") {
      const kernels = args.flag("kernels");
      await install({ force: args.flag("force"), kernels, say, signal });
      const { problem, pagesProblem } = await status(); // whether or not something turns the addon off
      const wrong = pagesProblem ?? (kernels ? undefined : problem);
      if (wrong !== undefined) throw new NativeError(wrong, { reason: "load" });
    }
    await printStatus(args.flag("json"), print);
  },
};
