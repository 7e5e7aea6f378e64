/**
 * What tests may depend on. Each of these is true in CI on Linux x64, where `scripts/totals.mjs` therefore refuses a
 * run that skipped a test; `npm test` installs what it can and says what is missing. Give nothing else to `runIf`.
 */

/** Linux: its /proc, devices and permissions. */
export const linux = process.platform === "linux";

/** The native library, which `chunkwise native install` builds on Linux x64 only. */
export const native = process.env.CHUNKWISE_NATIVE === "installed";

/** The Python of `.venv` with NumPy and other libraries to compare with. */
export const python = process.env.CHUNKWISE_PYTHON;

/** A newer Node than the oldest that is supported. */
export const newerNode = process.env.CHUNKWISE_NEWER_NODE;
