// @ts-check
/**
 * The C program of peers/mean0.c as a child process. It is compiled for this machine's processor when it is first asked
 * for. Each timing is a process of its own, which takes the time itself.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./child.mjs";

const columns = 1024;
const folder = mkdtempSync(join(tmpdir(), "chunkwise-bench-c-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, "mean0");
const source = fileURLToPath(new URL("./peers/mean0.c", import.meta.url));
const compiler = process.env.CC ?? "cc";
const flags = ["-O3", "-march=native", source, "-o", program, "-lpthread"];

await serve(({ ask, path, workers, way }) => {
  if (ask === "versions") {
    const [version = ""] = execFileSync(compiler, ["--version"], { encoding: "utf8" }).split("\n");
    return { C: version };
  }
  if (ask === "ways") {
    execFileSync(compiler, flags);
    return ["mapped", "read"];
  }
  const args = [path ?? "", String(columns), String(workers), way ?? "mapped"];
  const [seconds, check] = execFileSync(program, args, { encoding: "utf8" }).split(" ").map(Number);
  return { seconds, check };
});
