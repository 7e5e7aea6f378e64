// @ts-check
/**
 * `node scripts/lint-native.mjs`: the addon's sources in C++, checked by a compiler with all warnings as errors. Only
 * for Linux, as the addon is; where a compiler or Node's headers are missing this fails in CI, and elsewhere says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { say, script } from "./setup.mjs";

const folder = fileURLToPath(new URL("../src/native", import.meta.url));
const sources = readdirSync(folder)
  .filter((name) => name.endsWith(".cc"))
  .map((name) => join(folder, name));
const warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"];

script(() => {
  if (process.platform !== "linux") return 0;
  const headers = join(dirname(process.execPath), "../include/node");
  const compiler = [process.env.CXX, "g++", "c++", "clang++"].find(
    (command) => command && spawnSync(command, ["--version"]).status === 0,
  );
  if (compiler === undefined || !existsSync(join(headers, "node_api.h"))) {
    say(`${sources.join(", ")} were not checked: a C++ compiler or Node's headers in ${headers} are missing`);
    return process.env.CI === "true" ? 1 : 0;
  }
  const language = ["-fsyntax-only", "-std=c++17", "-DNAPI_VERSION=8", "-isystem", headers];
  return spawnSync(compiler, [...language, ...warnings, ...sources], { stdio: "inherit" }).status ?? 1;
});
