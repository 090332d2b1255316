import {
  appendBytes,
  cacheDirectory,
  digest,
  env,
  fileInfo,
  joinPath,
  readBytes,
  removeFile,
  renameFile,
} from '#platform';
import { DataError, UsageError } from '../../device/errors.js';
import { withFolder } from '../../device/files/outputs.js';

/** A published file: what it is called, how long it is, and its md5 as its publisher gives it. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
}

/** Fashion-MNIST's four files with Zalando's md5s (https://github.com/zalandoresearch/fashion-mnist). */
export const FASHION_FILES: readonly RemoteFile[] = [
  { name: 'train-images-idx3-ubyte.gz', bytes: 26421880, md5: '8d4fb7e6c68d591d4c3dfef9ec88bf0d' },
  { name: 'train-labels-idx1-ubyte.gz', bytes: 29515, md5: '25c81989df183df01b3e8a0aad5dffbe' },
  { name: 't10k-images-idx3-ubyte.gz', bytes: 4422102, md5: 'bef4ecab320f06d8554ea6380940ec79' },
  { name: 't10k-labels-idx1-ubyte.gz', bytes: 5148, md5: 'bb300cfdad3c16e7a12a480ee83cd310' },
];

/**
 * Zalando publishes http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/; this is the same bucket over https.
 */
const FASHION_URL = 'https://fashion-mnist.s3.eu-central-1.amazonaws.com/';

const RESUME = 'run it again: it goes on from there';
const MIRROR = 'name another server: WEFT_MIRROR=https://…';
const ELSEWHERE = `try again later, or ${MIRROR}`;

export interface DownloadProgress {
  readonly file: string;
  /** Bytes of this file that are on disk, earlier runs included. */
  readonly received: number;
  readonly total: number;
  /** Bytes that an earlier run left and this one did not fetch again. */
  readonly resumed: number;
}

export interface DownloadOptions {
  /** Where the files are; default `WEFT_MIRROR`, else Zalando's bucket. Only a URL given so may be http. */
  readonly baseUrl?: string;
  /** Where they go; default `fashion-mnist` in the cache folder. */
  readonly directory?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Another set of files than Fashion-MNIST's. */
  readonly files?: readonly RemoteFile[];
  /** Gives up when nothing arrives for so many milliseconds; default 30,000. */
  readonly stallMs?: number;
}

interface Job {
  readonly file: RemoteFile;
  readonly url: URL;
  readonly part: string;
  readonly stallMs: number;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** Where Fashion-MNIST is after a download. */
export function fashionMnistDirectory(): string {
  return joinPath(cacheDirectory(), 'fashion-mnist');
}

async function sizeOf(path: string): Promise<number> {
  return (await fileInfo(path))?.size ?? 0;
}

async function hasMd5(path: string, md5: string): Promise<boolean> {
  return digest('md5', await readBytes(path)) === md5;
}

function parseBase(text: string): URL {
  const slashed = text.endsWith('/') ? text : `${text}/`;
  if (!URL.canParse(slashed))
    throw new UsageError(`mirror ${JSON.stringify(text)} is not a URL`, {
      fix: 'e.g. https://example.org/fashion-mnist/',
    });
  const url = new URL(slashed);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new UsageError(`mirror ${text}: ${url.protocol} is not read, only https: and http:`, {
      fix: 'e.g. https://example.org/fashion-mnist/',
    });
  return url;
}

/** The innermost reason: fetch wraps the socket's error in "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reason(error.cause)}`;
}

/** Where the body of this answer starts in the file, or null when it is not the range that was asked for. */
function answerStart(response: Response, have: number, total: number): number | null {
  if (response.status !== 206) return 0;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const fits = range !== null && Number(range[1]) === have && (range[2] === '*' || Number(range[2]) === total);
  return fits ? have : null;
}

/**
 * Fetches what is missing of one file to its `.part`; `have` bytes of it are there. Returns false when it must start
 * again.
 */
async function fetchRest(job: Job, have: number): Promise<boolean> {
  const { file, url, part } = job;
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), job.stallMs);
  let received = have;
  let connected = false;
  try {
    // identity: a mirror that packs on the fly would send other bytes than those of the md5.
    const headers = { 'Accept-Encoding': 'identity', ...(have > 0 ? { Range: `bytes=${have}-` } : {}) };
    const response = await fetch(url, { headers, signal: stop.signal });
    connected = true;
    if (url.protocol === 'https:' && !response.url.startsWith('https:'))
      throw new DataError(`${url}: redirects to ${response.url}, which is not https`, { fix: 'use another mirror' });
    const start = answerStart(response, have, file.bytes);
    if (have > 0 && (response.status === 416 || start === null)) {
      await response.body?.cancel();
      return false;
    }
    if (!response.ok || start === null || response.body === null) {
      await response.body?.cancel();
      throw new DataError(`${url}: the server answered ${response.status} ${response.statusText}`.trimEnd(), {
        fix: ELSEWHERE,
      });
    }
    if (start === 0) await removeFile(part);
    received = start;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), job.stallMs);
      received += chunk.length;
      if (received > file.bytes)
        throw new DataError(`${url}: the server sends more than the ${file.bytes} bytes of ${file.name}`, {
          fix: ELSEWHERE,
        });
      await appendBytes(part, chunk);
      job.onProgress({ file: file.name, received, total: file.bytes, resumed: start });
    }
    return true;
  } catch (error) {
    if (error instanceof DataError) throw error;
    const why = stop.signal.aborted ? `nothing arrived for ${job.stallMs / 1000} s` : reason(error);
    if (!connected)
      throw new DataError(`${url}: cannot be reached: ${why}`, {
        fix: `check the network, or ${MIRROR}`,
        cause: error,
      });
    throw new DataError(`${url}: broke off after ${received} of ${file.bytes} bytes: ${why}`, {
      fix: RESUME,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Brings one file to `path`, and returns only when it is there with the right md5. */
async function download(job: Job, path: string): Promise<void> {
  const { file, part } = job;
  let have = await sizeOf(part);
  if (have > file.bytes) {
    await removeFile(part);
    have = 0;
  }
  // A .part may be whole already: stopped between the last byte and the check.
  if (have < file.bytes && !(await fetchRest(job, have))) {
    await removeFile(part);
    await fetchRest(job, 0);
  }
  const found = await sizeOf(part);
  if (found < file.bytes)
    throw new DataError(`${job.url}: ended after ${found} of ${file.bytes} bytes`, { fix: RESUME });
  if (!(await hasMd5(part, file.md5))) {
    await removeFile(part);
    throw new DataError(`${job.url}: what arrived does not have the md5 ${file.md5}; it was removed`, {
      fix: ELSEWHERE,
    });
  }
  await renameFile(part, path);
}

/** Those of the files that are not there whole. */
async function missingOf(
  files: readonly RemoteFile[],
  directory: string,
  onProgress: Job['onProgress'],
): Promise<RemoteFile[]> {
  const missing: RemoteFile[] = [];
  for (const file of files) {
    const path = joinPath(directory, file.name);
    if ((await fileInfo(path)) === null || !(await hasMd5(path, file.md5))) missing.push(file);
    else onProgress({ file: file.name, received: file.bytes, total: file.bytes, resumed: file.bytes });
  }
  return missing;
}

/**
 * Downloads Fashion-MNIST's four files (30 MB) and returns their folder. Files already there are verified by md5 and
 * not fetched; a download that broke off goes on from its `.part` file. Sizes and md5s are pinned, and only a verified
 * file gets its final name.
 *
 * Throws UsageError (a bad mirror URL), LockedError (another process downloads into the folder), OutputError, and
 * DataError: the server's refusal, a broken or stalled connection, a wrong md5 (the `.part` is removed).
 */
export async function downloadFashionMnist(options: DownloadOptions = {}): Promise<string> {
  const base = parseBase(options.baseUrl ?? env('WEFT_MIRROR') ?? FASHION_URL);
  const directory = options.directory ?? fashionMnistDirectory();
  const onProgress = options.onProgress ?? (() => {});
  const files = options.files ?? FASHION_FILES;
  // nothing is written: it may be read-only
  if ((await missingOf(files, directory, onProgress)).length === 0) return directory;
  await withFolder(directory, async () => {
    for (const file of await missingOf(files, directory, onProgress)) {
      const path = joinPath(directory, file.name);
      await download(
        { file, url: new URL(file.name, base), part: `${path}.part`, stallMs: options.stallMs ?? 30_000, onProgress },
        path,
      );
    }
  });
  return directory;
}
