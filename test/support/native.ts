/**
 * Whether the native library is there, which `npm test` installs where it can: `scripts/vitest-setup.mjs` says where it is
 * not, and in CI refuses to go on.
 */
export const native = process.env.CHUNKWISE_NATIVE === "installed";
