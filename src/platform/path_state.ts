/** What there is at a path, on any host. */
export interface PathState {
  /** A link is what it leads to. `special`: a pipe, a socket or a device; opening one may wait for ever. */
  readonly kind: 'file' | 'folder' | 'special' | 'absent';
  readonly size: number;
  readonly isLink: boolean;
  /**
   * Another one after every change of a file that is there: its number in the file system, size, and times of its last
   * change and of its entry's (ns). Empty where nothing is.
   */
  readonly stamp: string;
  /** Where it is no file: what it is (`pipe`), and the same as the end of a sentence (`is a pipe`). */
  readonly what: string;
  readonly says: string;
}
