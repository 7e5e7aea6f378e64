/**
 * A row of the table of formats: what chunkwise knows of a format before it is loaded. Rows load no library, so that
 * every thread can afford all of them.
 */
import type { SyncReadable } from "../storage/stores/capabilities.js";
import type { EncodedFormat, Format, OpenedArray } from "./format.js";

/** First bytes that belong to one kind of file only. */
export interface Signature {
  /** The bytes, as latin1. */
  readonly bytes: string;
  /** What such a file is, with an article: messages say "it looks like …". */
  readonly what: string;
  /** Whether a file with these bytes is of the format; absent where they suffice. Asked before signatures without. */
  readonly holds?: (file: SyncReadable) => boolean;
}

/** The names of options: a record, so that the compiler compares it with the type of the options in both directions. */
export type OptionNames = Readonly<Record<string, true>>;

/** How a command line gives an option of opening. */
export interface OptionWord {
  /** The name of the option. */
  readonly option: string;
  /** What its value is called in help. */
  readonly value: string;
  /** One line for help. */
  readonly help: string;
  /**
   * How text becomes a value: as it is, as a number if it is one (`value`), as a whole number, as yes or no, as a
   * character (`none`: no character), or as a list of names; in `columns`, whole numbers are places.
   */
  readonly form: "text" | "value" | "whole" | "answer" | "character" | "names" | "columns";
}

/** What is known of a format before it is loaded. */
export interface FormatRow {
  /** Its name in arrays, tasks and messages. */
  readonly name: string;
  /** Its word in the names of functions: `open…`, `save…` and `to…`. Absent where users cannot ask for it. */
  readonly word?: string;
  /** What lists of formats call it. Absent where its files cannot be recognised. */
  readonly label?: string;
  /** The signatures of its files. */
  readonly signatures?: readonly Signature[];
  /** The signatures of related files that it does not read, for messages. */
  readonly unread?: readonly Signature[];
  /** Recognises files whose signature is not at their beginning; `first` are the first 16 bytes. */
  readonly recognise?: (file: SyncReadable, first: Buffer) => boolean;
  /** Endings (in lower case) of files without a signature, each with the options that it implies. */
  readonly endings?: Readonly<Record<string, object>>;
  /**
   * What its folders hold: a file of one of these names; less certain, files with this ending; or, least of all,
   * folders whose names are keys with values, such as `year=2024`.
   */
  readonly folder?: { readonly names?: readonly string[]; readonly ending?: string; readonly keys?: true };
  /** The option that names an array in a file of several, and what such a file is called. */
  readonly member?: { readonly option: string; readonly of: string };
  /** True if attributes also belong to columns, by their names. */
  readonly columnAttributes?: true;
  /** The names of the options of opening. */
  readonly openOptions?: OptionNames;
  /** The options of opening that a command line may give, by their names there. */
  readonly openWords?: Readonly<Record<string, OptionWord>>;
  /** True if its arrays are variables, whose attributes may say what elements mean: opening then takes `decode`. */
  readonly variables?: true;
  /** How arrays are written; absent for formats that are only read. */
  readonly write?: {
    /** The names of the options. */
    readonly options: OptionNames;
    /** The endings by which the format of a new file is chosen, each with the options that it implies. */
    readonly endings: Readonly<Record<string, object>>;
    /** The options that replace what exists, where that needs any. */
    readonly replace?: object;
    /** What compresses, by the word on the command line: the options that ask for it. */
    readonly compressions?: Readonly<Record<string, object>>;
  };
  /** Loads the format. */
  load(): Format | Promise<Format>;
  /** Loads only what decodes, where the rest needs a library that decoding mostly does not need. */
  loadReader?(): Promise<EncodedFormat["reader"]>;
}

/** A format that is always loaded, and opens files at once. */
export interface EagerRow extends FormatRow {
  load(): Omit<Format, "open"> & { open(path: string, options?: object): OpenedArray };
}
