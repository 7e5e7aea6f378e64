/** What is known about the native library without loading it: what is used, where it lies, and why not if not. */
import { existsSync } from "node:fs";
import { loadedVersion } from "./addon.js";
import { folderBytes } from "./install.js";
import { installation, installedFolder, pagesAddon } from "./location.js";
import { unsupported } from "./platform.js";

/** The state of the native library. */
export interface Status {
  readonly installed: boolean;
  /** `"cache"` for what `chunkwise native install` made, `"package"` for the own install of @tensorflow/tfjs-node. */
  readonly source?: "cache" | "package";
  readonly folder: string;
  readonly tfjs?: string;
  /** The version of TensorFlow, as it says itself when it is loaded. */
  readonly tensorflow?: string;
  readonly bytes?: number;
  /** Whether the addon is there with which large results are made faster (pages.ts). */
  readonly pages: boolean;
  /** Why it cannot be used, and what to do. */
  readonly problem?: string;
}

/** Looks what there is. */
export async function status(): Promise<Status> {
  const found = installation();
  const pages = existsSync(pagesAddon());
  if (found === undefined) {
    const folder = installedFolder();
    const how = existsSync(folder) ? "an installation is incomplete" : "it is not installed";
    const problem = unsupported() ?? `${how}; run \`npx chunkwise native install\``;
    return { installed: false, folder, pages, problem };
  }
  const { source, folder, tfjs, addon } = found;
  const bytes = source === "cache" ? { bytes: folderBytes(folder) } : {};
  try {
    return { installed: true, source, folder, tfjs, tensorflow: await loadedVersion(addon), ...bytes, pages };
  } catch (error) {
    const problem = `${(error as Error).message}; run \`npx chunkwise native install --force\``;
    return { installed: false, source, folder, tfjs, ...bytes, pages, problem };
  }
}
