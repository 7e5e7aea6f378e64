import { expect, test } from "vitest";
import { formatBytes, parseBytes } from "#src/data/bytes";
import { ArgumentError } from "#src/data/errors";

test.each([
  [65_536, 65_536],
  [1.9, 1],
  ["65536", 65_536],
  ["1B", 1],
  ["512MB", 512_000_000],
  ["512MiB", 512 * 2 ** 20],
  ["512mb", 512_000_000],
  ["1.5 GB", 1_500_000_000],
  [" .5KiB ", 512],
  ["2g", 2_000_000_000],
  ["2Gi", 2 ** 31],
  ["3TB", 3e12],
  ["1PiB", 2 ** 50],
])("parseBytes(%j) is %d", (size, bytes) => {
  expect(parseBytes(size, "test")).toBe(bytes);
});

test.each([
  "",
  "MB",
  "12 parsecs",
  "-1MB",
  "1e9",
  "0",
  "0.5B",
  "iB",
  "5iB",
  "1.2.3MB",
  "9999999PB",
  -1,
  0.5,
  Infinity,
  NaN,
])("parseBytes(%j) is an error", (size) => {
  expect(() => parseBytes(size, "compute: memoryLimit")).toThrow(ArgumentError);
});

test("parseBytes' error says what it got and what is right", () => {
  expect(() => parseBytes("lots", "compute: memoryLimit")).toThrowErrorMatchingInlineSnapshot(
    `[ArgumentError: compute: memoryLimit: "lots" is not a size in bytes; expected 512000000, "512MB" or "1.5GiB"]`,
  );
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 KB"],
  [12_345, "12.3 KB"],
  [512_000_000, "512 MB"],
  [1_250_000_000, "1.25 GB"],
  [5e18, "5000 PB"],
])("formatBytes(%d) is %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
