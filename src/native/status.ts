/** The state of the native library and of our own addon: which is used, where it is, and, if none can be used, why. */
import { existsSync } from "node:fs";
import { messageOf } from "../data/causes.js";
import { checkPages, loadedVersion } from "./addon.js";
import { isOff } from "./binding.js";
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
  /** Whether our own addon (pages.ts and windows.ts) is installed and loads. */
  readonly pages: boolean;
  /** Where it is, or would be. */
  readonly pagesFile: string;
  /** Why our own addon cannot be used, and what to do. */
  readonly pagesProblem?: string;
  /** Why it cannot be used, and what to do. */
  readonly problem?: string;
}

/** The state of our own addon. */
async function ownAddon(): Promise<Pick<Status, "pages" | "pagesFile" | "pagesProblem">> {
  const pagesFile = pagesAddon();
  if (isOff()) return { pages: false, pagesFile, pagesProblem: "turned off by CHUNKWISE_ADDON=off" };
  if (!existsSync(pagesFile)) {
    const how = "not installed; run `npx chunkwise native install --kernels` (seconds; needs a C++ compiler)";
    return { pages: false, pagesFile, pagesProblem: withoutOwnAddon() ?? how };
  }
  try {
    await checkPages(pagesFile);
    return { pages: true, pagesFile };
  } catch (error) {
    const pagesProblem = `${messageOf(error)}; run \`npx chunkwise native install --kernels --force\``;
    return { pages: false, pagesFile, pagesProblem };
  }
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
