/**
 * Instances of the HDF5 library. One that trapped over a damaged file is in an unknown state for ever; the next file
 * gets a new one. The package makes its only instance when it is loaded, so it is loaded under another address.
 *
 * The memory of a broken instance (some ten megabytes) is not freed.
 */

/** The package, with an instance of its own. */
export type Hdf5Package = typeof import("h5wasm");

/** Loads the package; each number is another instance. */
export function loadPackage(number: number): Promise<Hdf5Package> {
  // the first by its name, which bundlers find
  if (number === 0) return import("h5wasm");
  return import(`${import.meta.resolve("h5wasm")}?instance=${number}`) as Promise<Hdf5Package>;
}
