/** The types of the elements of Arrow's fields. */
import { Date as DateType } from "apache-arrow/fb/date";
import { Decimal } from "apache-arrow/fb/decimal";
import { Duration } from "apache-arrow/fb/duration";
import type { Field } from "apache-arrow/fb/field";
import { FloatingPoint } from "apache-arrow/fb/floating-point";
import { Int } from "apache-arrow/fb/int";
import { Time } from "apache-arrow/fb/time";
import { Timestamp } from "apache-arrow/fb/timestamp";
import { Type } from "apache-arrow/fb/type";
import type { Column, Stored } from "../tables/columns.js";
import { isScale } from "../tables/decimals.js";
import type { TimeType } from "../times.js";

const units: readonly (string | undefined)[] = ["s", "ms", "us", "ns"];

/** The bits that decimals may have. */
const decimalBits = [32, 64, 128, 256];

/** The integers by their bits. */
const integers: Readonly<Record<number, { readonly signed: Stored; readonly unsigned: Stored }>> = {
  8: { signed: "int8", unsigned: "uint8" },
  16: { signed: "int16", unsigned: "uint16" },
  32: { signed: "int32", unsigned: "uint32" },
  64: { signed: "int64", unsigned: "uint64" },
};

/** The floats by their precision. */
const floats: readonly { readonly stored: Stored; readonly bits: number }[] = [
  { stored: "float16", bits: 16 },
  { stored: "float32", bits: 32 },
  { stored: "float64", bits: 64 },
];

/** Makes the error for bytes that cannot be right. */
export type Refuse = (problem: string) => Error;

/** What is known of the elements of a field without its place. */
export interface Elements extends Pick<Column, "type" | "stored" | "time" | "zone" | "scale"> {
  /** The bits of an element; 0 if elements have no fixed size. */
  readonly bits: number;
}

const other = (type: string): Elements => ({ type, stored: undefined, bits: 0 });
const number = (stored: Stored, bits: number): Elements => ({ type: stored, stored, bits });

function time(kind: TimeType["kind"], unit: string | undefined, bits: number, zone?: string | null): Elements {
  if (unit === undefined) return other("times in an unknown unit");
  const type = `${kind}[${unit}]`;
  const stored = bits === 32 ? "int32" : "int64";
  return { type, stored, time: { kind, unit }, bits, ...(zone ? { zone } : {}) };
}

/** The type of a field's elements; of a field with a dictionary, that of those in the dictionary. */
export function elementsOf(field: Field, refuse: Refuse): Elements {
  const described = <T extends Int | FloatingPoint | DateType | Time | Timestamp | Duration | Decimal>(into: T): T => {
    const type: T | null = field.type(into);
    if (type === null) throw refuse("the type of a field of it is missing");
    return type;
  };
  switch (field.typeType()) {
    case Type.Bool:
      return number("bool", 1);
    case Type.Int: {
      const type = described(new Int());
      const bits = type.bitWidth();
      const found = integers[bits];
      if (found === undefined) return other(`integers of ${bits} bits`);
      return number(type.isSigned() ? found.signed : found.unsigned, bits);
    }
    case Type.FloatingPoint: {
      const found = floats[described(new FloatingPoint()).precision()];
      return found === undefined ? other("floats of an unknown size") : number(found.stored, found.bits);
    }
    case Type.Decimal: {
      const type = described(new Decimal());
      const [bits, scale] = [type.bitWidth(), type.scale()];
      const name = `decimal(${type.precision()}, ${scale})`;
      if (!decimalBits.includes(bits) || !isScale(scale)) return other(name);
      return { type: name, stored: "float64", scale, bits };
    }
    case Type.Date:
      return described(new DateType()).unit() === 0 ? time("datetime64", "D", 32) : time("datetime64", "ms", 64);
    case Type.Time: {
      const type = described(new Time()); // the span since midnight
      return time("timedelta64", units[type.unit()], type.bitWidth() === 64 ? 64 : 32);
    }
    case Type.Timestamp: {
      const type = described(new Timestamp());
      return time("datetime64", units[type.unit()], 64, type.timezone());
    }
    case Type.Duration:
      return time("timedelta64", units[described(new Duration()).unit()], 64);
    default:
      return other(nameOf(field.typeType()));
  }
}

/** The name of a type, for messages. */
function nameOf(type: Type): string {
  return String(Type[type] ?? type)
    .replace("_", "")
    .toLowerCase();
}
