/** The instructions of matrix products, by the dtype of the numbers. */
import type { Opcode } from "../../assembler/opcodes.js";

/** The dtypes of products. */
export type RealDType = "float32" | "float64";

/** The instructions of one dtype. */
interface Words {
  readonly bytes: number;
  readonly type: "f32" | "f64";
  readonly splat: Opcode;
  readonly loadSplat: Opcode;
  readonly add: Opcode;
  readonly mul: Opcode;
  readonly madd: Opcode;
  readonly load: Opcode;
  readonly store: Opcode;
  readonly addOne: Opcode;
  readonly mulOne: Opcode;
}

/** By dtype. */
export const words: Readonly<Record<RealDType, Words>> = {
  float32: {
    bytes: 4,
    type: "f32",
    splat: "f32x4.splat",
    loadSplat: "v128.load32_splat",
    add: "f32x4.add",
    mul: "f32x4.mul",
    madd: "f32x4.relaxed_madd",
    load: "f32.load",
    store: "f32.store",
    addOne: "f32.add",
    mulOne: "f32.mul",
  },
  float64: {
    bytes: 8,
    type: "f64",
    splat: "f64x2.splat",
    loadSplat: "v128.load64_splat",
    add: "f64x2.add",
    mul: "f64x2.mul",
    madd: "f64x2.relaxed_madd",
    load: "f64.load",
    store: "f64.store",
    addOne: "f64.add",
    mulOne: "f64.mul",
  },
};

/** Sixteen bytes of a constant 0. */
export const zeros: Uint8Array = new Uint8Array(16);
