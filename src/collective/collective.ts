/**
 * What several processes or threads that train one model do together: rank 0 … size - 1, each with a device of its own.
 * All of them call the same functions in the same order, as in MPI, whose terms these are.
 */
import { UsageError } from '../device/errors.js';

/** Ranks that compute together. */
export interface Collective {
  /** Which of them this one is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /** What carries the numbers, with its version: `Open MPI v4.1.4`. */
  readonly name: string;
  /** The host of each rank. */
  readonly hosts: readonly string[];
  /**
   * Replaces the numbers by their sums over all ranks, which all give as many. The same on every rank, bit for bit.
   * @throws CollectiveError when another rank has ended.
   */
  allReduce(values: Float32Array<ArrayBuffer>): Promise<void>;
  /** Replaces the bytes by those of rank `root`; all ranks give as many. @throws CollectiveError as `allReduce`. */
  broadcast(bytes: Uint8Array<ArrayBuffer>, root?: number): Promise<void>;
  /** Goes on when all ranks have come here. @throws CollectiveError as `allReduce`. */
  barrier(): Promise<void>;
  /** Ends all ranks: for one that cannot go on. Of MPI this process, too, with the exit code. */
  abort(exitCode: number): void;
  /** To be called by all ranks when they are done. */
  close(): Promise<void>;
}

/** One rank by itself. */
export const ALONE: Collective = {
  rank: 0,
  size: 1,
  name: 'none',
  hosts: [''],
  allReduce: async () => {},
  broadcast: async () => {},
  barrier: async () => {},
  abort: () => {},
  close: async () => {},
};

/** @throws UsageError when `root` is no rank. */
export function requireRank(root: number, { size }: Pick<Collective, 'size'>): void {
  if (!Number.isInteger(root) || root < 0 || root >= size)
    throw new UsageError(`there is no rank ${root} among ${size}`, { fix: `give 0 to ${size - 1}` });
}

/** The text of one rank for all. */
export async function broadcastText(collective: Collective, text: string, root = 0): Promise<string> {
  const own = new TextEncoder().encode(text);
  const length = Uint32Array.of(own.length);
  await collective.broadcast(new Uint8Array(length.buffer), root);
  const bytes = new Uint8Array(length[0]);
  if (collective.rank === root) bytes.set(own);
  await collective.broadcast(bytes, root);
  return new TextDecoder().decode(bytes);
}

/** Each rank's text, by rank. */
export async function gatherTexts(collective: Collective, text: string): Promise<string[]> {
  const texts: string[] = [];
  for (let root = 0; root < collective.size; root++) texts.push(await broadcastText(collective, text, root));
  return texts;
}
