/**
 * The words of a command line, checked. A command declares its options once, in a table from which they are parsed and
 * from which its help is printed.
 *
 * Invariant: whatever leaves this file is of the kind that was asked for; everything else is an {@link ArgumentError} of one
 * line that names the option and says what would be right.
 */
import { parseArgs } from "node:util";
import { ArgumentError } from "../data/errors.js";

/** An option of a command. */
export interface OptionRule {
  /** What help calls its value, such as `N`; a flag has none. */
  readonly value?: string;
  /** One line for help. */
  readonly help: string;
}

/** The options of a command by name, without the dashes. */
export type OptionTable = Readonly<Record<string, OptionRule>>;

/** Options that every command has. */
export const commonOptions = { help: { help: "print this help" } } as const satisfies OptionTable;

/** A parsed command line. */
export class Arguments {
  readonly #command: string;
  readonly #values: ReadonlyMap<string, string | true>;
  readonly #positionals: readonly string[];

  private constructor(command: string, values: ReadonlyMap<string, string | true>, positionals: readonly string[]) {
    this.#command = command;
    this.#values = values;
    this.#positionals = positionals;
  }

  /**
   * Parses the words after a command's name. Throws an {@link ArgumentError} for options that the command does not have, flags
   * with a value and options without one.
   */
  static parse(command: string, words: readonly string[], table: OptionTable): Arguments {
    const known: OptionTable = { ...table, ...commonOptions };
    const values = new Map<string, string | true>();
    // Not `strict`: its messages have several lines, and it takes the value of `--axis -1` for another option.
    const { tokens, positionals } = parseArgs({
      args: [...words],
      options: {
        ...Object.fromEntries(
          Object.entries(known).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" }]),
        ),
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
      strict: false,
      tokens: true,
    });
    for (const token of tokens) {
      if (token.kind !== "option") continue;
      const rule = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
      if (rule === undefined) {
        const names = Object.keys(known).map((name) => `--${name}`);
        throw new ArgumentError(`${command}: there is no option ${token.rawName}; there are ${names.join(", ")}`);
      }
      if (rule.value === undefined && token.value !== undefined) {
        throw new ArgumentError(`${command}: ${token.rawName} takes no value`);
      }
      if (rule.value !== undefined && !token.value) {
        throw new ArgumentError(`${command}: ${token.rawName} needs a value: ${token.rawName} ${rule.value}`);
      }
      values.set(token.name, token.value ?? true);
    }
    return new Arguments(command, values, positionals);
  }

  /** The one word that is no option: the file. */
  get file(): string {
    const [file, ...others] = this.#positionals;
    if (file !== undefined && file !== "" && others.length === 0) return file;
    const got = file === undefined ? "" : `; got ${this.#positionals.map((word) => JSON.stringify(word)).join(" ")}`;
    throw new ArgumentError(`${this.#command}: needs one FILE${got} (chunkwise ${this.#command} --help tells more)`);
  }

  /** The two words that are no options: a file to read and one to write. */
  get files(): readonly [from: string, to: string] {
    const [from, to, ...others] = this.#positionals;
    if (from && to && others.length === 0) return [from, to];
    const got = this.#positionals.map((word) => JSON.stringify(word)).join(" ");
    throw new ArgumentError(
      `${this.#command}: needs IN and OUT${got === "" ? "" : `; got ${got}`} (chunkwise ${this.#command} --help tells more)`,
    );
  }

  /** The one word that is no option, for a command whose word is one of a few. */
  word<const T extends string>(words: readonly T[]): T {
    const [word, ...others] = this.#positionals;
    if (words.includes(word as T) && others.length === 0) return word as T;
    const got = word === undefined ? "" : `; got ${this.#positionals.map((text) => JSON.stringify(text)).join(" ")}`;
    throw new ArgumentError(
      `${this.#command}: needs ${words.join(" or ")}${got} (chunkwise ${this.#command} --help tells more)`,
    );
  }

  /** Whether a flag is there. */
  flag(name: string): boolean {
    return this.#values.has(name);
  }

  /** The text of an option. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** An option that is one of a few words. */
  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined || choices.includes(text as T)) return text as T | undefined;
    throw this.#wrong(name, choices.join(" or "), text);
  }

  /** An option that is a whole number. */
  whole(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : toWhole(text, () => this.#wrong(name, "a whole number", text));
  }

  /** An option that is several whole numbers; `between` is what stands between them, `form` an example. */
  wholes(name: string, between: RegExp, form: string): number[] | undefined {
    const text = this.text(name);
    const wrong = () => this.#wrong(name, `whole numbers such as ${form}`, text);
    return text?.split(between).map((part) => toWhole(part, wrong));
  }

  /** For messages of the library: the command and the option. */
  place(name: string): string {
    return `${this.#command}: --${name}`;
  }

  #wrong(name: string, right: string, got: string | undefined): ArgumentError {
    return new ArgumentError(`${this.place(name)} takes ${right}; got ${JSON.stringify(got)}`);
  }
}

function toWhole(text: string, wrong: () => ArgumentError): number {
  const number = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw wrong();
}

/** An options object without the entries that nobody gave. */
export function given<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
