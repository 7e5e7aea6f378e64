/** The state of the native library: which one is used, where it is, and, if none can be used, why. */
import { existsSync } from "node:fs";
import { messageOf } from "../data/causes.js";
import { loadedVersion } from "./addon.js";
import { folderBytes } from "./install.js";
import { installation, installedFolder, pagesAddon } from "./location.js";
import { unsupported } from "./platform.js";

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
  /** Whether the addon for large results (pages.ts) is installed. */
  readonly pages: boolean;
  /** Why it cannot be used, and what to do. */
  readonly problem?: string;
}

/** Describes the present state. */
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
    const problem = `${messageOf(error)}; run \`npx chunkwise native install --force\``;
    return { installed: false, source, folder, tfjs, ...bytes, pages, problem };
  }
}
