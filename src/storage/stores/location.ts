/** From a path as the user gives it to the store that it names. Stores in a network will have their place here. */
import { LocalStore } from "./local-store.js";
import type { Store } from "./store.js";

/** The store at a path: a folder. */
export function storeAt(path: string): Store {
  return new LocalStore(path);
}
