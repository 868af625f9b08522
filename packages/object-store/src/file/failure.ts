import { type ErrorCode, WeaverError } from '@data-weaver/contracts'

/**
 * What an error of the operating system means for the store. A folder that went away or turned read-only is expected back (a mount, a
 * disk that is repaired); missing rights and things in the way are not, until somebody changes something.
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'store_full',
  EDQUOT: 'store_full',
  EACCES: 'store_refused',
  EPERM: 'store_refused',
  ENAMETOOLONG: 'store_refused',
  ENOTDIR: 'store_refused',
  EISDIR: 'store_refused',
  ELOOP: 'store_refused',
  EXDEV: 'store_refused',
  EEXIST: 'store_refused',
  EFBIG: 'store_refused',
  EMLINK: 'store_refused',
  ENOTSUP: 'store_refused',
  EOPNOTSUPP: 'store_refused',
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EACCES: 'this user may not',
  EPERM: 'this user may not, or the file system has no hard links',
  ENOTDIR: 'an object or another file is where a folder has to be',
  EXDEV: 'the folder spans several file systems',
  EEXIST: 'something else is where a folder has to be',
  EROFS: 'the file system is read-only',
  EIO: 'the disk failed',
  EMFILE: 'this process has too many open files',
  ENFILE: 'the machine has too many open files',
  ENOENT: 'the folder is gone (is it mounted?)',
}

/** The code of an operating system's error, or undefined for anything else. */
export const systemCode = (error: unknown): string | undefined => {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return error instanceof Error && typeof code === 'string' ? code : undefined
}

/** Makes an error of the operating system one of the store; anything else, such as a signal's reason, stays what it is. */
export function fileFailure(error: unknown, what: string, root: string): unknown {
  if (error instanceof WeaverError) return error
  const code = systemCode(error)
  if (code === undefined || (error as NodeJS.ErrnoException).syscall === undefined) return error
  return new WeaverError(codes[code] ?? 'store_unavailable', `${what} in ${root}: ${reasons[code] ?? code}`, {
    cause: error,
    upstreamCode: code,
  })
}
