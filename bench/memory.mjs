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

/**
 * What the process has in memory that is no page of a file, in bytes; null where the system does not say. Files that
 * are mapped count as resident, but their pages are the page cache's, which the system takes back when it needs them.
 */
export const anonymous = () => status("RssAnon");

/** How often {@link watchAnonymous} looks. */
const SAMPLE_MS = 10;

/**
 * Watches anonymous memory, of which the system keeps no peak. Returns a function that ends this and gives the most
 * that was seen, in bytes; null where the system does not say. Where the main thread computes, only the end is seen.
 */
export function watchAnonymous() {
  let most = anonymous();
  const look = () => {
    if (most !== null) most = Math.max(most, anonymous() ?? 0);
  };
  const timer = setInterval(look, SAMPLE_MS).unref();
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}

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
