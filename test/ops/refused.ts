/** Mistakes and their errors: the form of all tables of bad calls. */
import { expect, test } from "vitest";

/** A call, the class of its error, and the whole message. */
export type Refused = readonly [title: string, call: () => unknown, name: string, message: string];

/** Checks that each call throws at once, with this class and this message. */
export function refuses(cases: readonly Refused[]): void {
  test.each(cases)("throws the exact error for %s", (_, call, name, message) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    const { name: givenName, message: given } = thrown as Error;
    expect({ name: givenName, message: given }).toEqual({ name, message });
  });
}
