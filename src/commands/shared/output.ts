import { UserError } from '../../error/user-error.ts';

const whyNot: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of that path is a file, not a folder',
  EISDIR: 'that is a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the quota is used up',
  ENAMETOOLONG: 'the name is too long',
};

/** What the system says about a file that cannot be written, as a sentence; all else is passed on. */
export function refuseOutput(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.syscall === undefined) throw error;
    const why = whyNot[error.code ?? ''] ?? error.code;
    throw new UserError('unwritable_output', `${path} cannot be written: ${why}. Name another file with --output.`);
  };
}
