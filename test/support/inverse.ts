/** The inverse of a large random matrix by a backend, looked at in a few rows of A · A⁻¹. */
import { expect } from "vitest";
import type { Backend } from "#src/kernels/backend";
import { workspaceBytes } from "#src/program/routines/table";
import type { RoutineCall } from "#src/routines/routine";
import { randomOf } from "../conformance/backend/values.js";

/**
 * Inverts a matrix of n × n; `before` sees the call. Fails where a row is not that of the identity, or the matrix has
 * changed.
 */
export function checkInverse(
  backend: Backend,
  n: number,
  rows: readonly number[],
  before: (call: RoutineCall) => void = () => {},
): void {
  const bytes = 8 * n * n;
  const [matrix, inverse] = [0, bytes].map((offset) => ({ dtype: "float64" as const, shape: [n, n], offset }));
  const call: RoutineCall = {
    routine: "inv",
    params: null,
    inputs: [matrix!],
    outputs: [inverse!],
    first: true,
    workspace: 2 * bytes,
  };
  backend.reserve(2 * bytes + workspaceBytes("inv", call.inputs, null));
  const a = new Float64Array(backend.buffer, 0, n * n);
  const random = randomOf(1);
  for (let i = 0; i < a.length; i++) a[i] = random() - 0.5;
  const given = a.slice();
  before(call);
  backend.call(call);
  expect(Buffer.from(a.buffer, 0, bytes).equals(Buffer.from(given.buffer))).toBe(true);
  const x = new Float64Array(backend.buffer, bytes, n * n);
  for (const i of rows) {
    const row = new Float64Array(n);
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) row[j] = row[j]! + a[i * n + k]! * x[k * n + j]!;
    row[i] = row[i]! - 1;
    expect(Math.hypot(...row)).toBeLessThan(1e-9);
  }
}
