/** The floats beside a number, for limits that a result must not reach. */

/** A dtype of real floats. */
export type FloatDType = "float32" | "float64";

const memory = new DataView(new ArrayBuffer(8));

/** The float after another that is one of the dtype: the next one away from 0 (by 1) or towards it (by −1). */
function moved(x: number, dtype: FloatDType, by: 1 | -1): number {
  if (dtype === "float32") {
    memory.setFloat32(0, x);
    memory.setInt32(0, memory.getInt32(0) + by);
    return memory.getFloat32(0);
  }
  memory.setFloat64(0, x);
  memory.setBigInt64(0, memory.getBigInt64(0) + BigInt(by));
  return memory.getFloat64(0);
}

const smallest = { float32: 2 ** -149, float64: 2 ** -1074 } as const;

/** The least float of a dtype that is not below a number. */
export function ceilFloat(x: number, dtype: FloatDType): number {
  const near = dtype === "float32" ? Math.fround(x) : x;
  if (near >= x) return near;
  return near === 0 ? smallest[dtype] : moved(near, dtype, near > 0 ? 1 : -1);
}

/** The largest float of a dtype that is below a number. */
export function floatBelow(x: number, dtype: FloatDType): number {
  const near = dtype === "float32" ? Math.fround(x) : x;
  if (near < x) return near;
  return near === 0 ? -smallest[dtype] : moved(near, dtype, near > 0 ? -1 : 1);
}
