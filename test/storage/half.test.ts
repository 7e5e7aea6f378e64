/** Detects a half that is widened to another number, or a NaN that loses its sign or its payload. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRaw } from "chunkwise";
import { expect, test } from "vitest";
import { widen } from "#src/formats/tables/elements";
import { widenHalves } from "#src/storage/half";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();
const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);

/** The float32 of a half by its definition; of a NaN, the sign and the payload move with it. */
function wanted(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  if (exponent === 31) bits[0] = (sign < 0 ? 0xff800000 : 0x7f800000) + fraction * 2 ** 13;
  else float[0] = sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  return bits[0]!;
}

const wantedBits = [...all].map(wanted);
const bitsOf = (floats: Float32Array): number[] => [
  ...new Uint32Array(floats.buffer, floats.byteOffset, floats.length),
];

test("all 65,536 halves become the float32 of the same value, NaNs with sign and payload", () => {
  const floats = new Float32Array(all.length);
  widenHalves(all, floats);
  expect(bitsOf(floats)).toEqual(wantedBits);
});

test("a loop that reads halves from a file in place gives the same bits", async () => {
  const path = join(folder, "halves.bin");
  writeFileSync(path, all);
  const { data } = await openRaw(path, { dtype: "float16", shape: [all.length] }).compute({ workers: 0 });
  expect(bitsOf(data as Float32Array)).toEqual(wantedBits);
});

test("a column of halves gives the same bits, and beside a column of float64 the same values", () => {
  const floats = new Float32Array(all.length);
  widen("float16", all, floats, false);
  expect(bitsOf(floats)).toEqual(wantedBits);
  const doubles = new Float64Array(all.length);
  widen("float16", all, doubles, false);
  expect(doubles).toEqual(Float64Array.from(floats));
});
