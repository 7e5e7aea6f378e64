/** Detects bundles of a program and this package that cannot be loaded, or whose workers do not start. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import { version } from "#src/data/version";
import description from "../../package.json" with { type: "json" };
import { temporaryFolder } from "../support/folder.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = temporaryFolder();

test("the version in the code is that of the package", () => {
  expect(version).toBe(description.version);
});

describe.each(["esm", "cjs"] as const)("a bundle as %s", (format) => {
  const out = join(folder, format);
  const path = join(out, "program.js");

  test("computes on workers of the installed package, and says what to do where there is none", async () => {
    const input = join(folder, "program.mjs");
    writeFileSync(
      input,
      `import { ones } from "${root}dist/index.js";
      const x = ones([4], { chunks: 2 });
      const text = (computed) => computed.then(String, (error) => error.message);
      const main = async () => {
        console.log(await text(x.mapBlocks(({ data }) => data.map((v) => 2 * v)).sum().compute({ workers: 1 })));
        console.log(await text(x.mapBlocks(({ data }) => data).sum().compute({ workers: 0 })));
      };
      main();`,
    );
    // what formats load lazily is left out: it takes long to bundle, and nothing here opens a file
    const external = [/^(apache-arrow|flatbuffers|h5wasm|hyparquet.*|numcodecs|zarrita|zstd-napi)(\/|$)/];
    const bundle = await rolldown({
      input,
      platform: "node",
      external,
      moduleTypes: { ".txt": "js" },
      logLevel: "silent",
    });
    await bundle.write({ dir: out, format, entryFileNames: "program.js" });
    writeFileSync(join(out, "package.json"), JSON.stringify({ type: format === "esm" ? "module" : "commonjs" }));
    await bundle.close();

    const run = async (cwd: string): Promise<string[]> =>
      (await promisify(execFile)(process.execPath, [path], { cwd })).stdout.trim().split("\n");
    // the working directory has the package: it is this repository
    expect(await run(root)).toEqual(["8", "4"]);

    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere, { recursive: true });
    const [refusal, alone] = await run(elsewhere);
    expect(refusal).toMatch(
      /the file worker\.js of chunkwise .*not in this bundle; leave chunkwise out .*esbuild: --external:chunkwise/,
    );
    expect(alone).toBe("4");
  });
});
