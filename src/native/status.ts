/** The state of the native library and of our own addon: which is used, where it is, and, if none can be used, why. */
import { existsSync } from "node:fs";
import { messageOf } from "../data/causes.js";
import { checkPages, loadedVersion } from "./addon.js";
import { isOff, variableProblem } from "./binding.js";
import { folderBytes } from "./install.js";
import { installation, installedFolder, pagesAddon } from "./location.js";
import { unsupported, withoutOwnAddon } from "./platform.js";

/** The state of the native library. */
export interface Status {
  readonly installed: boolean;
  /** `"cache"` if `chunkwise native install` made it, `"package"` if @tensorflow/tfjs-node's own install did. */
  readonly source?: "cache" | "package";
  readonly folder: string;
  readonly tfjs?: string;
  /** The version that TensorFlow reports when it is loaded. */
  readonly tensorflow?: string;
  readonly bytes?: number;
  /** Whether our own addon (pages.ts and windows.ts) is used. */
  readonly pages: boolean;
  /** Where it is, or would be. */
  readonly pagesFile: string;
  /** Whether it is there, used or not. */
  readonly pagesInstalled: boolean;
  /** What turns it off, if something does. */
  readonly pagesOff?: string | undefined;
  /** Why it cannot be used even if nothing turns it off, and what to do. */
  readonly pagesProblem?: string | undefined;
  /** What is wrong with the variable that turns it off. */
  readonly pagesVariable?: string | undefined;
  /** Why no file is mapped; absent if local files may be. */
  readonly readBecause?: string | undefined;
  /** Why it cannot be used, and what to do. */
  readonly problem?: string;
}

type OwnAddon = Pick<
  Status,
  "pages" | "pagesFile" | "pagesInstalled" | "pagesOff" | "pagesProblem" | "pagesVariable" | "readBecause"
>;

/** Why our own addon cannot be used, and what to do. */
async function problemOf(file: string): Promise<string | undefined> {
  if (!existsSync(file)) {
    const how = "not installed; run `npx chunkwise native install --kernels` (seconds; needs a C++ compiler)";
    return withoutOwnAddon() ?? how;
  }
  try {
    await checkPages(file);
    return undefined;
  } catch (error) {
    return `${messageOf(error)}; run \`npx chunkwise native install --kernels --force\``;
  }
}

/** Why no file is mapped, as far as that does not depend on the file. */
function reasonAgainstMapping(off: string | undefined, problem: string | undefined): string | undefined {
  if (off !== undefined) return `the addon is turned off by ${off}`;
  if (problem !== undefined) return "there is no addon that can be used";
  return typeof WebAssembly === "undefined" ? "this Node runs without WebAssembly" : undefined;
}

/** The state of our own addon. */
async function ownAddon(): Promise<OwnAddon> {
  const pagesFile = pagesAddon();
  const pagesInstalled = existsSync(pagesFile);
  const pagesProblem = await problemOf(pagesFile);
  const pagesOff = isOff() ? "CHUNKWISE_ADDON=off" : undefined;
  const pages = pagesOff === undefined && pagesProblem === undefined;
  const pagesVariable = variableProblem();
  const readBecause = reasonAgainstMapping(pagesOff, pagesProblem);
  return { pages, pagesFile, pagesInstalled, pagesOff, pagesProblem, pagesVariable, readBecause };
}

/** Describes the present state. */
export async function status(): Promise<Status> {
  const found = installation();
  const own = await ownAddon();
  if (found === undefined) {
    const folder = installedFolder();
    const how = existsSync(folder) ? "an installation is incomplete" : "it is not installed";
    const problem = unsupported() ?? `${how}; run \`npx chunkwise native install\``;
    return { installed: false, folder, ...own, problem };
  }
  const { source, folder, tfjs, addon } = found;
  const bytes = source === "cache" ? { bytes: folderBytes(folder) } : {};
  try {
    return { installed: true, source, folder, tfjs, tensorflow: await loadedVersion(addon), ...bytes, ...own };
  } catch (error) {
    const problem = `${messageOf(error)}; run \`npx chunkwise native install --force\``;
    return { installed: false, source, folder, tfjs, ...bytes, ...own, problem };
  }
}
