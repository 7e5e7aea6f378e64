/** Python's own float(), csv and numpy as judges: the same bits, the same fields. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCsvFile } from "#src/formats/csv/open";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { readAll } from "./tables.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** How many elements of a file of text differ from those of a file of bytes. */
async function differing(text: string, bytes: string, dtype: "float64" | "float32" | "int64"): Promise<string[]> {
  const array = await openCsvFile(at(text), { dtype, header: false, partBytes: 2 ** 16 });
  const [found, wanted] = [await readAll(array), readFileSync(at(bytes))];
  const item = dtype === "float32" ? 4 : 8;
  const lines = readFileSync(at(text), "latin1").trim().split(/[\n,]/);
  expect(found.length).toBe(wanted.length);
  expect(found.length).toBe(lines.length * item);
  return lines.filter(
    (_, i) => Buffer.compare(found.subarray(i * item, (i + 1) * item), wanted.subarray(i * item, (i + 1) * item)) !== 0,
  );
}

describe("numbers are those of Python, bit for bit", () => {
  test("float64 is the result of float()", async () => {
    await runPython(
      `
import random, struct, sys
from fractions import Fraction
folder = sys.argv[1]
r = random.Random(1)
def double():
    while True:
        x, = struct.unpack("<d", struct.pack("<Q", r.getrandbits(64)))
        if x == x and abs(x) != float("inf"): return x
def half_way(x):
    "the number between a double and the next one, exactly, as decimal text"
    bits, = struct.unpack("<Q", struct.pack("<d", abs(x)))
    y, = struct.unpack("<d", struct.pack("<Q", bits + 1))
    if y == float("inf"): return repr(x)
    f = (Fraction(abs(x)) + Fraction(y)) / 2
    k = f.denominator.bit_length() - 1
    digits = str(f.numerator * 5 ** k)
    return "%s%se-%d" % ("-" if x < 0 else "", digits, k)
texts = []
for _ in range(20000):
    x = double()
    texts += [repr(x), "%.18e" % x, "%.16g" % x, "%.20e" % x, "%.30E" % x]
    u = r.random() * 10.0 ** r.randint(-8, 8)
    texts += [repr(u), "%.3f" % u, "%.17f" % u, "%.25f" % u, repr(-u), "%+g" % u]
    n = r.randint(1, 40)
    texts.append("".join(r.choice("0123456789") for _ in range(n)) + "e%d" % r.randint(-360, 330))
    m = "".join(r.choice("0123456789") for _ in range(r.randint(1, 25)))
    k = r.randint(0, len(m))
    texts.append(m[:k] + "." + m[k:])
for _ in range(3000):
    x = double()
    h = half_way(x)
    m, e = h.split("e") if "e" in h else (h, "0")
    texts += [h, m + "0" * 5 + "1e%d" % (int(e) - 6), str(int(m) - 1) + "e" + e if "." not in m else m]
    s = r.getrandbits(r.randint(1, 52)) * 5e-324
    texts += [repr(s), half_way(s), "%.17g" % s, "%.25e" % s]
    w = float(r.getrandbits(53) | 1 << 52)
    texts += [half_way(w), half_way(w / 1024), str(r.getrandbits(64)), str(r.getrandbits(63)) + ".5"]
    texts += [str(2**53 + r.getrandbits(8)), str((2**53 + r.getrandbits(10)) * 2 + 1)]
texts += ["1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "179769313486231580793e289"]
texts += ["4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324"]
texts += ["2.2250738585072011e-308", "2.2250738585072014e-308", "0e400", "0.0e-999", "-0", "1e23", "8.5e22"]
texts += ["9007199254740993", "9007199254740992.999999999999999999999", "1e-400", "1e400"]
open(folder + "/f64.csv", "w").write("\\n".join(texts) + "\\n")
open(folder + "/f64.bin", "wb").write(struct.pack("<%dd" % len(texts), *map(float, texts)))
`,
      folder,
    );
    expect(await differing("f64.csv", "f64.bin", "float64")).toEqual([]);
  });

  test("float32 is the nearest to the text, not to the nearest float64", async () => {
    await runPython(
      `
import random, struct, sys
import numpy as np
from fractions import Fraction
folder = sys.argv[1]
r = random.Random(2)
np.seterr(all="ignore")
top = Fraction(2) ** 128
def exact(text):
    "the nearest float32, to even in a tie, by fractions"
    f = Fraction(text)
    guess = np.float32(float(text))
    best = []
    for c in (guess, np.nextafter(guess, np.float32(np.inf)), np.nextafter(guess, np.float32(-np.inf))):
        value = Fraction(float(c)) if np.isfinite(c) else (top if c > 0 else -top)
        best.append((abs(value - f), int(c.view(np.uint32)) & 1, c))
    best.sort(key=lambda t: t[:2])
    c = best[0][2]
    return np.copysign(c, np.float32(-1)) if text.startswith("-") else np.copysign(c, np.float32(1))
def decimal(f):
    k = f.denominator.bit_length() - 1
    return str(f.numerator * 5 ** k) + "e-%d" % k
texts = []
for _ in range(3000):
    bits = r.getrandbits(31)
    x = np.uint32(bits).view(np.float32)
    if not np.isfinite(x): continue
    y = np.nextafter(x, np.float32(np.inf))
    texts += [repr(float(x)), "%.9g" % x, "%.17g" % (float(x) * (1 + r.random() * 1e-7))]
    if not np.isfinite(y): continue
    middle = (Fraction(float(x)) + Fraction(float(y))) / 2
    h = decimal(middle)
    m, e = h.split("e")
    texts += [h, "-" + h, m + "00001e%d" % (int(e) - 5), str(int(m + "00000") - 1) + "e%d" % (int(e) - 5)]
    s = r.getrandbits(23) * 2.0 ** -149
    texts += [repr(s), decimal(Fraction(s) + Fraction(1, 2 ** 150)), "%.7e" % s]
    texts += ["%.6f" % (r.random() * 1000), str(r.getrandbits(30))]
texts += ["3.4028235e38", "3.4028235677973366e38", "3.4028235677973365e38", "3.4028235677973367e38"]
texts += ["-3.4028236e38", "1e39", "7.006492321624085e-46", "7.006492321624086e-46", "1.401298464324817e-45"]
texts += ["0", "-0.0", "1e-60"]
open(folder + "/f32.csv", "w").write("\\n".join(texts) + "\\n")
np.array([exact(t) for t in texts], np.float32).tofile(folder + "/f32.bin")
`,
      folder,
    );
    expect(await differing("f32.csv", "f32.bin", "float32")).toEqual([]);
  });

  test("tables of numpy.savetxt and Python's csv are read as they were written", async () => {
    await runPython(
      `
import csv, sys
import numpy as np
folder = sys.argv[1]
r = np.random.default_rng(3)
a = r.standard_normal((3000, 7)) * 10.0 ** r.integers(-30, 30, (3000, 7))
np.savetxt(folder + "/txt.csv", a, delimiter=",")
a.tofile(folder + "/txt.bin")
i = r.integers(-2**63, 2**63 - 1, (3000, 5)) >> r.integers(0, 60, (3000, 5))
np.savetxt(folder + "/int.csv", i, fmt="%d", delimiter=",")
i.tofile(folder + "/int.bin")
with open(folder + "/quoted.csv", "w", newline="") as file:
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["a", "the \\"b\\", quoted", "c\\nd"])
    for x, y in a[:, :2].tolist():
        writer.writerow([x, "some, text\\nwith \\"all\\" \\r\\n of it", y])
a[:, :2].tofile(folder + "/quoted.bin")
`,
      folder,
    );
    expect(await differing("txt.csv", "txt.bin", "float64")).toEqual([]);
    expect(await differing("int.csv", "int.bin", "int64")).toEqual([]);
    const array = await openCsvFile(at("quoted.csv"), { columns: ["a", "c\nd"], partBytes: 3000 });
    expect(array.shape).toEqual([3000, 2]);
    expect((await readAll(array)).equals(readFileSync(at("quoted.bin")))).toBe(true);
  });
});

test("records and fields are those of Python's csv", async () => {
  // fields of letters and marks; the column of numbers shows which record is which
  const code = `
import csv, json, random, sys
r = random.Random(4)
rows = []
text = ""
for i in range(2000):
    fields = ['x', '"x"', '"a,b"', '"1\\n2"', '"q""q"', 'm"m', '""', '', '"t"t', ' "s', '"\\r\\n,"']
    parts = [r.choice(fields) for _ in range(2)]
    text += "%s,%d,%s" % (parts[0], i * 3, parts[1]) + r.choice(["\\n", "\\r\\n", "\\n\\n", "\\r\\n\\r\\n"])
open(sys.argv[1], "w", newline="").write(text)
rows = [row for row in csv.reader(open(sys.argv[1], newline="")) if row]
print(json.dumps([row[1] for row in rows]))
`;
  const wanted = JSON.parse(await runPython(code, at("fields.csv"))) as string[];
  for (const partBytes of [50, 5000, 2 ** 20]) {
    const options = { column: 1, partBytes, delimiter: ",", header: false } as const;
    const array = await openCsvFile(at("fields.csv"), options);
    expect(array.shape).toEqual([wanted.length]);
    const bytes = await readAll(array);
    expect(Array.from({ length: wanted.length }, (_, i) => String(bytes.readBigInt64LE(8 * i)))).toEqual(wanted);
  }
  writeFileSync(at("fields.csv"), "");
});
