/**
 * Times: numbers that count a unit. They are read as int64, and what they count is said by attributes in the words of
 * the CF conventions, which xarray and others understand. NaT ("not a time") stays what it is in the file, the least
 * int64.
 */

/** The units of NumPy that CF has, by CF's names. Years and months are left out: they have no fixed length. */
const units: Readonly<Record<string, string>> = {
  D: "days",
  h: "hours",
  m: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
};

/** Times as NumPy describes them: points in time since 1970, or spans; what one step of the number is. */
export interface TimeType {
  readonly kind: "datetime64" | "timedelta64";
  /** A unit of NumPy, with a number in front where a step is several: `"ns"`, `"25s"`; `""` where there is none. */
  readonly unit: string;
}

/** The units as NumPy writes them. */
const pattern = /^([Mm])8(?:\[((?:[1-9]\d*)?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as))\])?$/;

/** The times of a short name of NumPy without the order of bytes, such as `"M8[ns]"`; undefined for other names. */
export function timeOfDescr(name: string): TimeType | undefined {
  const [found, letter, unit = ""] = pattern.exec(name) ?? [];
  return found === undefined ? undefined : { kind: letter === "M" ? "datetime64" : "timedelta64", unit };
}

/**
 * The attributes that say what times count; none for other elements.
 *
 * ```ts
 * timeAttributes({ kind: "datetime64", unit: "ns" });
 * // { dtype: "datetime64[ns]", units: "nanoseconds since 1970-01-01", calendar: "proleptic_gregorian" }
 * ```
 */
export function timeAttributes(time: TimeType | undefined): Readonly<Record<string, string>> {
  if (time === undefined) return {};
  const { kind, unit } = time;
  const dtype = unit === "" ? kind : `${kind}[${unit}]`;
  const word = units[unit];
  if (word === undefined) return { dtype };
  if (kind === "timedelta64") return { dtype, units: word };
  return { dtype, units: `${word} since 1970-01-01`, calendar: "proleptic_gregorian" };
}
