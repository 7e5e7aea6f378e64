/**
 * Command lines, parsed and checked. A command declares its options once, in a table; parsing and help both use it.
 *
 * Invariant: a value that leaves this file has the type that was asked for. Anything else is an {@link ArgumentError}
 * of one line that names the option and says what it expects.
 */
import { parseArgs } from "node:util";
import { ArgumentError } from "../data/errors.js";
import { checkPath } from "../data/options.js";

/** An option of a command. */
export interface OptionRule {
  /** The name of its value in help, such as `N`; a flag has none. */
  readonly value?: string;
  /** One line for help. */
  readonly help: string;
}

/** The options of a command by name, without the dashes. */
export type OptionTable = Readonly<Record<string, OptionRule>>;

/** The options of every command. */
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
   * Parses the words after a command's name. Throws an {@link ArgumentError} for options that the command does not
   * have, for flags with a value, and for other options without one.
   */
  static parse(command: string, words: readonly string[], table: OptionTable): Arguments {
    const known: OptionTable = { ...table, ...commonOptions };
    const values = new Map<string, string | true>();
    // Not `strict`: its messages have several lines, and it reads the value of `--axis -1` as another option.
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
        throw new ArgumentError(`${command}: unknown option ${token.rawName}; expected ${names.join(", ")}`);
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

  /** The command's name. */
  get command(): string {
    return this.#command;
  }

  /** The file: the one word that is not an option. */
  get file(): string {
    const [file, ...others] = this.#positionals;
    if (file !== undefined && file !== "" && others.length === 0) return checkPath(file, this.#command);
    throw this.#needs("one FILE");
  }

  /** The file to read and the file to write: the two words that are not options. */
  get files(): readonly [from: string, to: string] {
    const [from, to, ...others] = this.#positionals;
    if (from && to && others.length === 0) return [checkPath(from, this.#command), checkPath(to, this.#command)];
    throw this.#needs("IN and OUT");
  }

  /** The one word that is not an option, for commands whose word is one of a few. */
  word<const T extends string>(words: readonly T[]): T {
    const [word, ...others] = this.#positionals;
    const known = words.find((candidate) => candidate === word);
    if (known !== undefined && others.length === 0) return known;
    throw this.#needs(words.join(" or "));
  }

  /** Whether a flag is given. */
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
    const chosen = choices.find((choice) => choice === text);
    if (text === undefined || chosen !== undefined) return chosen;
    throw this.#wrong(name, choices.join(" or "), text);
  }

  /** An option that is a whole number. */
  whole(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : toWhole(text, () => this.#wrong(name, "a whole number", text));
  }

  /** An option that is several whole numbers; `between` separates them, `form` is an example. */
  wholes(name: string, between: RegExp, form: string): number[] | undefined {
    const text = this.text(name);
    const wrong = () => this.#wrong(name, `whole numbers such as ${form}`, text);
    return text?.split(between).map((part) => toWhole(part, wrong));
  }

  /** An option that is two numbers; `form` is an example. */
  numbers(name: string, form: string): readonly [number, number] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [first = Number.NaN, second = Number.NaN, ...others] = text
      .split(",")
      .map((part) => Number(part || Number.NaN));
    if (others.length === 0 && Number.isFinite(first) && Number.isFinite(second)) return [first, second];
    throw this.#wrong(name, `two numbers such as ${form}`, text);
  }

  /** The command and the option, for messages of the library. */
  place(name: string): string {
    return `${this.#command}: --${name}`;
  }

  #needs(words: string): ArgumentError {
    const given = this.#positionals.map((word) => JSON.stringify(word)).join(" ");
    const got = given === "" ? "" : `; got ${given}`;
    return new ArgumentError(`${this.#command}: needs ${words}${got} (see chunkwise ${this.#command} --help)`);
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

/** An options object without its undefined entries. */
export function given<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
