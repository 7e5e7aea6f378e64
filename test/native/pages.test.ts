/** Detects pages that are not made in the background, and memory that is changed, or a process that is held up, by it. */
import { spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { pagesAddon } from "#src/native/location";
import { makePages } from "#src/native/pages";
import { native } from "../support/native.js";

describe.runIf(native)("pages that are made in the background", () => {
  test("are there soon, and hold what was written meanwhile", async () => {
    const bytes = 2 ** 28;
    const before = process.memoryUsage.rss();
    const numbers = new Float64Array(bytes / 8);
    makePages(numbers.buffer);
    for (let i = 0; i < numbers.length; i += 2 ** 20) numbers[i] = i + 1;
    const grown = () => process.memoryUsage.rss() - before;
    for (let i = 0; i < 1000 && grown() < 0.9 * bytes; i++) await wait(10);
    expect(grown()).toBeGreaterThan(0.9 * bytes);
    expect(numbers.every((value, i) => value === (i % 2 ** 20 === 0 ? i + 1 : 0))).toBe(true);
  });

  test("of memory that has gone to another thread meanwhile", async () => {
    const memory = new ArrayBuffer(2 ** 27);
    makePages(memory);
    const moved = structuredClone(memory, { transfer: [memory] });
    new Uint8Array(moved).fill(7);
    await wait(50);
    expect(new Uint8Array(moved).every((byte) => byte === 7)).toBe(true);
  });

  test.each(["", "process.exit(0)"])("do not hinder a process from ending, by itself or by `%s`", (end) => {
    const program = `
      const { make } = require(${JSON.stringify(pagesAddon())});
      for (let i = 0; i < 8; i++) make(new Uint8Array(2 ** 26));
      ${end}
    `;
    const { status, signal } = spawnSync(process.execPath, ["-e", program], { timeout: 60_000 });
    expect([status, signal]).toEqual([0, null]);
  });
});
