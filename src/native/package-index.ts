/**
 * Where pip gets its packages, and the address of one file there.
 *
 * pip itself reports the index that it uses, whether that comes from its files, the environment or its defaults:
 * `pip download --help` prints it. So this library needs no address of its own and uses the same mirror as pip.
 */
import { NativeError } from "../data/errors.js";
import { runProgram } from "./program.js";

/** The index that pip is configured with. */
export interface PackageIndex {
  /** Ends with a slash. */
  readonly url: string;
  /** A file of certificates that pip trusts. */
  readonly certificates: string | undefined;
}

const failure = {
  reason: "python",
  missing: "Python was not found",
  failed: "pip does not say where packages come from",
} as const;

/** Asks pip for its index; undefined if only pip can reach it (a password, a proxy, local folders, no https). */
export async function packageIndex(python: string): Promise<PackageIndex | undefined> {
  const { HTTPS_PROXY, https_proxy, ALL_PROXY, all_proxy } = process.env;
  if (HTTPS_PROXY || https_proxy || ALL_PROXY || all_proxy) return undefined;
  const pip = (...args: string[]): Promise<string> =>
    runProgram(python, ["-m", "pip", ...args], failure, { env: { COLUMNS: "1000" } });
  const [help, settings] = await Promise.all([pip("download", "--help"), pip("config", "list")]);
  const url = /--index-url\b[^\n]*\(default\s+(https?:\/\/[^\s)]+)\)/.exec(help)?.[1];
  // pip masks the password in an address
  if (url === undefined || url.includes("@") || /\.(proxy|no-index)=/.test(settings)) return undefined;
  return { url: url.replace(/\/*$/, "/"), certificates: /\.cert='([^']+)'/.exec(settings)?.[1] };
}

/** The address of a file on the page of its project, in the simple index of PEP 503 (HTML) or PEP 691 (JSON). */
export function fileAddress(page: string, base: string, file: string): URL {
  const links = [...page.matchAll(/(?:href="|"url":\s*")([^"]+)"/g)];
  const address = links
    .map(([, link = ""]) => new URL(link.replaceAll("&amp;", "&"), base))
    .find(({ pathname }) => decodeURIComponent(pathname).endsWith(`/${file}`));
  if (address !== undefined) return address;
  throw new NativeError(`the package index has no file ${file}`, { reason: "network" });
}
