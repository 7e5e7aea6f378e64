import { describe, expect, test } from "vitest";
import { ZstdFault } from "#src/formats/zstd/frame";
import { unzstd } from "#src/formats/zstd/frames";
import { compiledZstd, nodeZstd, packagedZstd, type ZstdLibrary } from "#src/formats/zstd/library";

const libraries: Record<string, ZstdLibrary | undefined> = {
  node: nodeZstd(),
  package: packagedZstd(),
  compiled: compiledZstd(),
};
const present = Object.entries(libraries).flatMap(([name, library]) => (library ? [{ name, library }] : []));
const contents = {
  nothing: new Uint8Array(0),
  "a byte": Uint8Array.of(7),
  "one run": new Uint8Array(300_000).fill(3),
  noise: Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24),
  waves: new Uint8Array(Float64Array.from({ length: 30_000 }, (_, i) => Math.round(1e3 * Math.sin(i))).buffer),
};

test("the optional package is built for this platform", () => {
  expect(libraries.package).toBeDefined();
});

describe.each(present)("the library $name for Zstandard", ({ library }) => {
  test.each(Object.entries(contents))("frames of every library are decompressed: %s", async (_, content) => {
    for (const { library: writer } of present) {
      const frame = await writer.compress(content, 3);
      expect(Buffer.from(await unzstd(frame, content.length, { least: content.length })).equals(content)).toBe(true);
      expect(Buffer.from(await library.decompress(frame, content.length)).equals(content)).toBe(true);
    }
  });

  test("bytes in shared memory, at any address, are compressed and decompressed", async () => {
    const frame = await library.compress(contents.waves, 3);
    const shared = new Uint8Array(new SharedArrayBuffer(frame.length + 3), 3);
    shared.set(frame);
    expect(Buffer.from(await library.decompress(shared, contents.waves.length)).equals(contents.waves)).toBe(true);
  });

  test("damaged frames are refused", async () => {
    const frame = Buffer.from(await library.compress(contents.waves, 3));
    frame.fill(255, 20, 60);
    await expect((async () => library.decompress(frame, contents.waves.length))()).rejects.toThrow();
  });

  test("a higher level compresses better", async () => {
    const [fast, small] = [await library.compress(contents.waves, 1), await library.compress(contents.waves, 19)];
    expect(small.length).not.toBe(fast.length);
  });
});

describe.each(present.filter(({ library }) => library.unfold !== undefined))(
  "the library $name for Zstandard",
  ({ library }) => {
    test("frames that arrive in pieces of any size are decompressed as a stream", async () => {
      for (const [name, content] of Object.entries(contents)) {
        const frame = await library.compress(content, 3);
        for (const size of [100, 5000, 2 ** 18]) {
          const pieces = (async function* () {
            for (let at = 0; at < frame.length; at += size) yield frame.subarray(at, at + size);
          })();
          const parts: Uint8Array[] = [];
          for await (const part of library.unfold!(pieces)) parts.push(part);
          expect(Buffer.concat(parts).equals(content), `${name}, ${size}`).toBe(true);
        }
      }
    });
  },
);

describe("the check of Zstandard frames", () => {
  const library = compiledZstd();

  test("frames that do not hold the expected number of bytes are refused", async () => {
    const frame = await library.compress(contents.waves, 3);
    const size = contents.waves.length;
    expect((await unzstd(frame, size + 1)).length).toBe(size);
    await expect(unzstd(frame, size - 1)).rejects.toThrow(/hold 240000 bytes; at most 239999 are expected/);
    await expect(unzstd(frame, size + 1, { least: size + 1 })).rejects.toThrow(/hold 240000 bytes; 240001 are/);
  });

  test("several frames, and frames to be skipped, may follow each other", async () => {
    const frame = Buffer.from(await library.compress(contents["one run"], 3));
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const both = await unzstd(Buffer.concat([frame, skipped, frame]), 600_000);
    expect([both.length, both.every((byte) => byte === 3)]).toEqual([600_000, true]);
  });

  test("frames that are cut anywhere are refused", async () => {
    const frame = await library.compress(contents.waves.subarray(0, 999), 3);
    for (let length = 1; length < frame.length; length++) {
      await expect(unzstd(frame.subarray(0, length), 999)).rejects.toThrow(ZstdFault);
    }
  });
});
