/**
 * The form of a computation as text: everything that its plan follows from, but not where arrays in memory are.
 *
 * Computations of one form have one plan: `x.add(1).sum()` over this array and over that one, if both lie in blocks of
 * the same sizes. A form that grows too long is given up, since its plan takes long to run in any case.
 */
import { isList } from "../data/lists.js";
import type { Expr } from "../expr/expr.js";
import type { ResidentArray } from "../expr/op.js";
import { postorder } from "../expr/walk.js";
import type { Wanted } from "../graph/lower.js";

const MOST_NODES = 256;
const LONGEST_LIST = 64;
const LONGEST_FORM = 2 ** 14;

/** The form of a computation, and the arrays in memory that fill it, in the order in which the form names them. */
export interface Form {
  readonly text: string;
  readonly arrays: readonly ResidentArray[];
}

/** The array in memory that an expression is; undefined for all others. */
export function arrayOf({ op, params }: Expr): ResidentArray | undefined {
  if (op.work.kind !== "source") return undefined;
  const source = op.work.source(params);
  return source.kind === "memory" ? source.array : undefined;
}

/** Writes plain data; see the head of this file. */
class Writer {
  readonly arrays: ResidentArray[] = [];
  text = "";
  isTooLong = false;

  /** Writes data, in which `array` is only named. */
  add(value: unknown, array?: ResidentArray): void {
    if (typeof value === "number") this.text += Object.is(value, -0) ? "-0," : `${value},`;
    else if (typeof value === "string") this.text += `${JSON.stringify(value)},`;
    else if (typeof value === "bigint") this.text += `${value}n,`;
    else if (typeof value === "boolean" || value === undefined || value === null) this.text += `${value},`;
    else if (isList(value)) this.#list(value, array);
    else if (typeof value === "object") this.#object(value, array);
    else this.isTooLong = true; // a function: what it refers to is unknown
    if (this.text.length > LONGEST_FORM) this.isTooLong = true;
  }

  #list(list: readonly unknown[], array: ResidentArray | undefined): void {
    if (list.length > LONGEST_LIST) this.isTooLong = true;
    if (this.isTooLong) return;
    this.text += "[";
    for (const entry of list) this.add(entry, array);
    this.text += "]";
  }

  #object(object: object, array: ResidentArray | undefined): void {
    if (object === array) this.#array(array);
    else if (Object.getPrototypeOf(object) !== Object.prototype) this.isTooLong = true;
    if (object === array || this.isTooLong) return;
    this.text += "{";
    for (const [name, value] of Object.entries(object)) {
      this.text += `${JSON.stringify(name)}:`;
      this.add(value, array);
    }
    this.text += "}";
  }

  #array(array: ResidentArray): void {
    const known = this.arrays.findIndex(({ id }) => id === array.id);
    const number = known < 0 ? this.arrays.push(array) - 1 : known;
    this.text += `@${number} `;
    if (known >= 0) return;
    this.add(array.memories.length);
    this.add(array.grid);
    this.add(array.blocks);
  }
}

/** The form of a computation; undefined where it writes to a file, or is too long. `options` are plain data. */
export function formOf(wanted: readonly Wanted[], options: object): Form | undefined {
  if (wanted.some(({ sink }) => sink !== null)) return undefined;
  const exprs = postorder(wanted.map(({ expr }) => expr));
  if (exprs.length > MOST_NODES) return undefined;
  const numbers = new Map<Expr, number>();
  const writer = new Writer();
  writer.add(options);
  for (const expr of exprs) {
    numbers.set(expr, numbers.size);
    writer.text += `\n${expr.op.name} `;
    for (const input of expr.inputs) writer.add(numbers.get(input));
    writer.add(expr.params, arrayOf(expr));
    if (writer.isTooLong) return undefined;
  }
  for (const { expr, resident } of wanted) {
    writer.text += "\nwanted ";
    writer.add(numbers.get(expr));
    writer.add(resident, resident);
  }
  return writer.isTooLong ? undefined : { text: writer.text, arrays: writer.arrays };
}
