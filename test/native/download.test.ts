/** Detects downloads that start again needlessly, end early unnoticed, or are used without a check of their hash. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { NativeError } from "chunkwise";
import { expect, onTestFinished, test } from "vitest";
import { download } from "#src/native/download";
import { until } from "../api/helpers.js";
import { folder } from "../cli/program.js";

const content = randomBytes(300_000);
const expected = { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
const quick = { pause: 1 };

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/some/file.whl`);
}

/** A server that supports ranges and cuts each connection when `after` more bytes have reached the partial file. */
function cutting(after: number, ranges: string[], part: string): RequestListener {
  return (request, response) => {
    ranges.push(request.headers.range ?? "all");
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "bytes=0-")?.[1]);
    const rest = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": rest.length });
    if (rest.length <= after) response.end(rest);
    else {
      response.write(rest.subarray(0, after));
      void until(() => existsSync(part) && statSync(part).size >= from + after).then(() => response.destroy());
    }
  };
}

test("a download continues where a connection was lost, as often as necessary", async () => {
  const ranges: string[] = [];
  const path = join(folder(), "file");
  const seen: number[] = [];
  await download(await serve(cutting(40_000, ranges, `${path}.part`)), path, expected, {
    ...quick,
    onBytes: (bytes) => seen.push(bytes),
  });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(ranges.length).toBeGreaterThan(4); // more than the attempts without progress
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  expect(seen.at(-1)).toBe(content.length);
  expect(existsSync(`${path}.part`)).toBe(false);
});

test("a download continues with the bytes that an earlier process left", async () => {
  const ranges: string[] = [];
  const path = join(folder(), "file");
  writeFileSync(`${path}.part`, content.subarray(0, 123_456));
  await download(await serve(cutting(1e9, ranges, `${path}.part`)), path, expected, quick);
  expect(ranges).toEqual(["bytes=123456-"]);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a download starts again if the server does not support ranges", async () => {
  const path = join(folder(), "file");
  writeFileSync(`${path}.part`, "something else");
  await download(await serve((_, response) => response.end(content)), path, expected, quick);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a file with other content is refused and deleted", async () => {
  const path = join(folder(), "file");
  const other = Buffer.from(content).fill(0, 7, 99);
  const failed = download(await serve((_, response) => response.end(other)), path, expected, quick);
  await expect(failed).rejects.toThrow(expect.objectContaining({ code: "NATIVE", reason: "hash" }));
  await expect(failed).rejects.toThrow(
    /file\.whl has the wrong content: its sha256 is [0-9a-f]{64}; expected [0-9a-f]{64}; it was deleted/,
  );
  expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
});

test.each([
  [404, 1],
  [503, 3],
])("a server that answers with status %i is asked %i times", async (status, times) => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked++;
    response.writeHead(status).end();
  });
  const failed = download(url, join(folder(), "file"), expected, { ...quick, attempts: 3 });
  await expect(failed).rejects.toThrow(expect.objectContaining({ reason: "network" }));
  await expect(failed).rejects.toThrow(new RegExp(`could not be downloaded: the server answers ${status}`));
  expect(asked).toBe(times);
});

test("redirects are followed, and a circle of them is refused", async () => {
  const path = join(folder(), "file");
  const url = await serve((request, response) => {
    if (request.url === "/end") response.end(content);
    else response.writeHead(302, { location: request.url === "/round" ? "/round" : "/end" }).end();
  });
  await download(url, path, expected, quick);
  expect(readFileSync(path).equals(content)).toBe(true);
  await expect(download(new URL("/round", url), `${path}2`, expected, quick)).rejects.toThrow("too many redirects");
});

test("a server that does not exist is a NativeError, and a signal stops a download", async () => {
  const path = join(folder(), "file");
  const nowhere = new URL("http://127.0.0.1:9/file");
  await expect(download(nowhere, path, expected, { ...quick, attempts: 2 })).rejects.toThrow(NativeError);
  const signal = AbortSignal.abort(new Error("stopped"));
  await expect(download(nowhere, path, expected, { ...quick, signal })).rejects.toThrow("stopped");
});
