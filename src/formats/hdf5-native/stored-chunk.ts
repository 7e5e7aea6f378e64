/** The place of a chunk in the file, and the interface of the indexes that find it. */

/** A chunk as it is stored. */
export interface StoredChunk {
  /** Where its bytes begin in the file. */
  readonly offset: number;
  /** How many they are. */
  readonly bytes: number;
  /** A bit for each filter, in the order of writing: 1 where this chunk did not go through it. */
  readonly mask: number;
  /** Where in the file the index describes the chunk. */
  readonly toldAt: number;
}

/** Finds chunks. */
export interface ChunkIndex {
  /**
   * Finds a chunk by its index along each axis; undefined where it was never written.
   *
   * @throws FormatError where the index is damaged
   */
  find(block: readonly number[]): StoredChunk | undefined;
}
