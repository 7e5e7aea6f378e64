// @ts-check
/** The memory that this process occupies: worker threads are part of it. */
import { readFileSync, writeFileSync } from "node:fs";

/** @param {string} name @returns {number | null} */
function status(name) {
  try {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** The resident set now, in bytes. */
export const resident = () => status("VmRSS") ?? process.memoryUsage.rss();

/** The largest resident set so far, or since {@link resetPeak}. */
export const peakResident = () => status("VmHWM") ?? process.resourceUsage().maxRSS * 1024;

/** Lets the peak begin anew; false where the system cannot. */
export function resetPeak() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

/** Bytes of live objects and buffers. Needs --expose-gc. */
export function live() {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
