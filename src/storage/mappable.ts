/**
 * Which files may be mapped into memory: those of a size for which it pays, on file systems of this machine. A page of
 * a file on another machine may have to come over a network in the middle of a loop, and one of a program (FUSE) from
 * that program.
 */
import { statfsSync } from "node:fs";

/** Smaller files are read as fast as they are mapped. */
export const SMALLEST_MAPPED_BYTES = 2 ** 24;

/** The numbers by which Linux knows its local file systems (statfs). */
const local: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
  0x2fc12fc1, // ZFS
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0x73717368, // SquashFS
  0xe0f5e1e2, // EROFS
]);

/** Why a file is never mapped; undefined if it may be. */
export function reasonToRead({ path, size }: { readonly path: string; readonly size: number }): string | undefined {
  if (size < SMALLEST_MAPPED_BYTES) return "it is small";
  try {
    // the numbers have 32 bits, which come with a sign on some systems
    const type = statfsSync(path).type >>> 0;
    return local.has(type) ? undefined : `its file system (type 0x${type.toString(16)}) may not be local`;
  } catch {
    return "its file system is unknown"; // reading says what is wrong, if something is
  }
}
