/**
 * Detects members of zip archives that are lost, truncated, or written outside the folder. Python makes the archives.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "chunkwise";
import { describe, expect, test } from "vitest";
import { extract } from "#src/native/archive";
import { folder } from "../cli/program.js";

const python = process.env.CHUNKWISE_PYTHON ?? "";

/** A zip archive of a large deflated member, a stored one, an empty one, and one that would leave the folder. */
function archive(): string {
  const path = join(folder(), "a.zip");
  const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("one/large.bin", bytes(range(256)) * 20000)
    z.writestr(zipfile.ZipInfo("one/stored.txt"), "as it is")
    z.writestr("empty", "")
    z.writestr("../out", "no")
    z.comment = b"PK a comment"
`;
  execFileSync(python, ["-c", program, path]);
  return path;
}

describe.runIf(python !== "")("extracting a zip archive", () => {
  test("writes the members that are asked for and no others", async () => {
    const out = folder();
    const count = await extract(archive(), out, (name) => (name.startsWith("..") ? undefined : `to/${name}`));
    expect(count).toBe(3);
    const large = readFileSync(join(out, "to/one/large.bin"));
    expect([large.length, large.every((byte, i) => byte === i % 256)]).toEqual([5_120_000, true]);
    expect(readFileSync(join(out, "to/one/stored.txt"), "utf8")).toBe("as it is");
    expect(readFileSync(join(out, "to/empty")).length).toBe(0);
  });

  test("refuses a member that would be written outside the folder", async () => {
    await expect(extract(archive(), folder(), (name) => name)).rejects.toThrow(
      /\.\.\/out would be written outside the folder/,
    );
  });

  test("refuses an archive that is truncated", async () => {
    const path = archive();
    truncateSync(path, 5000);
    await expect(extract(path, folder(), (name) => name)).rejects.toThrow(FormatError);
  });
});
