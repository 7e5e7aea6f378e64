/** `chunkwise info FILE`: what a file holds; only its header is read. */
import { formatBytes } from "../data/bytes.js";
import { openNpy } from "../index.js";
import type { Command } from "./command.js";

/** The command `info`. */
export const infoCommand: Command = {
  name: "info",
  summary: "shape, dtype, size and automatic chunks; reads the header only",
  options: { json: { help: "print one JSON object: file, shape, dtype, size, nbytes, chunks" } },
  async run(args, { print }) {
    const { file } = args;
    const { shape, dtype, size, nbytes, chunks } = openNpy(file);
    if (args.flag("json")) return print(JSON.stringify({ file, shape, dtype, size, nbytes, chunks }));
    const count = chunks.reduce((product, sizes) => product * sizes.length, 1);
    const largest = chunks.map(([first]) => first);
    const rows = [
      ["file", file],
      ["shape", `[${shape.join(", ")}]`],
      ["dtype", dtype],
      ["elements", size.toLocaleString("en")],
      ["bytes", formatBytes(nbytes)],
      ["chunks", `${count} of ${count > 1 ? "up to " : ""}[${largest.join(", ")}]`],
    ];
    return print(rows.map(([name, value]) => `${name!.padEnd(10)}${value}`).join("\n"));
  },
};
