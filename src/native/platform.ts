/**
 * The programs, the headers and the disk space that an installation needs. All of it is checked before the first byte
 * is downloaded.
 */
import { existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatBytes } from "../data/bytes.js";
import { systemCodeOf } from "../data/causes.js";
import { NativeError } from "../data/errors.js";
import { runProgram } from "./program.js";
import { addonPackage, INSTALLATION_BYTES } from "./release.js";

/** What compiles an addon. */
export interface Compiler {
  readonly compiler: string;
  /** The folder of node_api.h, if it is beside the node program. */
  readonly headers: string | undefined;
}

/** The programs that an installation of TensorFlow runs. */
export interface Tools extends Compiler {
  readonly python: string;
  /** Undefined if there is none: the libraries then keep their symbols, which take 150 MB. */
  readonly strip: string | undefined;
}

/** Why the library cannot be built from source on this system; undefined if it can. */
export function unsupported(): string | undefined {
  const { platform, arch } = process;
  const { name } = addonPackage;
  const other = `on other systems chunkwise uses ${name} if its own install works (npm install ${name})`;
  const own = `${other}, and its embedded kernels otherwise`;
  if (platform !== "linux" || arch !== "x64") {
    return `the native library is built from source on Linux x64 only, this is ${platform} ${arch}; ${own}`;
  }
  const report: { header?: { glibcVersionRuntime?: string } } = process.report.getReport();
  if (report.header?.glibcVersionRuntime !== undefined) return undefined;
  return `the native library needs the GNU C library, which this Linux does not have (Alpine?); ${own}`;
}

const works = async (command: string, args: readonly string[]): Promise<boolean> => {
  const failure = { reason: "system", missing: "", failed: "" } as const;
  return runProgram(command, args, failure).then(
    () => true,
    () => false,
  );
};

async function firstThatWorks(
  commands: readonly (string | undefined)[],
  args: readonly string[],
): Promise<string | undefined> {
  for (const command of commands) if (command && (await works(command, args))) return command;
  return undefined;
}

/** Why our own addon cannot be compiled on this system; undefined if it can. */
export function withoutOwnAddon(): string | undefined {
  if (process.platform === "linux") return undefined;
  return `chunkwise's own addon is for Linux, this is ${process.platform}; everything works without it`;
}

/** Finds what compiles our own addon; throws a {@link NativeError} that says what is missing and how to get it. */
export async function findCompiler(): Promise<Compiler> {
  const obstacle = withoutOwnAddon();
  if (obstacle !== undefined) throw new NativeError(obstacle, { reason: "platform" });
  const compiler = await firstThatWorks([process.env.CXX, "g++", "c++", "clang++"], ["--version"]);
  if (compiler === undefined) {
    const how = "install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++) or name one in CXX";
    throw new NativeError(`no C++ compiler was found; ${how}`, { reason: "compiler" });
  }
  const beside = join(dirname(process.execPath), "../include/node");
  return { compiler, headers: existsSync(join(beside, "node_api.h")) ? beside : undefined };
}

/** Finds everything that TensorFlow needs; throws a {@link NativeError} that says what is missing and how to get it. */
export async function findTools(): Promise<Tools> {
  const obstacle = unsupported();
  if (obstacle !== undefined) throw new NativeError(obstacle, { reason: "platform" });
  const python = await firstThatWorks([process.env.CHUNKWISE_PYTHON, "python3", "python"], ["-m", "pip", "--version"]);
  if (python === undefined) {
    const how = "install it (Debian, Ubuntu: apt install python3-pip) or name one in CHUNKWISE_PYTHON";
    const message = `no Python with pip was found, whose settings say where packages come from; ${how}`;
    throw new NativeError(message, { reason: "python" });
  }
  return { python, ...(await findCompiler()), strip: await firstThatWorks(["strip"], ["--version"]) };
}

const otherDisk = "set XDG_CACHE_HOME to a folder on another disk";

/** Throws if a folder's disk has too little space. */
export function checkDiskSpace(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= INSTALLATION_BYTES) return;
  const [left, needed] = [formatBytes(free), formatBytes(INSTALLATION_BYTES)];
  const message = `${folder} has ${left} left; the installation needs ${needed}; free some space or ${otherDisk}`;
  throw new NativeError(message, { reason: "disk" });
}

/** A failure of the file system in words: a full disk, or a folder that is not writable. */
export function fileFailure(error: unknown, folder: string): unknown {
  const code = systemCodeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const how = `free some space or ${otherDisk}, then run it again: it continues where it stopped`;
    return new NativeError(`no space is left for ${folder}; ${how}`, { reason: "disk" }, { cause: error });
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code ?? "")) {
    const message = `${folder} cannot be written (${code}); set XDG_CACHE_HOME to a folder that can`;
    return new NativeError(message, { reason: "disk" }, { cause: error });
  }
  return error;
}
