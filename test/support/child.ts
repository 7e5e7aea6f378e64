/** Child processes that several files of tests use. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Socket } from "node:net";

/** Lets the process of the tests end although the child runs. A child that reads its input ends with it. */
export function letGo(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
}
