/**
 * TensorFlow's wheel, from the index that pip uses: directly over the web, which can be resumed, or by pip itself if
 * only pip can reach the index (a proxy, a password, a folder of wheels).
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "../data/bytes.js";
import { NativeError } from "../data/errors.js";
import { checkHash, download, downloadText } from "./download.js";
import { fileAddress, packageIndex } from "./package-index.js";
import { runProgram } from "./program.js";
import { wheel } from "./release.js";

/** How the steps of an installation report what they do, and how they are stopped. */
export interface StepOptions {
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Reports every tenth of a download. */
function tenths(say: (line: string) => void): (bytes: number, total: number) => void {
  let reported = -1;
  return (bytes, total) => {
    const tenth = Math.floor((10 * bytes) / total);
    // a resumed download may be far along at the first call
    if (reported >= 0 && tenth > reported)
      say(`downloaded ${formatBytes(bytes)} of ${formatBytes(total)} (${10 * tenth} %)`);
    reported = tenth;
  };
}

async function directly(path: string, python: string, { say, signal }: StepOptions): Promise<boolean> {
  const index = await packageIndex(python);
  if (index === undefined) return false;
  const options = { certificates: index.certificates, signal };
  const page = `${index.url}${wheel.project}/`;
  const accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.9";
  const address = fileAddress(await downloadText(page, accept, options), page, wheel.file);
  const resumed = existsSync(`${path}.part`);
  say(`${resumed ? "resuming the download of" : "downloading"} ${wheel.file} (${formatBytes(wheel.bytes)})`);
  await download(address, path, wheel, { ...options, onBytes: tenths(say) });
  return true;
}

async function byPip(path: string, python: string, { say, signal }: StepOptions): Promise<void> {
  say(`downloading ${wheel.file} (${formatBytes(wheel.bytes)}) with pip`);
  const folder = `${path}.pip`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const requirements = join(folder, "requirements.txt");
  writeFileSync(requirements, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const kind = "--no-deps --only-binary=:all: --require-hashes";
  const target = "--implementation cp --python-version 310 --abi cp310 --platform manylinux2014_x86_64";
  const args = ["-m", "pip", "download", ...`${kind} ${target}`.split(" "), "-d", folder, "-r", requirements];
  const failure = {
    reason: "network",
    missing: "Python was not found",
    failed: "pip could not download TensorFlow; check the network and pip's settings (pip config list)",
  } as const;
  await runProgram(python, args, failure, { signal });
  await checkHash(join(folder, wheel.file), wheel.file, wheel);
  renameSync(join(folder, wheel.file), path);
  rmSync(folder, { recursive: true, force: true });
}

/** Downloads the wheel into a folder unless it is already there; returns its path. */
export async function fetchWheel(folder: string, python: string, options: StepOptions): Promise<string> {
  const path = join(folder, wheel.file);
  if (existsSync(path)) {
    options.say(`found ${wheel.file} in the cache`);
    await checkHash(path, wheel.file, wheel);
    return path;
  }
  try {
    if (await directly(path, python, options)) return path;
  } catch (error) {
    // pip may reach the index by means that are not known here
    if (!(error instanceof NativeError) || error.reason !== "network") throw error;
    options.say("that failed; trying with pip");
    await byPip(path, python, options).catch((second: unknown) => {
      options.signal?.throwIfAborted();
      throw second instanceof NativeError && second.reason !== "network" ? second : error;
    });
    return path;
  }
  await byPip(path, python, options);
  return path;
}
