/**
 * Digests of picture files, kept from run to run in the user's cache folder, so that a file is read again only when it
 * may have changed. As in git's index a file is known by its size, the times of its last change and its number in the
 * file system (`PathState.stamp`). Not seen is a change that leaves all of these as they were: one that is made below
 * the file system, or after the host's clock was set back.
 */
import { absolutePath, cacheDirectory, fileInfo, joinPath, readBytes, sha256, writeFileAtomic } from '#platform';
import { sealJson } from '../../device/files/integrity.js';
import { digest, list, parseObject, parseSealed, text, type Checks } from '../../device/files/json_checks.js';
import { inTurn } from '../../device/files/outputs.js';
import { notice } from '../../device/notices.js';

const FORMAT = 'weft-files';
/** File, stamp, SHA-256 of its bytes. */
type Row = readonly [file: string, stamp: string, hash: string];

interface Index {
  readonly format: string;
  readonly files: readonly Row[];
}

const ROW = list(text, 3);
const CHECKS: Checks = { files: list((v) => ROW(v) && digest((v as Row)[2])) };
const FIX = { fix: 'remove it: it is made anew' };

/**
 * A file that was changed so shortly before it was looked at could be changed again without another stamp: times of
 * files have steps, of 2 s on FAT. Such a file is hashed again at the next run (git calls it racy).
 */
const RACY_MS = 2000;

/** What is known of a data set's files. */
export interface KnownFiles {
  /** SHA-256 of a file's bytes; null when it is new or may have changed. */
  readonly hashOf: (file: string, stamp: string) => string | null;
  /** Keeps the hashes of the files that there are now, and of no others. Where the disk takes none nothing is lost. */
  readonly keep: (files: readonly KnownFile[]) => Promise<void>;
}

export interface KnownFile {
  readonly file: string;
  /** As it was before its bytes were read. */
  readonly stamp: string;
  readonly hash: string;
}

/** Who named the files: a folder's are pictures, a list's may be anything. */
type Kind = 'folder' | 'list';

function place(name: string, kind: Kind): { folder: string; file: string } {
  const folder = joinPath(cacheDirectory(), 'files');
  return {
    folder,
    file: joinPath(folder, `${sha256([new TextEncoder().encode(`${kind} ${absolutePath(name)}`)])}.json`),
  };
}

/** Rows of an earlier run; none where there was none, or what it left is damaged, which is said. */
async function readRows(file: string): Promise<readonly Row[]> {
  try {
    if ((await fileInfo(file)) === null) return [];
    const json = new TextDecoder().decode(await readBytes(file));
    if (parseObject(json, file, FIX)['format'] !== `${FORMAT}-2`) return [];
    return parseSealed<Index>(json, file, FORMAT, { checks: CHECKS, ...FIX }).files;
  } catch (error) {
    notice(`${error instanceof Error ? error.message : String(error)}; the files are hashed again`);
    return [];
  }
}

/** Whether another change would show in the stamp. */
function isSettled(stamp: string, now: number): boolean {
  const [, , ...times] = stamp.split(' ');
  return times.every((time) => Number(time) / 1e6 < now - RACY_MS);
}

/**
 * What earlier runs know of the files of a data set.
 * @param name where the data set is. @param kind who names its files. @param now milliseconds since 1970: a file that
 * was changed later, or shortly before, is not kept.
 */
export async function knownFiles(name: string, kind: Kind, now = Date.now()): Promise<KnownFiles> {
  const { folder, file: at } = place(name, kind);
  const rows = await readRows(at);
  const known = new Map(rows.map(([file, stamp, hash]) => [file, { stamp, hash }]));
  return {
    hashOf: (file, stamp) => {
      const row = known.get(absolutePath(file));
      return row !== undefined && row.stamp === stamp ? row.hash : null;
    },
    keep: async (files) => {
      const settled = files
        .filter(({ stamp }) => isSettled(stamp, now))
        .map(({ file, stamp, hash }): Row => [absolutePath(file), stamp, hash]);
      const isSame =
        settled.length === rows.length &&
        settled.every(([file, stamp, hash]) => known.get(file)?.stamp === stamp && known.get(file)?.hash === hash);
      if (isSame) return;
      const json = sealJson(JSON.stringify({ format: `${FORMAT}-2`, files: settled } satisfies Index));
      try {
        await inTurn(folder, async () => writeFileAtomic(at, json));
      } catch {
        // a cache that cannot be written costs the next run time
      }
    },
  };
}
