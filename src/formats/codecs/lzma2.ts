/**
 * Decompresses LZMA2: stretches of LZMA, each with the sizes of its input and output, or bytes as they are.
 *
 *     0                           the end
 *     1, 2                        bytes as they are (1: copies begin after what was made before)
 *     128 + 32 * reset + high     LZMA; reset: 0 nothing, 1 what was learnt, 2 also properties, 3 also the window
 */
import { type LzmaDecoder, lzmaFault, propertiesOf } from "./lzma.js";

/** Decompresses up to the mark of the end. @param bytes the input of the decoder */
export function unlzma2(decoder: LzmaDecoder, bytes: Uint8Array): void {
  const next = (): number => {
    const byte = bytes[decoder.at++];
    if (byte === undefined) throw lzmaFault("it is truncated");
    return byte;
  };
  const short = (): number => next() * 256 + next();
  // what must be reset before the next stretch: everything, what was learnt, nothing
  let needed = 3;
  for (let control = next(); control !== 0; control = next()) {
    if (control < 128) {
      if (control > 2) throw lzmaFault(`a stretch is of the kind ${control}`);
      if (control === 1) {
        decoder.forget();
        needed = 2;
      } else if (needed === 3) throw lzmaFault("it begins with a copy of nothing");
      decoder.plain(short() + 1);
      continue;
    }
    const reset = (control >> 5) & 3;
    const size = (control & 31) * 2 ** 16 + short() + 1;
    const inputSize = short() + 1;
    if (reset < needed) throw lzmaFault("a stretch needs what none before it has given");
    if (reset === 3) decoder.forget();
    if (reset >= 2) {
      const properties = propertiesOf(next());
      if (properties === undefined || properties.lc + properties.lp > 4)
        throw lzmaFault("its properties are impossible");
      decoder.use(properties);
    }
    if (reset >= 1) decoder.reset();
    needed = 0;
    const end = decoder.at + inputSize;
    decoder.begin();
    if (decoder.decode(decoder.to + size)) throw lzmaFault("a stretch is shorter than it says");
    decoder.finish();
    if (decoder.at !== end) throw lzmaFault("a stretch has another length than it says");
  }
}
