/**
 * A file from the web, in as many attempts as it takes, and used only if its hash is right.
 *
 *     file.part  ◀─ bytes so far ─ connection lost ─ "Range: bytes=<length>-" ─▶ the rest ─▶ sha256 ─▶ file
 *
 * Invariant: the bytes that have arrived outlast lost connections and the end of the process; a file with the final
 * name has the right content.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import { formatBytes } from "../data/bytes.js";
import { messageOf, systemCodeOf } from "../data/causes.js";
import { NativeError } from "../data/errors.js";

/** Options of a download. */
export interface DownloadOptions {
  /** A file of certificates to trust in addition to the usual ones. */
  readonly certificates?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that have arrived and the total. */
  readonly onBytes?: (bytes: number, total: number) => void;
  /** How many attempts in a row may fail without one byte of progress. Default 4. */
  readonly attempts?: number;
  /** The first pause between two attempts in milliseconds, doubled each time. Default 500. */
  readonly pause?: number;
}

/** The content that a file must have. */
export interface Expected {
  readonly sha256: string;
  readonly bytes: number;
}

/** A connection that is silent for this long has failed. */
const SILENCE_MS = 30_000;
const MOST_REDIRECTS = 5;
const DEFAULT_ATTEMPTS = 4;
const DEFAULT_PAUSE_MS = 500;
/** The bytes that are read at a time to hash a file. */
const HASHED_BYTES = 2 ** 20;

/** A response that another attempt would not change. */
class Refusal extends Error {}

/** A response whose body is still to be read. */
async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { certificates, signal }: DownloadOptions,
  redirects = 0,
): Promise<IncomingMessage> {
  const ca = certificates === undefined ? {} : { ca: [...rootCertificates, readFileSync(certificates, "utf8")] };
  const settings = { headers, timeout: SILENCE_MS, ...(signal ? { signal } : {}) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent =
      url.protocol === "https:" ? getHttps(url, { ...settings, ...ca }, resolve) : getHttp(url, settings, resolve);
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer for ${SILENCE_MS / 1000} seconds`)));
  });
  const { statusCode = 0, headers: given } = response;
  if (statusCode < 300 || statusCode >= 400 || given.location === undefined) return response;
  response.destroy();
  if (redirects === MOST_REDIRECTS) throw new Refusal("too many redirects");
  return request(new URL(given.location, url), headers, { certificates, signal }, redirects + 1);
}

function checkStatus({ statusCode = 0, statusMessage = "" }: IncomingMessage, good: readonly number[]): void {
  if (good.includes(statusCode)) return;
  const text = `the server answers ${statusCode} ${statusMessage}`;
  throw statusCode >= 500 || statusCode === 429 ? new Error(text) : new Refusal(text);
}

/** Repeats an attempt after a pause, as long as `progress` grows or attempts are left. */
async function persevere<T>(
  what: string,
  attempt: () => Promise<T>,
  options: DownloadOptions,
  progress = () => 0,
): Promise<T> {
  const { attempts = DEFAULT_ATTEMPTS, pause = DEFAULT_PAUSE_MS, signal } = options;
  for (let left = attempts, wait = pause, before = progress(); ; ) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const code = systemCodeOf(error) ?? "";
      if (["ENOSPC", "EDQUOT", "EACCES", "EROFS"].includes(code)) throw error;
      if (progress() > before) [left, wait, before] = [attempts, pause, progress()];
      if (error instanceof Refusal || --left === 0) {
        const how =
          "check the network and pip's settings (pip config list), then run it again: it continues where it stopped";
        const message = `${what} could not be downloaded: ${messageOf(error) || code}; ${how}`;
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
    const response = await request(new URL(url), { accept }, options);
    checkStatus(response, [200]);
    let text = "";
    for await (const part of response.setEncoding("utf8")) text += part;
    return text;
  };
  return persevere("the list of files", attempt, options);
}

/** The sha256 of a file in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: HASHED_BYTES }), digest);
  return digest.digest("hex");
}

/** Accepts a file with the right hash; deletes and refuses any other. */
export async function checkHash(path: string, name: string, { sha256 }: Expected): Promise<void> {
  const got = await sha256Of(path);
  if (got === sha256) return;
  rmSync(path, { force: true });
  const how =
    "it was deleted. Run it again; if this repeats, the package index serves another file than the tested one";
  const message = `${name} has the wrong content: its sha256 is ${got}; expected ${sha256}; ${how}`;
  throw new NativeError(message, { reason: "hash" });
}

const lengthOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** Downloads a file to a path, continuing where an earlier attempt stopped. */
export async function download(
  url: URL,
  path: string,
  expected: Expected,
  options: DownloadOptions = {},
): Promise<void> {
  const part = `${path}.part`;
  const name = decodeURIComponent(basename(url.pathname));
  const attempt = async (): Promise<void> => {
    if (lengthOf(part) > expected.bytes) rmSync(part);
    const have = lengthOf(part);
    if (have === expected.bytes) return;
    const response = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, options);
    checkStatus(response, have > 0 ? [200, 206] : [200]);
    const from = response.statusCode === 206 ? have : 0; // a server without ranges starts again
    let bytes = from;
    const count = async function* (parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const data of parts) {
        bytes += data.length;
        if (bytes > expected.bytes) {
          throw new Refusal(`the server sends more than the expected ${formatBytes(expected.bytes)}`);
        }
        options.onBytes?.(bytes, expected.bytes);
        yield data;
      }
    };
    await pipeline(response, count, createWriteStream(part, { flags: from > 0 ? "a" : "w" }));
    if (bytes < expected.bytes) throw new Error("the connection ended early");
  };
  await persevere(name, attempt, options, () => lengthOf(part));
  await checkHash(part, name, expected);
  renameSync(part, path);
}
