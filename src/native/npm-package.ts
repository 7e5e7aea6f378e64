/**
 * The files of one npm package, without its dependencies and without running any script of it: from node_modules where it
 * lies there, otherwise by `npm pack`, which honours the registry that npm is configured with.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NativeError } from "../data/errors.js";
import { runProgram } from "./program.js";
import type { PackageRelease } from "./release.js";
import type { StepOptions } from "./wheel.js";

function installed({ name, version }: PackageRelease): string | undefined {
  try {
    const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const found = JSON.parse(readFileSync(path, "utf8")) as { version: string };
    return found.version === version ? dirname(path) : undefined;
  } catch {
    return undefined;
  }
}

function checkIntegrity(archive: string, { name, version, integrity }: PackageRelease): void {
  const got = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (got === integrity) return;
  const message = `${name}@${version} is not what it must be: its integrity is ${got} instead of ${integrity}; the npm registry gives another file than the one that was tested`;
  throw new NativeError(message, { reason: "hash" });
}

/** The folder of a package's files; `work` is a folder for what has to be downloaded. */
export async function packageFolder(release: PackageRelease, work: string, options: StepOptions): Promise<string> {
  const { name, version } = release;
  const present = installed(release);
  if (present !== undefined) return present;
  options.say(`downloading ${name}@${version}`);
  const folder = join(work, name.replace("/", "-"));
  mkdirSync(folder, { recursive: true });
  // npx and npm say which npm is running
  const npm = process.env.npm_execpath;
  const args = ["pack", `${name}@${version}`, "--json", "--loglevel=error", "--pack-destination", folder];
  const failure = {
    reason: "npm",
    missing: "npm was not found; install it, or run this through npx",
    failed: `npm could not download ${name}@${version}; check the network and npm's settings (npm config list)`,
  } as const;
  // npm pack obeys the package.json of the folder that it runs in
  const how = { folder, signal: options.signal };
  const useNode = npm !== undefined && existsSync(npm) && /npm-cli\.[cm]?js$|npx-cli\.[cm]?js$/.test(npm);
  const text = useNode
    ? await runProgram(process.execPath, [npm.replace("npx-cli", "npm-cli"), ...args], failure, how)
    : await runProgram("npm", args, failure, how);
  const [packed] = JSON.parse(text) as { filename: string }[];
  const archive = join(folder, packed!.filename.replace(/^@/, "").replace("/", "-"));
  checkIntegrity(archive, release);
  const untar = {
    reason: "system",
    missing: "the program tar was not found; install it",
    failed: "tar failed",
  } as const;
  await runProgram("tar", ["-xzf", archive, "-C", folder], untar, { signal: options.signal });
  return join(folder, "package");
}
