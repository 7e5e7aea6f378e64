/**
 * A file from the web, in as many attempts as it takes, and not believed before its hash is right.
 *
 *     file.part  ◀─ bytes so far ─ connection lost ─ "Range: bytes=<length>-" ─▶ the rest ─▶ sha256 ─▶ file
 *
 * Invariant: what has arrived stays, over lost connections and over the end of the process; a file of the final name has
 * the right content.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import { formatBytes } from "../data/bytes.js";
import { NativeError } from "../data/errors.js";

/** How a download goes. */
export interface DownloadOptions {
  /** A file of certificates to trust besides the known ones. */
  readonly certificates?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told the bytes that are there, and of how many. */
  readonly onBytes?: (bytes: number, total: number) => void;
  /** How often a lost connection is made again without one byte of progress; 4 if not given. */
  readonly attempts?: number;
  /** The first pause between two attempts in milliseconds, doubled each time; 500 if not given. */
  readonly pause?: number;
}

/** What a file must be. */
export interface Expected {
  readonly sha256: string;
  readonly bytes: number;
}

/** Silence for so long ends a connection. */
const patience = 30_000;
const mostRedirects = 5;

/** An answer that another attempt would not change. */
class Refusal extends Error {}

/** An answer with its body still to be read. */
async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { certificates, signal }: DownloadOptions,
  redirects = 0,
): Promise<IncomingMessage> {
  const ca = certificates === undefined ? {} : { ca: [...rootCertificates, readFileSync(certificates, "utf8")] };
  const settings = { headers, timeout: patience, ...(signal ? { signal } : {}) };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent =
      url.protocol === "https:" ? getHttps(url, { ...settings, ...ca }, resolve) : getHttp(url, settings, resolve);
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer for ${patience / 1000} seconds`)));
  });
  const { statusCode = 0, headers: given } = answer;
  if (statusCode < 300 || statusCode >= 400 || given.location === undefined) return answer;
  answer.destroy();
  if (redirects === mostRedirects) throw new Refusal("too many redirects");
  return request(new URL(given.location, url), headers, { certificates, signal }, redirects + 1);
}

function checkStatus({ statusCode = 0, statusMessage = "" }: IncomingMessage, good: readonly number[]): void {
  if (good.includes(statusCode)) return;
  const text = `the server answers ${statusCode} ${statusMessage}`;
  throw statusCode >= 500 || statusCode === 429 ? new Error(text) : new Refusal(text);
}

/** Tries again after a pause, as long as `progress` grows or attempts are left. */
async function persevere<T>(
  what: string,
  attempt: () => Promise<T>,
  options: DownloadOptions,
  progress = () => 0,
): Promise<T> {
  const { attempts = 4, pause = 500, signal } = options;
  for (let left = attempts, wait = pause, before = progress(); ; ) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const { code = "" } = error as NodeJS.ErrnoException;
      if (["ENOSPC", "EDQUOT", "EACCES", "EROFS"].includes(code)) throw error;
      if (progress() > before) [left, wait, before] = [attempts, pause, progress()];
      if (error instanceof Refusal || --left === 0) {
        const message = `${what} could not be downloaded: ${(error as Error).message || code}; check the network and pip's settings (pip config list), then run it again: what has arrived is kept`;
        throw new NativeError(message, { reason: "network" }, { cause: error });
      }
      await delay(wait, undefined, { ...(signal ? { signal } : {}) });
      wait *= 2;
    }
  }
}

/** The text of a page. */
export function downloadText(url: string, accept: string, options: DownloadOptions = {}): Promise<string> {
  const attempt = async (): Promise<string> => {
    const answer = await request(new URL(url), { accept }, options);
    checkStatus(answer, [200]);
    let text = "";
    for await (const part of answer.setEncoding("utf8")) text += part;
    return text;
  };
  return persevere("the list of files", attempt, options);
}

/** The sha256 of a file in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), digest);
  return digest.digest("hex");
}

/** Takes a file with the right hash, deletes and refuses any other. */
export async function checkHash(path: string, name: string, { sha256 }: Expected): Promise<void> {
  const got = await sha256Of(path);
  if (got === sha256) return;
  rmSync(path, { force: true });
  const message = `${name} is not what it must be: its sha256 is ${got} instead of ${sha256}; it was deleted. Run it again; if it stays so, the package index gives another file than the one that was tested`;
  throw new NativeError(message, { reason: "hash" });
}

const lengthOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** Downloads a file to a path, going on where an earlier attempt stopped. */
export async function download(
  url: URL,
  path: string,
  expected: Expected,
  options: DownloadOptions = {},
): Promise<void> {
  const part = `${path}.part`;
  const name = decodeURIComponent(url.pathname.split("/").at(-1)!);
  const attempt = async (): Promise<void> => {
    if (lengthOf(part) > expected.bytes) rmSync(part);
    const have = lengthOf(part);
    if (have === expected.bytes) return;
    const answer = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, options);
    checkStatus(answer, have > 0 ? [200, 206] : [200]);
    const from = answer.statusCode === 206 ? have : 0; // a server without ranges begins anew
    let bytes = from;
    const count = async function* (parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const data of parts) {
        bytes += data.length;
        if (bytes > expected.bytes) {
          throw new Refusal(`more than the ${formatBytes(expected.bytes)} arrive that were expected`);
        }
        options.onBytes?.(bytes, expected.bytes);
        yield data;
      }
    };
    await pipeline(answer, count, createWriteStream(part, { flags: from > 0 ? "a" : "w" }));
    if (bytes < expected.bytes) throw new Error("the connection ended early");
  };
  await persevere(name, attempt, options, () => lengthOf(part));
  await checkHash(part, name, expected);
  renameSync(part, path);
}
