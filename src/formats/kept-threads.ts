/** Threads that formats keep for their next call. The user's `close` ends them as it ends the workers. */

const ends = new Set<() => Promise<void>>();

/** Names what ends the threads that a format keeps; it waits for those that are busy. */
export function keepThreads(end: () => Promise<void>): void {
  ends.add(end);
}

/** Ends the threads of all formats; the next call starts new ones. */
export async function endKeptThreads(): Promise<void> {
  await Promise.all([...ends].map((end) => end()));
}
