import { chmodSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dtypes } from "#src/data/dtype";
import { FormatError, ShapeError } from "#src/data/errors";
import { npyHeader, readNpyHeader } from "#src/formats/npy/npy";
import { openArrayNow } from "#src/formats/opening";
import { table } from "#src/formats/table";
import { asNobody, temporaryFolder, thrownBy } from "../../support/folder.js";
import { linux } from "../../support/platform.js";
import { descrs, dictOf, type Header, headerBytes } from "./bytes.js";

const folder = temporaryFolder();

function fileOf(...parts: readonly Uint8Array[]): string {
  const path = join(folder, "x.npy");
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** Reads a file with this header and this many bytes of data. */
const read = (header: Header, bytes = 0) => readNpyHeader(fileOf(headerBytes(header), new Uint8Array(bytes)));

/** The error for a file with this header, after checking its class and path. */
function refusal(header: Header, bytes = 0): FormatError {
  const path = fileOf(headerBytes(header), new Uint8Array(bytes));
  const error = thrownBy(() => readNpyHeader(path));
  expect(error).toBeInstanceOf(FormatError);
  expect(error).toMatchObject({ path });
  expect((error as Error).message).toContain(path);
  return error as FormatError;
}

describe("the header of a .npy file", () => {
  for (const version of [1, 2, 3]) {
    test.each(descrs)(`is read in version ${version}.0 with %s`, (name, dtype, bytes) => {
      for (const order of ["<", ">", "=", "|", ""]) {
        for (const fortran of [false, true]) {
          const dict = dictOf(order + name, fortran, [2, 3, 4]);
          const found = read({ dict, version: [version, 0] }, 24 * bytes);
          const foreign = endianness() === "LE" ? ">" : "<";
          expect(found).toEqual({
            path: join(folder, "x.npy"),
            offset: 128,
            size: 128 + 24 * bytes,
            modified: statSync(join(folder, "x.npy")).mtimeMs,
            dtype,
            encoding: { otherEndian: order === foreign && bytes > 1, half: name === "f2" },
            shape: [2, 3, 4],
            strides: fortran ? [1, 2, 6] : [12, 4, 1],
          });
        }
      }
    });
  }

  test("is read for arrays without axes, with one axis, and without elements", () => {
    expect(read({ dict: dictOf("<f8", false, []) }, 8)).toMatchObject({ shape: [], strides: [] });
    expect(read({ dict: dictOf("<f8", false, [5]) }, 40)).toMatchObject({ shape: [5], strides: [1] });
    expect(read({ dict: dictOf("<f8", true, [0, 5]) })).toMatchObject({ shape: [0, 5] });
    expect(read({ dict: dictOf("<f8", false, [3, 0]) })).toMatchObject({ shape: [3, 0] });
  });

  test.each([
    ["other orders of the keys", "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f8'}"],
    ["no white space", "{'descr':'<f8','fortran_order':False,'shape':(2,3)}"],
    ["white space everywhere", "{ 'descr' :\n'<f8' ,\t'fortran_order' : False , 'shape' : ( 2 , 3 , ) , }"],
    ["double quotes", '{"descr": "<f8", "fortran_order": False, "shape": (2, 3)}'],
    ["the longs of Python 2", "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }"],
  ])("is read if it has %s", (_, dict) => {
    expect(read({ dict }, 48)).toMatchObject({ dtype: "float64", shape: [2, 3], strides: [3, 1] });
  });

  test("may have any length, not only a multiple of 64", () => {
    const dict = dictOf("<f8", false, [1]);
    const path = fileOf(headerBytes({ dict, length: dict.length }).subarray(0, 10 + dict.length), new Uint8Array(8));
    expect(readNpyHeader(path).offset).toBe(10 + dict.length);
  });

  test("is read in a file of more than 4 GiB and 2^32 elements", () => {
    const path = fileOf(headerBytes({ dict: dictOf("|u1", false, [2 ** 17, 2 ** 16]) }));
    truncateSync(path, 128 + 2 ** 33);
    expect(readNpyHeader(path)).toMatchObject({
      size: 128 + 2 ** 33,
      shape: [2 ** 17, 2 ** 16],
      strides: [2 ** 16, 1],
    });
    unlinkSync(path);
  });
});

describe("a header is refused", () => {
  const dtype = (descr: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`;
  const shape = (text: string) => `{'descr': '<f8', 'fortran_order': False, 'shape': ${text}, }`;

  test.each([
    ["structured", "[('x', '<f8'), ('y', [('z', '<i4')])]", /structured dtype; save each field/],
    ["a field of several", "('<f8', (3,))", /structured dtype/],
    ["objects", "'|O'", /"\|O".*pickled Python objects are never read/],
    ["bytes", "'|S10'", /strings/],
    ["text", "'<U5'", /strings/],
    ["StringDType", "'|T16'", /strings/],
    ["times", "'<M8[fortnight]'", /times in a unit that is not known; save them as integers/],
    ["spans of no unit", "'<m8[10x]'", /times in a unit/],
    ["long double", "'<f16'", /long double.*float64/],
    ["x87 long double", "'<f12'", /long double/],
    ["complex long double", "'<c32'", /complex long double.*complex128/],
    ["void", "'|V16'", /raw or structured bytes/],
    ["bfloat16", "'<V2'", /bfloat16; save it as float32/],
    ["an unknown name", "'<f3'", /unknown type; expected b1, i1/],
    ["nothing", "''", /unknown type/],
    ["a property of objects", "'constructor'", /unknown type/],
    ["no string", "8", /descr must be the name of a dtype/],
    ["None", "None", /descr must be the name of a dtype/],
  ])("for its dtype: %s", (_, descr, message) => {
    const error = refusal({ dict: dtype(descr) }, 16);
    expect(error.message).toMatch(message);
    expect(error.offset).toBe(10 + "{'descr': ".length);
  });

  test("for a structured dtype with names in UTF-8", () => {
    const dict = Buffer.from(dtype("[('größe', '<f8')]")).toString("latin1");
    expect(refusal({ dict, version: [3, 0] }, 16).message).toMatch(/structured/);
    const key = Buffer.from("{'größe': 1}").toString("latin1");
    expect(refusal({ dict: key, version: [3, 0] }).message).toContain('"größe"');
  });

  const at = shape("").indexOf(",", 45);
  test.each([
    ["a number", "(3)", /shape must be a tuple/, 1],
    ["a list", "[3]", /shape must be a tuple/, 0],
    ["a fraction", "(1.5,)", /has "\." where "," or "\)" should be/, 2],
    ["a string", "('3',)", /whole numbers/, 1],
    ["a bool", "(True,)", /whole numbers/, 1],
    ["a negative length", "(2, -3)", /axis of length -3; lengths are 0 or more/, 4],
    ["2^53 elements", "(9007199254740992,)", /more than 2\^53 - 1 elements/, 0],
    ["a product of 2^64", "(4294967296, 4294967296)", /more than 2\^53 - 1 elements/, 0],
    ["a product of 2^64 beside 0", "(0, 4294967296, 4294967296)", /more than 2\^53 - 1 elements/, 0],
    ["40 digits", `(${"9".repeat(40)},)`, /more than 2\^53 - 1 elements/, 0],
    ["41 digits", `(${"9".repeat(41)},)`, /integer in the header has 41 characters/, 1],
    ["a leading zero", "(03,)", /begins with a zero/, 1],
    ["65 axes", `(${"1, ".repeat(65)})`, /65 axes; at most 64/, 0],
  ])("for its shape: %s", (_, text, message, place) => {
    const error = refusal({ dict: shape(text) }, 16);
    expect(error.message).toMatch(message);
    expect(error.offset).toBe(10 + at + place);
  });

  test.each([
    ["an extra key", "{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': 1}", /the key "x"; its keys are/, 54],
    ["a key that is a number", "{1: 2}", /a key that is not a string/, 1],
    ["a key twice", "{'descr': '<f8', 'descr': '<f4'}", /the key "descr" twice/, 17],
    ["no shape", "{'descr': '<f8', 'fortran_order': False}", /has no shape/, 0],
    ["no descr", "{'fortran_order': False, 'shape': ()}", /has no descr/, 0],
    ["no fortran_order", "{'descr': '<f8', 'shape': ()}", /has no fortran_order/, 0],
    ["fortran_order as a number", "{'descr': '<f8', 'fortran_order': 1, 'shape': ()}", /must be True or False/, 34],
    ["no dictionary", "('descr', '<f8')", /not a dictionary/, 0],
    ["two dictionaries", "{} {}", /has "\{" where the end should be/, 3],
    ["a call", "dict(descr='<f8')", /has "d" where a string/, 0],
    ["code", "{'descr': __import__('os')}", /has "_" where a string/, 10],
    ["a property of objects", "{'descr': constructor}", /has "c" where a string/, 10],
    ["a missing colon", "{'descr' '<f8'}", /where ":" should be/, 9],
    ["a missing comma", "{'descr': '<f8' 'shape': ()}", /where "," or "\}" should be/, 16],
    ["a lone comma", "{,}", /has "," where a string/, 1],
    ["a string without end", "{'descr", /string in the header has no end/, 1],
    ["an unknown escape", "{'\\x41': 1}", /escape that is not read/, 2],
    ["a set", "{'descr', 'shape'}", /has "," where ":" should be/, 8],
    ["60,000 brackets", "(".repeat(60_000), /nested more than 32 deep/, 33],
  ])("for its dictionary: %s", (_, dict, message, place) => {
    const error = refusal({ dict });
    expect(error.message).toMatch(message);
    expect(error.offset).toBe(10 + place);
  });

  test("if there is no dictionary", () => {
    const error = refusal({ dict: "" });
    expect(error.message).toMatch(/the header has the end where a string/);
    expect(error.offset).toBe(64);
  });
});

describe("a file is refused", () => {
  test.each([
    ["npz", "PK\x03\x04", /looks like a zip archive, such as \.npz/],
    ["HDF5", "\x89HDF\r\n\x1a\n", /looks like an HDF5 or netCDF-4 file/],
    ["Parquet", "PAR1", /looks like a Parquet file/],
    ["gzip", "\x1f\x8b\x08", /looks like a gzip-compressed file \(decompress it first\)/],
    ["Zstandard", "\x28\xb5\x2f\xfd", /looks like a Zstandard/],
    ["pickle", "\x80\x04\x95", /looks like a Python pickle/],
    ["text", "a,b\n1,2\n", /its first bytes belong to no format that is known/],
  ])("that is %s", (_, bytes, message) => {
    const path = fileOf(Buffer.from(bytes, "latin1"), new Uint8Array(100));
    const error = thrownBy(() => openArrayNow(table.npy, path));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ path, offset: 0 });
    expect((error as Error).message).toMatch(/this is not a \.npy file/);
    expect((error as Error).message).toMatch(message);
  });

  test("that is empty", () => {
    const path = fileOf();
    expect(thrownBy(() => readNpyHeader(path))).toMatchObject({ name: "FormatError", path, offset: 0 });
  });

  test.each([
    [0, 0],
    [4, 0],
    [1, 1],
    [255, 255],
  ])("of version %i.%i", (major, minor) => {
    const error = refusal({ dict: dictOf("<f8", false, []), version: [major, minor] }, 8);
    expect(error.message).toContain(`version ${major}.${minor} of the .npy format is unknown`);
    expect(error.offset).toBe(6);
  });

  test.each([
    [2 ** 20 + 1, 8, /claims to have 1048577 bytes; a header has at most 1048576/],
    [2 ** 32 - 1, 8, /claims to have 4294967295 bytes/],
    [2 ** 20, 128, /header is truncated: it has 1048576 bytes from byte 12 on; the file has 128/],
  ])("whose header claims %i bytes", (length, offset, message) => {
    const error = refusal({ dict: dictOf("<f8", false, []), version: [2, 0], length }, 0);
    expect(error.message).toMatch(message);
    expect(error.offset).toBe(offset);
  });

  test("whose data is shorter than promised", () => {
    const error = refusal({ dict: dictOf("<f8", false, [2, 3]) }, 47);
    expect(error.message).toMatch(/truncated: .* 6 elements of 8 bytes, so 176 bytes in all; the file has 175/);
    expect(error.offset).toBe(175);
  });

  test("whose header promises more bytes than can be counted", () => {
    const error = refusal({ dict: dictOf("<c16", false, [2 ** 52, 1]) }, 16);
    expect(error.message).toMatch(/4503599627370496 elements of 16 bytes, so 72057594037928064 bytes in all/);
  });

  test("with bytes after the data", () => {
    const error = refusal({ dict: dictOf("<f2", false, [2, 3]) }, 15);
    expect(error.message).toMatch(/3 bytes after the data: .* 6 elements of 2 bytes, so 140 bytes in all; .* 143/);
    expect(error.offset).toBe(140);
    expect(refusal({ dict: dictOf("<f8", false, [0]) }, 1).offset).toBe(128);
  });

  test("that does not exist, or is a folder", () => {
    const missing = join(folder, "missing.npy");
    expect(thrownBy(() => readNpyHeader(missing))).toMatchObject({ path: missing, systemCode: "ENOENT" });
    expect(thrownBy(() => readNpyHeader(folder))).toMatchObject({ path: folder, systemCode: "EISDIR" });
  });

  test.runIf(linux)("without permission to read it", () => {
    const path = fileOf(headerBytes({ dict: dictOf("<f8", false, []) }), new Uint8Array(8));
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    const error = asNobody(() => thrownBy(() => readNpyHeader(path)));
    expect(error).toMatchObject({ name: "StorageError", path, systemCode: "EACCES" });
    unlinkSync(path);
  });
});

describe("writing headers", () => {
  test.each([...dtypes])("of %s gives headers that are read", (dtype) => {
    for (const shape of [[], [0], [5], [2, 3], [1, 7], [0, 3], [3, 1, 2]]) {
      for (const order of ["C", "F"] as const) {
        const header = npyHeader({ dtype, shape, order });
        expect(header.length % 64).toBe(0);
        expect(header.at(-1)).toBe(10);
        const bytes = descrs.find(([name, type]) => type === dtype && name !== "f2")![2];
        const path = fileOf(header, new Uint8Array(bytes * shape.reduce((product, length) => product * length, 1)));
        const found = readNpyHeader(path);
        expect(found).toMatchObject({
          dtype,
          shape,
          offset: header.length,
          encoding: { otherEndian: false, half: false },
        });
        if (shape.length === 2 && !shape.includes(0) && !shape.includes(1)) {
          expect(found.strides).toEqual(order === "C" ? [3, 1] : [1, 2]);
        }
      }
    }
  });

  test("gives the bytes that NumPy 2.4 writes", () => {
    const text = Buffer.from(npyHeader({ dtype: "float64", shape: [3, 4] })).toString("latin1");
    const dict = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }";
    expect(text).toBe(`\x93NUMPY\x01\x00\x76\x00${dict.padEnd(117, " ")}\n`);
  });

  test("of 64 axes of any length still fits into version 1", () => {
    const shape = [...new Array<number>(63).fill(1), 2 ** 49];
    expect(npyHeader({ dtype: "complex128", shape: shape.with(63, 2 ** 49 - 1), order: "F" })[6]).toBe(1);
    expect(() => npyHeader({ dtype: "bool", shape: [1, ...shape] })).toThrow(/65 axes; the format takes 64/);
    expect(() => npyHeader({ dtype: "complex128", shape })).toThrow(/562949953421312 elements of 16 bytes/);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
    "with an axis of length %s is refused",
    (length) => {
      expect(() => npyHeader({ dtype: "int8", shape: [2, length] })).toThrow(ShapeError);
    },
  );
});
