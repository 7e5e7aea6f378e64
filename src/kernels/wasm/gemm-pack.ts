/**
 * Packing: the numbers of a matrix in the order in which the kernel of a product reads them.
 *
 *     panel 0: step 0 of neighbours 0 … w − 1, step 1 of the same, …     panel 1: neighbours w … 2w − 1, …
 *
 * Invariant: every panel is full, with zeros for numbers that the matrix does not have.
 */
import { Code, type Local } from "../../assembler/code.js";
import { type RealDType, words, zeros } from "./gemm-words.js";

/**
 * Writes the kernel `run(source, target, across, along, acrossStride, alongStride)` that packs panels of `width`
 * neighbours: `across` numbers of `along` steps, with strides in bytes. The rest of the last panel becomes zeros.
 */
export function writePack(dtype: RealDType, width: number): Code {
  const code = new Code();
  const { bytes, load, store } = words[dtype];
  const i32 = (name: string): Local => code.parameter("i32", name);
  const [source, target, across, along, acrossStride, alongStride] = [
    i32("source"), i32("target"), i32("across"), i32("along"), i32("acrossStride"), i32("alongStride"),
  ] as const; // biome-ignore format: a list
  const local = (name: string): Local => code.local("i32", name);
  const [left, at, from, many] = [local("left"), local("at"), local("from"), local("many")];
  const lane = (k: number): Local => (k === 0 ? from : local(`from${k}`));
  const eachVector = (visit: (offset: number) => void): void => {
    for (let offset = 0; offset < width * bytes; offset += 16) visit(offset);
  };

  /** Neighbours lie side by side. */
  const copy = (): void =>
    code.repeatOnce(left, 1, () => {
      eachVector((offset) => code.get(target, from).op("v128.load", offset).op("v128.store", offset));
      code.advance(from, alongStride);
      code.advance(target, width * bytes);
    });
  /** Neighbours lie apart. */
  const collect = (): void => {
    for (let k = 1; k < width; k++)
      code
        .get(lane(k - 1), acrossStride)
        .op("i32.add")
        .set(lane(k));
    code.repeatOnce(left, 1, () => {
      for (let k = 0; k < width; k++) {
        code
          .get(target, lane(k))
          .op(load, 0)
          .op(store, k * bytes);
        code.advance(lane(k), alongStride);
      }
      code.advance(target, width * bytes);
    });
  };
  /** There are fewer neighbours than a panel has. */
  const fill = (): void =>
    code.repeatOnce(left, 1, () => {
      eachVector((offset) => code.get(target).op("v128.const", zeros).op("v128.store", offset));
      code.get(from).set(at).get(across).set(many).get(target).set(local("to"));
      code.repeatOnce(many, 1, () => {
        code.get(local("to"), at).op(load, 0).op(store, 0);
        code.advance(at, acrossStride);
        code.advance(local("to"), bytes);
      });
      code.advance(from, alongStride);
      code.advance(target, width * bytes);
    });

  code.loop(() => {
    code.get(source).set(from).get(along).set(left);
    code.atLeast(across, width).op("if");
    code.get(acrossStride).i32(bytes).op("i32.eq").op("if");
    copy();
    code.op("else");
    collect();
    code.op("end").op("else");
    fill();
    code.op("end");
    code.get(source, acrossStride).i32(width).op("i32.mul").op("i32.add").set(source);
    code.get(across).i32(width).op("i32.sub").tee(across).i32(0).op("i32.gt_s");
  });
  return code;
}

/** Bytes 8 … 15 and 0 … 7, or the same with fours in both halves: the parts of complex numbers change places. */
const swapped: Readonly<Record<RealDType, Uint8Array>> = {
  float64: Uint8Array.of(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  float32: Uint8Array.of(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11),
};

/** The sign bits of the parts that become -im. */
const signs: Readonly<Record<RealDType, Uint8Array>> = {
  float64: Uint8Array.from({ length: 16 }, (_, i) => (i === 7 ? 0x80 : 0)),
  float32: Uint8Array.from({ length: 16 }, (_, i) => (i === 3 || i === 11 ? 0x80 : 0)),
};

/**
 * Writes the kernel `run(source, target, across, along, alongStride)` that packs complex numbers as blocks of real
 * ones, [re im; -im re]: `across` real numbers lie side by side, and every step of the source gives two.
 */
export function writePackComplex(dtype: RealDType, width: number): Code {
  const code = new Code();
  const { bytes } = words[dtype];
  const i32 = (name: string): Local => code.parameter("i32", name);
  const [source, target, across, along, alongStride] = [
    i32("source"), i32("target"), i32("across"), i32("along"), i32("alongStride"),
  ] as const; // biome-ignore format: a list
  const local = (name: string): Local => code.local("i32", name);
  const [left, at, to, from, many] = [local("left"), local("at"), local("to"), local("from"), local("many")];
  const pair = code.local("v128", "pair");
  const row = width * bytes;
  const turned = (): void => {
    code.get(pair, pair).op("i8x16.shuffle", swapped[dtype]).op("v128.const", signs[dtype]).op("v128.xor");
  };

  code.loop(() => {
    code.get(source).set(from).get(along).set(left);
    code.repeatOnce(left, 1, () => {
      code.atLeast(across, width).op("if");
      for (let offset = 0; offset < row; offset += 16) {
        code.get(from).op("v128.load", offset).set(pair);
        code.get(target, pair).op("v128.store", offset).get(target);
        turned();
        code.op("v128.store", row + offset);
      }
      code.op("else");
      for (let offset = 0; offset < 2 * row; offset += 16) {
        code.get(target).op("v128.const", zeros).op("v128.store", offset);
      }
      code.get(from).set(at).get(target).set(to).get(across).set(many);
      code.repeatOnce(many, 2, () => {
        if (bytes === 8) code.get(at).op("v128.load", 0).set(pair);
        else code.get(at).op("v128.load64_zero", 0).set(pair);
        if (bytes === 8) code.get(to, pair).op("v128.store", 0);
        else code.get(to, pair).op("v128.store64_lane", 0, 0);
        code.get(to);
        turned();
        if (bytes === 8) code.op("v128.store", row);
        else code.op("v128.store64_lane", row, 0);
        code.advance(at, 2 * bytes);
        code.advance(to, 2 * bytes);
      });
      code.op("end");
      code.advance(from, alongStride);
      code.advance(target, 2 * row);
    });
    code.get(source).i32(row).op("i32.add").set(source);
    code.get(across).i32(width).op("i32.sub").tee(across).i32(0).op("i32.gt_s");
  });
  return code;
}
