/** Metadata of an array that exists is damaged or hostile, and the array is to be extended: nothing is written then. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChunkwiseError, FormatError } from "#src/data/errors";
import { createZarr, type ZarrWriteOptions } from "#src/formats/zarr/create";
import { jsonText, readJson } from "#src/formats/zarr/json";
import { withMember } from "#src/formats/zarr/json-edit";
import { temporaryFolder, thrownBy } from "../../support/folder.js";
import { filesIn, save, someBytes } from "./arrays.js";

const root = temporaryFolder();
const shape = [8, 6];
const bytes = someBytes("int32", shape);

/** What comes of appending to an array whose document has this text. */
async function append(path: string, file: string, text: string | Uint8Array): Promise<unknown> {
  writeFileSync(join(path, file), text);
  try {
    const destination = await createZarr(path, { dtype: "int32", shape: [4, 6] }, { mode: "append" });
    await destination.discard();
    return undefined;
  } catch (error) {
    return error;
  }
}

const kinds: [name: string, file: string, options: ZarrWriteOptions][] = [
  ["version 2", ".zarray", { zarrFormat: 2, chunks: [4, 3] }],
  ["version 3", "zarr.json", { chunks: [4, 3], order: "F" }],
  ["shards", "zarr.json", { chunks: [2, 3], shards: [4, 3] }],
];

describe.each(kinds)("a Zarr array of %s", (name, file, options) => {
  const path = join(root, name.replace(" ", "-"));
  const make = async (): Promise<string> => {
    await save(path, "int32", shape, bytes, { ...options, mode: "overwrite" });
    return readFileSync(join(path, file), "utf8");
  };

  // The reader's tests try every byte of what the same parser reads.
  test("a document that is truncated anywhere is refused", async () => {
    const text = await make();
    for (let length = 0; length < text.length; length += 7) {
      const error = await append(path, file, text.slice(0, length));
      expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ path: join(path, file) });
    }
    expect(await append(path, file, text)).toBeUndefined();
  });

  test("a document with flipped bits gives a typed error, or an array that can be extended", async () => {
    const text = Buffer.from(await make());
    const files = filesIn(path);
    let refused = 0;
    for (let at = 0; at < text.length; at += 5) {
      const damaged = Buffer.from(text);
      damaged[at]! ^= 1 << ((at * 5) % 7);
      const error = await append(path, file, damaged);
      if (error === undefined) continue;
      refused++;
      expect(error, damaged.toString("latin1")).toBeInstanceOf(ChunkwiseError);
    }
    expect(refused).toBeGreaterThan(text.length / 15);
    expect(filesIn(path)).toEqual(files);
  });
});

describe("hostile documents are refused before anything is written", () => {
  const path = join(root, "hostile");
  const base = {
    zarr_format: 3,
    node_type: "array",
    shape: [8, 6],
    data_type: "int32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [4, 3] } },
    chunk_key_encoding: { name: "default" },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
    attributes: {},
  };
  const codec = (name: string, configuration: object) => ({ codecs: [...base.codecs, { name, configuration }] });
  const regular = (chunk_shape: number[]) => ({ chunk_grid: { name: "regular", configuration: { chunk_shape } } });
  // damage.test.ts has what the parser refuses; here is what can be read but not written, and a few others.
  const cases: [what: string, change: object, message: RegExp][] = [
    ["a shape that overflows", { shape: [2 ** 60, 6] }, /shape has the length/],
    ["chunks of terabytes", regular([2 ** 40, 3]), /13194139533312 bytes; at most/],
    ["too many files", { shape: [2 ** 32, 6] }, /more than 16777216 files/],
    ["float16", { data_type: "float16" }, /float16 can be read, but cannot/],
    [
      "a filter",
      { codecs: [{ name: "scale_offset", configuration: { scale: 2 } }, ...base.codecs] },
      /"scale_offset" can/,
    ],
    [
      "what rounds",
      { codecs: [{ name: "numcodecs.bitround" }, ...base.codecs], data_type: "float32" },
      /"bitround" can/,
    ],
    ["Zstandard's checksum", codec("zstd", { checksum: true }), /checksum of zstd must be false, not true/],
    ["a level", codec("gzip", { level: "high" }), /level of gzip must be a whole number from 0 to 9, not "high"/],
    ["a way to shuffle", codec("blosc", { shuffle: 3 }), /shuffle of blosc must be one of noshuffle, .*, not 3/],
    ["an unknown codec", codec("rot13", {}), /"rot13" is not known/],
    ["LZMA", codec("numcodecs.lzma", {}), /"lzma" can be read, but cannot be written/],
    [
      "a separator that climbs",
      { chunk_key_encoding: { name: "v2", configuration: { separator: "/../" } } },
      /separator/,
    ],
  ];
  test.each(cases)("a document with %s is refused before anything is written", async (_, change, message) => {
    mkdirSync(path, { recursive: true });
    expect(await append(path, "zarr.json", JSON.stringify(base))).toBeUndefined();
    const error = await append(path, "zarr.json", JSON.stringify({ ...base, ...change }));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
    expect(filesIn(path)).toEqual(["zarr.json"]);
  });

  test("documents that nest too deep or are too long are refused", async () => {
    mkdirSync(path, { recursive: true });
    const deep = `{"attributes": ${"[".repeat(1e6)}`;
    expect((await append(path, "zarr.json", deep)) as Error).toMatchObject({ name: "FormatError" });
    const long = Buffer.alloc(2 ** 26 + 1, " ");
    expect(((await append(path, "zarr.json", long)) as Error).message).toMatch(/metadata has at most/);
  });
});

describe("the JSON of metadata", () => {
  const read = (text: string) => readJson(Buffer.from(text), "x");
  const documents = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  // Whole numbers beyond those that a double surely holds are read as bigints.
  const digits = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, item) =>
      typeof item === "number" && Number.isInteger(item) && !Number.isSafeInteger(item) && Math.abs(item) < 1e21
        ? BigInt(String(item))
        : item,
    );

  test("JSON is read and written as JSON.parse and JSON.stringify do it", () => {
    fc.assert(
      fc.property(documents, fc.constantFrom(0, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text).content).toEqual(digits(value));
        expect(JSON.parse(jsonText(value, "x"))).toEqual(value);
      }),
    );
  });

  test("a change of one member leaves all other members as they are", () => {
    fc.assert(
      fc.property(documents, fc.string(), fc.option(fc.jsonValue()), fc.boolean(), (value, name, change, inside) => {
        const keys = Object.keys(value);
        const key = keys.length > 0 && name.length % 2 === 0 ? keys[name.length % keys.length]! : name;
        const [outer, path]: [object, string[]] = inside ? [{ a: 1, in: value }, ["in", key]] : [value, [key]];
        const changed = withMember(
          read(JSON.stringify(outer, null, 1)),
          path,
          change === null ? undefined : JSON.stringify(change),
        );
        const { [key]: _, ...rest } = value;
        const expected = change === null ? rest : { ...rest, [key]: change };
        expect(JSON.parse(changed)).toEqual(JSON.parse(JSON.stringify(inside ? { a: 1, in: expected } : expected)));
      }),
    );
  });

  test("a change of one member keeps the text of everything else", () => {
    const text = '{"a": [1.0, NaN, -Infinity, {"shape": 1}], "shape": [ 1, 2 ], "2": 1e400, "1": -0.0}';
    expect(withMember(read(text), ["shape"], "[3]")).toBe(text.replace("[ 1, 2 ]", "[3]"));
  });

  test.each(["", "[]", "1", "{", '{"a"}', '{"a":}', '{"a":1,}', '{"a":01}', '{"a":1}x', '{"a":"\\x"}', "{a:1}"])(
    "refuses %s",
    (text) => {
      expect(thrownBy(() => read(text))).toBeInstanceOf(FormatError);
    },
  );

  test("values that nest too deep, or that JSON cannot hold, are refused", () => {
    expect(thrownBy(() => read(`{"a": ${"[".repeat(1e5)}${"]".repeat(1e5)}}`))).toMatchObject({
      name: "FormatError",
      message: expect.stringContaining("more than 100 levels"),
    });
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [undefined, Number.NaN, () => 1, new Date(), circle, { a: [Symbol("x")] }]) {
      expect(thrownBy(() => jsonText(value, "x"))).toMatchObject({ name: "ArgumentError" });
    }
  });
});
