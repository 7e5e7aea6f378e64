/** Libraries of codecs, loaded when something is compressed by them. */
import { once } from "../once.js";

/** Blosc's decoder. */
export const loadBlosc = once(async () => {
  const { default: Blosc } = await import("numcodecs/blosc");
  return Blosc.fromConfig({ id: "blosc" });
});
