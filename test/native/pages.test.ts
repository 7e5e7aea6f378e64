/** Detects pages that are not made in the background, and memory or a process that suffers from it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { pagesAddon } from "#src/native/location";
import { pagesSource } from "#src/native/release";
import { native } from "../support/platform.js";
import { runProgram } from "../support/program.js";

test("release.ts has the hash of the addon's sources, in src and in what is shipped", () => {
  for (const folder of ["src", "dist"]) {
    const hash = createHash("sha256");
    for (const file of pagesSource.files) {
      hash.update(readFileSync(new URL(`../../${folder}/native/${file}`, import.meta.url)));
    }
    expect({ folder, hash: hash.digest("hex") }).toEqual({ folder, hash: pagesSource.sha256 });
  }
});

/** Runs a program to its end: `beforeExit` comes when no work is left in the background. */
async function output(text: string): Promise<unknown> {
  return JSON.parse(await runProgram(`import { makePages } from "#src/native/pages";\n${text}`));
}

describe.runIf(native)("pages that are made in the background", () => {
  test("become resident, and hold the numbers that are written meanwhile", async () => {
    const [resident, right] = (await output(`
      const bytes = 2 ** 28;
      const before = process.memoryUsage.rss();
      const numbers = new Float64Array(bytes / 8);
      makePages(numbers.buffer);
      for (let i = 0; i < numbers.length; i += 2 ** 20) numbers[i] = i + 1;
      process.once("beforeExit", () => {
        const resident = (process.memoryUsage.rss() - before) / bytes;
        const right = numbers.every((value, i) => value === (i % 2 ** 20 === 0 ? i + 1 : 0));
        console.log(JSON.stringify([resident, right]));
      });
    `)) as [number, boolean];
    expect(resident).toBeGreaterThan(0.9);
    expect(right).toBe(true);
  });

  test("leave memory as it is that has moved to another buffer meanwhile", async () => {
    const right = await output(`
      const memory = new ArrayBuffer(2 ** 27);
      makePages(memory);
      const moved = new Uint8Array(structuredClone(memory, { transfer: [memory] }));
      moved.fill(7);
      process.once("beforeExit", () => console.log(moved.every((byte) => byte === 7)));
    `);
    expect(right).toBe(true);
  });

  test.each(["", "process.exit(0)"])("do not keep a process from ending, by itself or by `%s`", (end) => {
    const program = `
      const { make } = require(${JSON.stringify(pagesAddon())});
      for (let i = 0; i < 8; i++) make(new Uint8Array(2 ** 26));
      ${end}
    `;
    const { status, signal } = spawnSync(process.execPath, ["-e", program]);
    expect([status, signal]).toEqual([0, null]);
  });
});
