/** What decoders throw. */

/** Compressed bytes that are damaged, or hold another number of bytes than is expected. */
export class CodecFault extends Error {}
