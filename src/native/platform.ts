/**
 * What this machine has of the things that an installation needs. All of it is asked before the first byte is downloaded.
 */
import { existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatBytes } from "../data/bytes.js";
import { NativeError } from "../data/errors.js";
import { runProgram } from "./program.js";
import { addonPackage, neededBytes } from "./release.js";

/** The programs that an installation runs. */
export interface Tools {
  readonly python: string;
  readonly compiler: string;
  /** Undefined where there is none: the libraries then keep their symbols, 150 MB more. */
  readonly strip: string | undefined;
  /** The folder of node_api.h, if it stands beside the node program. */
  readonly headers: string | undefined;
}

/** What keeps this system from having the library built from source; undefined where nothing does. */
export function unsupported(): string | undefined {
  const { platform, arch } = process;
  const own = `on other systems chunkwise uses ${addonPackage.name} where its own install works (npm install ${addonPackage.name}), and its embedded kernels where not`;
  if (platform !== "linux" || arch !== "x64") {
    return `the native library is built from source on Linux x64 only, this is ${platform} ${arch}; ${own}`;
  }
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  if (header?.glibcVersionRuntime !== undefined) return undefined;
  return `the native library needs the GNU C library, which this Linux does not have (Alpine?); ${own}`;
}

const works = async (command: string, args: readonly string[]): Promise<boolean> => {
  const failure = { reason: "system", missing: "", failed: "" } as const;
  return runProgram(command, args, failure).then(
    () => true,
    () => false,
  );
};

async function first(commands: readonly (string | undefined)[], args: readonly string[]): Promise<string | undefined> {
  for (const command of commands) if (command && (await works(command, args))) return command;
  return undefined;
}

/** Looks for everything that is needed; throws a {@link NativeError} that says what is missing and how to get it. */
export async function findTools(): Promise<Tools> {
  const obstacle = unsupported();
  if (obstacle !== undefined) throw new NativeError(obstacle, { reason: "platform" });
  const python = await first([process.env.CHUNKWISE_PYTHON, "python3", "python"], ["-m", "pip", "--version"]);
  if (python === undefined) {
    const message =
      "no Python with pip was found, which knows where packages come from; install it (Debian, Ubuntu: apt install python3-pip) or name one in CHUNKWISE_PYTHON";
    throw new NativeError(message, { reason: "python" });
  }
  const compiler = await first([process.env.CXX, "g++", "c++", "clang++"], ["--version"]);
  if (compiler === undefined) {
    const message =
      "no C++ compiler was found; install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++) or name one in CXX";
    throw new NativeError(message, { reason: "compiler" });
  }
  const beside = join(dirname(process.execPath), "../include/node");
  const headers = existsSync(join(beside, "node_api.h")) ? beside : undefined;
  return { python, compiler, strip: await first(["strip"], ["--version"]), headers };
}

/** Throws where a folder's disk has too little room. */
export function checkRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= neededBytes) return;
  const message = `${folder} has ${formatBytes(free)} left and the installation takes ${formatBytes(neededBytes)} while it is made; make room or set XDG_CACHE_HOME to a folder on another disk`;
  throw new NativeError(message, { reason: "disk" });
}

/** A failure of the file system in words: a full disk, a folder that cannot be written. */
export function fileFailure(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const message = `no space is left for ${folder}; make room or set XDG_CACHE_HOME to a folder on another disk, then run it again: it goes on where it stopped`;
    return new NativeError(message, { reason: "disk" }, { cause: error });
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code ?? "")) {
    const message = `${folder} cannot be written (${code}); set XDG_CACHE_HOME to a folder that can`;
    return new NativeError(message, { reason: "disk" }, { cause: error });
  }
  return error;
}
