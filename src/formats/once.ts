/**
 * Loading a library when the first file needs it: a library is up to a hundred modules, which take as long as many a
 * computation.
 */

/** Calls a function at most once, and gives its promise to everyone who asks. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
