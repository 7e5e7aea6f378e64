/** The comparison of whole folders with the readers of Python, over a folder with an array of every format. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { arange, saveNpz } from "chunkwise";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();
const main = fileURLToPath(new URL("main.mjs", import.meta.url));
const python = process.env.CHUNKWISE_PYTHON;

const walked = (...folders: readonly string[]) =>
  spawnSync(process.execPath, [main, ...folders], {
    encoding: "utf8",
    env: { ...process.env, CHUNKWISE_PYTHON: python },
  });

test("a folder of files of all formats is equal, array by array, and what is damaged is read by nobody", async () => {
  const x = arange(12).astype("float64").divide(7).reshape([4, 3]);
  const inner = join(folder, "good", "inner");
  mkdirSync(inner, { recursive: true });
  await x.saveNpy(join(inner, "x.npy"));
  await saveNpz(join(inner, "x.npz"), { a: x, b: x.T });
  await x.saveZarr(join(inner, "x.zarr"));
  await x.saveArrow(join(inner, "x.arrow"));
  await x.saveParquet(join(inner, "x.parquet"));
  await x.saveCsv(join(inner, "x.csv"));
  writeFileSync(join(inner, "damaged.npy"), Buffer.from("\x93NUMPY\x01\x00 and nothing more", "latin1"));
  writeFileSync(join(inner, "notes"), "not a format");
  const { stdout, status } = walked(join(folder, "good"));
  expect(stdout).toMatch(/^15 arrays: 13 equal, 0 differs, 0 ours, 0 theirs, 1 neither, 1 unknown$/m);
  expect(stdout).toMatch(/^equal {4}\S*x\.npz b: float64 \[3, 4\]$/m);
  expect(status).toBe(0);
});

test("a text that pandas reads otherwise differs, and the program fails", () => {
  const path = join(folder, "bad");
  mkdirSync(path);
  // pandas takes the first column, which has no name, for names of rows
  writeFileSync(join(path, "x.csv"), '"a" "b"\n"1" 10 100\n"2" 20 200\n');
  const { stdout, status } = walked(path);
  expect(stdout).toMatch(/^1 arrays: 0 equal, 1 differs/m);
  expect(status).toBe(1);
});
