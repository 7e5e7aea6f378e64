/** What decoders throw. */

/** Compressed bytes that are damaged, or hold more than is expected; the message is to follow "it cannot be read". */
export class CodecFault extends Error {}
