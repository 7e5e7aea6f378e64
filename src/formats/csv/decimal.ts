/** Text to numbers where the parser leaves that to the host: exactly, and rarely, so it may be slow. */

/** The exact value of a decimal number as numerator and denominator; its exponent must be moderate. */
function fraction(text: string): { readonly over: bigint; readonly under: bigint } {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = "", whole = "", part = "", power = "0"] = match ?? [];
  const exponent = Number(power) - part.length;
  const digits = BigInt(whole + part) * (sign === "-" ? -1n : 1n);
  return exponent >= 0
    ? { over: digits * 10n ** BigInt(exponent), under: 1n }
    : { over: digits, under: 10n ** BigInt(-exponent) };
}

/** A finite float64 as a multiple of 2^-1074. */
function multiple(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fractionBits = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0 ? fractionBits : (fractionBits | (1n << 52n)) << BigInt(exponent - 1);
  return value < 0 ? -magnitude : magnitude;
}

/** The next float32, upwards or downwards. */
function neighbour(value: number, up: boolean): number {
  const view = new DataView(new ArrayBuffer(4));
  if (value === 0) {
    view.setUint32(0, up ? 1 : 0x80000001);
    return view.getFloat32(0);
  }
  view.setFloat32(0, value);
  view.setInt32(0, view.getInt32(0) + (value > 0 === up ? 1 : -1));
  return view.getFloat32(0);
}

/**
 * The float that is nearest to a decimal number, to even in a tie. For float64 that is JavaScript's own number. For
 * float32, rounding the nearest float64 again is wrong only if that lies half way between two float32: then the text
 * decides.
 */
export function exactNumber(text: string, bytes: number): number {
  const double = Number(text);
  const single = Math.fround(double);
  if (bytes === 8 || single === double) return double;
  // beyond the greatest float32, the next one would be 2^128
  const finite = Number.isFinite(single) ? single : Math.sign(double) * 2 ** 128;
  const other =
    Math.abs(finite) === 2 ** 128 ? Math.sign(double) * (2 ** 128 - 2 ** 104) : neighbour(single, double > single);
  if (Math.abs(double) > 2 ** 128) return single;
  const beyond = Number.isFinite(other) ? other : Math.sign(double) * 2 ** 128;
  if ((finite + beyond) / 2 !== double) return single;
  const { over, under } = fraction(text);
  const [exact, halfWay] = [over << 1074n, multiple(double) * under];
  if (exact === halfWay) return single;
  const greater = exact > halfWay;
  const chosen = greater === finite > beyond ? finite : beyond;
  return Math.fround(chosen);
}

/**
 * True if the nearest float64 of a whole number loses digits: it is another number, and its shortest text has other
 * digits. (JavaScript writes floats of up to 1e21 as whole numbers, such as 12345678901234567000.)
 */
export function rounds(text: string): boolean {
  const [value, whole] = [Number(text), BigInt(text.replace("+", ""))];
  if (Number.isFinite(value) && BigInt(value) === whole) return false;
  const [mantissa = ""] = value.toExponential().split("e");
  return mantissa.replace(/[-.]/g, "") !== String(whole).replace("-", "").replace(/0+$/, "");
}

/** The value of a word: not a number, infinite, or missing (not a number); undefined if it means nothing. */
export function wordValue(text: string, missing: ReadonlyMap<string, number>): number | undefined {
  const known = missing.get(text);
  if (known !== undefined) return known;
  const [, sign, word] = /^([+-]?)(nan|inf|infinity)$/i.exec(text) ?? [];
  if (word === undefined) return undefined;
  if (word.toLowerCase() === "nan") return Number.NaN;
  return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
