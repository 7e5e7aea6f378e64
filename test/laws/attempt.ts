/** Errors as values. */
import { ChunkwiseError } from "chunkwise";

/** What a function gives, or the typed error that it throws; any other error is a mistake and goes on. */
export function attempt<T>(run: () => T): T | ChunkwiseError {
  try {
    return run();
  } catch (error) {
    if (error instanceof ChunkwiseError) return error;
    throw error;
  }
}
