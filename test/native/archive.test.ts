/** Detects members that are lost, cut off, or written where they do not belong. Archives are made by Python. */
import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "chunkwise";
import { describe, expect, test } from "vitest";
import { extract } from "#src/native/archive";
import { folder } from "../cli/program.js";

const python = process.env.CHUNKWISE_PYTHON;

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
  execFileSync(python!, ["-c", program, path]);
  return path;
}

describe.runIf(python !== undefined)("zip archives", () => {
  test("members that are wanted, and no others", async () => {
    const out = folder();
    const count = await extract(archive(), out, (name) => (name.startsWith("..") ? undefined : `to/${name}`));
    expect(count).toBe(3);
    const large = readFileSync(join(out, "to/one/large.bin"));
    expect([large.length, large.every((byte, i) => byte === i % 256)]).toEqual([5_120_000, true]);
    expect(readFileSync(join(out, "to/one/stored.txt"), "utf8")).toBe("as it is");
    expect(readFileSync(join(out, "to/empty")).length).toBe(0);
  });

  test("nothing leaves the folder", async () => {
    await expect(extract(archive(), folder(), (name) => name)).rejects.toThrow(/\.\.\/out leads out/);
  });

  test("an archive that is cut off", async () => {
    const path = archive();
    truncateSync(path, 5000);
    await expect(extract(path, folder(), (name) => name)).rejects.toThrow(FormatError);
  });
});
