/**
 * How a user's function travels to a worker: as the source of a function that captures nothing, or as the name of an
 * export of a module that the worker imports.
 */

/** A user's function as plain data. */
export type UserFunction =
  /** `before` are statements that make what the source needs: stand-ins for what tools have put into it. */
  | { readonly kind: "source"; readonly source: string; readonly before?: string }
  | { readonly kind: "module"; readonly module: string; readonly name: string };
