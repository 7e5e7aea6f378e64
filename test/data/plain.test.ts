/** Detects values that are wrongly taken for the same plain data, and equal values with different fingerprints. */
import { expect, test } from "vitest";
import { Fingerprints, samePlain } from "#src/data/plain";

test("equal data is the same and has one fingerprint, whatever the order of its keys", () => {
  const pairs: [unknown, unknown][] = [
    [
      { a: 1, b: [2, { c: "x" }] },
      { b: [2, { c: "x" }], a: 1 },
    ],
    [
      [Number.NaN, -0, 1.5],
      [Number.NaN, -0, 1.5],
    ],
    [2n ** 70n, 2n ** 70n],
    [{ a: undefined }, { a: undefined }],
    [null, null],
  ];
  const fingerprints = new Fingerprints();
  for (const [a, b] of pairs) {
    expect(samePlain(a, b)).toBe(true);
    expect(fingerprints.of(a)).toBe(fingerprints.of(b));
  }
});

test("data that differs in anything is not the same", () => {
  const all = [0, -0, 1, 1n, "1", true, false, null, undefined, [], {}, [1], [1, 1], [[1]], { a: 1 }, { b: 1 }];
  const more = [{ a: 1, b: 2 }, { a: 2, b: 1 }, { a: undefined }, [undefined], Number.NaN, { 0: 1, length: 1 }];
  const values: unknown[] = [...all, ...more];
  for (const [i, a] of values.entries())
    for (const [j, b] of values.entries()) expect(samePlain(a, b), `${i} and ${j}`).toBe(i === j);
});

test("of many different values hardly any share a fingerprint", () => {
  const fingerprints = new Fingerprints();
  const of = Array.from({ length: 20_000 }, (_, k) => [
    fingerprints.of({ value: k, shape: [4] }),
    fingerprints.of({ value: k + 1 / 3, shape: [4] }),
    fingerprints.of({ start: [k % 100, Math.floor(k / 100)] }),
    fingerprints.of({ id: `array ${k}` }),
  ]).flat();
  expect(new Set(of).size).toBeGreaterThan(79_990);
});
