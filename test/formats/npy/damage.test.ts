import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { StorageError } from "#src/data/errors";
import { readNpyHeader } from "#src/formats/npy/npy";
import { temporaryFolder } from "../../support/folder.js";
import { descrs, dictOf, headerBytes } from "./bytes.js";

const folder = temporaryFolder();

/** Truncations and flipped bytes give a typed error or a description that fits the file, and nothing else. */
describe("a damaged .npy file", () => {
  const path = join(folder, "damaged.npy");
  const tries = (bytes: Uint8Array): "read" | "refused" => {
    writeFileSync(path, bytes);
    try {
      const { offset, size, dtype, encoding, shape, strides } = readNpyHeader(path);
      const itemBytes = encoding.half ? 2 : Number(descrs.find(([name, type]) => type === dtype && name !== "f2")![2]);
      expect(offset + itemBytes * shape.reduce((product, length) => product * length, 1)).toBe(size);
      expect(size).toBe(bytes.length);
      expect(strides).toHaveLength(shape.length);
      return "read";
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      expect(error).toMatchObject({ name: "FormatError", path });
      expect(error.offset).toBeGreaterThanOrEqual(0);
      expect(error.offset).toBeLessThanOrEqual(bytes.length);
      return "refused";
    }
  };

  for (const version of [1, 2, 3]) {
    const dict = dictOf("<i4", true, [3, 2]);
    const whole = Buffer.concat([headerBytes({ dict, version: [version, 0] }), new Uint8Array(24)]);

    test(`of version ${version} is refused if it is cut at any byte`, () => {
      expect(tries(whole)).toBe("read");
      for (let length = 0; length < whole.length; length++) {
        expect(tries(whole.subarray(0, length)), `the first ${length} bytes`).toBe("refused");
      }
    });

    test(`of version ${version} gives an error or a description if any byte of its header is replaced`, () => {
      let refused = 0;
      for (let place = 0; place < whole.length - 24; place++) {
        for (const byte of [0, 1, 9, 10, 39, 40, 41, 44, 48, 57, 76, 92, 123, 128, 255, whole[place]! ^ 1]) {
          const damaged = Buffer.from(whole);
          damaged[place] = byte;
          if (tries(damaged) === "refused") refused++;
        }
      }
      expect(refused).toBeGreaterThan(1000);
    });
  }
});
