/**
 * The files of one npm package, without its dependencies and without running its scripts: from node_modules if they are
 * there, otherwise by `npm pack`, which honours the registry that npm is configured with.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NativeError } from "../data/errors.js";
import { packageCopies } from "./location.js";
import { runProgram } from "./program.js";
import type { PackageRelease } from "./release.js";
import type { StepOptions } from "./wheel.js";

function checkIntegrity(archive: string, { name, version, integrity }: PackageRelease): void {
  const got = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (got === integrity) return;
  const served = `${name}@${version} of the npm registry is not the file that was tested`;
  throw new NativeError(`${served}: its integrity is ${got}; expected ${integrity}`, { reason: "hash" });
}

/** The folder of a package's files; what has to be downloaded goes into `work`. */
export async function packageFolder(release: PackageRelease, work: string, options: StepOptions): Promise<string> {
  const { name, version } = release;
  const present = packageCopies(name).find((copy) => copy.version === version);
  if (present !== undefined) return present.folder;
  options.say(`downloading ${name}@${version}`);
  const folder = join(work, name.replace("/", "-"));
  mkdirSync(folder, { recursive: true });
  const args = ["pack", `${name}@${version}`, "--loglevel=error", "--pack-destination", folder];
  const failure = {
    reason: "npm",
    missing: "npm was not found; install it, or run this through npx",
    failed: `npm could not download ${name}@${version}; check the network and npm's settings (npm config list)`,
  } as const;
  // npm pack obeys the package.json of the folder that it runs in
  const how = { folder, signal: options.signal };
  // npx and npm say which npm is running
  const npm = process.env.npm_execpath;
  const useNode = npm !== undefined && existsSync(npm) && /npm-cli\.[cm]?js$|npx-cli\.[cm]?js$/.test(npm);
  if (useNode) await runProgram(process.execPath, [npm.replace("npx-cli", "npm-cli"), ...args], failure, how);
  else await runProgram("npm", args, failure, how);
  const file = readdirSync(folder).find((found) => found.endsWith(".tgz"));
  if (file === undefined) throw new NativeError(`npm packed no archive of ${name}@${version}`, { reason: "npm" });
  const archive = join(folder, file);
  checkIntegrity(archive, release);
  const untar = {
    reason: "system",
    missing: "the program tar was not found; install it",
    failed: "tar failed",
  } as const;
  await runProgram("tar", ["-xzf", archive, "-C", folder], untar, { signal: options.signal });
  return join(folder, "package");
}
