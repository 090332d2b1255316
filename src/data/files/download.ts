import { appendBytes, digest, env, fileInfo, joinPath, readBytes, removeFile, renameFile } from '#platform';
import { DataError, UsageError } from '../../device/errors.js';
import { withFolder } from '../../device/files/outputs.js';

/** A published file: what it is called, how long it is, and its digest as its publisher gives it. */
export interface RemoteFile {
  readonly name: string;
  /** null: the server says it. */
  readonly bytes: number | null;
  readonly md5?: string;
  /** In hex; or the first digits of it, where no more is published. */
  readonly sha256?: string;
}

/** The longest file that is taken where nobody but the server says how long it is. */
const MOST_BYTES = 2 ** 31;

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
  /** Where the files are; default `WEFT_MIRROR`, else their publisher's. Only a URL given so may be http. */
  readonly baseUrl?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
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

async function sizeOf(path: string): Promise<number> {
  return (await fileInfo(path))?.size ?? 0;
}

/** Whether a file is the one that was published. */
async function isRight(path: string, { md5, sha256 }: RemoteFile): Promise<boolean> {
  const bytes = await readBytes(path);
  return (
    (md5 === undefined || digest('md5', bytes) === md5) &&
    (sha256 === undefined || digest('sha256', bytes).startsWith(sha256))
  );
}

const digestText = ({ md5, sha256 }: RemoteFile): string =>
  md5 === undefined ? `a SHA-256 that begins with ${sha256}` : `the md5 ${md5}`;

function parseBase(text: string): URL {
  const slashed = text.endsWith('/') ? text : `${text}/`;
  if (!URL.canParse(slashed))
    throw new UsageError(`mirror ${JSON.stringify(text)} is not a URL`, {
      fix: 'e.g. https://example.org/files/',
    });
  const url = new URL(slashed);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new UsageError(`mirror ${text}: ${url.protocol} is not read, only https: and http:`, {
      fix: 'e.g. https://example.org/files/',
    });
  return url;
}

/** The innermost reason: fetch wraps the socket's error in "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reason(error.cause)}`;
}

/** Where the body of this answer starts in the file, or null when it is not the range that was asked for. */
function answerStart(response: Response, have: number, total: number | null): number | null {
  if (response.status !== 206) return 0;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const fits =
    range !== null && Number(range[1]) === have && (range[2] === '*' || total === null || Number(range[2]) === total);
  return fits ? have : null;
}

/** How long the file is: as published, else as the server says; null where nobody does. */
function totalOf({ bytes }: RemoteFile, response: Response, start: number): number | null {
  const length = response.headers.get('content-length');
  return bytes ?? (length === null ? null : start + Number(length));
}

/** Redirects that are followed, on the same server. */
const MOST_REDIRECTS = 5;

/** An answer of that very server: a redirect to another could lead anywhere. @throws DataError for one. */
async function ask(url: URL, init: RequestInit): Promise<Response> {
  let at = url;
  for (let n = 0; n <= MOST_REDIRECTS; n++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (next.host !== url.host || next.protocol !== url.protocol)
      throw new DataError(`${url}: redirects to ${next}, another server`, {
        fix: `name it, if you trust it: ${MIRROR}`,
      });
    at = next;
  }
  throw new DataError(`${url}: redirects on and on`, { fix: ELSEWHERE });
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
    const response = await ask(url, { headers, signal: stop.signal });
    connected = true;
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
    const total = totalOf(file, response, start);
    const most = total ?? MOST_BYTES;
    if (most > MOST_BYTES)
      throw new DataError(`${url}: ${most} bytes, at most ${MOST_BYTES} are taken`, { fix: ELSEWHERE });
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), job.stallMs);
      received += chunk.length;
      if (received > most)
        throw new DataError(`${url}: the server sends more than the ${most} bytes of ${file.name}`, { fix: ELSEWHERE });
      await appendBytes(part, chunk);
      job.onProgress({ file: file.name, received, total: total ?? received, resumed: start });
    }
    if (total !== null && received < total)
      throw new DataError(`${url}: ended after ${received} of ${total} bytes`, { fix: RESUME });
    return true;
  } catch (error) {
    if (error instanceof DataError) throw error;
    const why = stop.signal.aborted ? `nothing arrived for ${job.stallMs / 1000} s` : reason(error);
    if (!connected)
      throw new DataError(`${url}: cannot be reached: ${why}`, {
        fix: `check the network, or ${MIRROR}`,
        cause: error,
      });
    throw new DataError(
      `${url}: broke off after ${received}${file.bytes === null ? '' : ` of ${file.bytes}`} bytes: ${why}`,
      {
        fix: RESUME,
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Brings one file to `path`, and returns only when it is there with the right digest. */
async function download(job: Job, path: string): Promise<void> {
  const { file, part } = job;
  let have = await sizeOf(part);
  if (file.bytes !== null && have > file.bytes) {
    await removeFile(part);
    have = 0;
  }
  // A .part may be whole already: stopped between the last byte and the check.
  const isWhole = file.bytes === null ? have > 0 && (await isRight(part, file)) : have === file.bytes;
  if (!isWhole && !(await fetchRest(job, have))) {
    await removeFile(part);
    await fetchRest(job, 0);
  }
  if (!(await isRight(part, file))) {
    await removeFile(part);
    throw new DataError(`${job.url}: what arrived does not have ${digestText(file)}; it was removed`, {
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
    const info = await fileInfo(path);
    if (info === null || !(await isRight(path, file))) missing.push(file);
    else onProgress({ file: file.name, received: info.size, total: info.size, resumed: info.size });
  }
  return missing;
}

/**
 * Downloads files to a folder. Those already there are verified by their digests and not fetched; a download that broke
 * off goes on from its `.part` file. Only a verified file gets its final name.
 * @param url where their publisher has them.
 *
 * Throws UsageError (a bad mirror URL), LockedError (another process downloads into the folder), OutputError, and
 * DataError: the server's refusal, a redirect to another server, a broken or stalled connection, a wrong digest (the
 * `.part` is removed).
 */
export async function downloadFiles(
  files: readonly RemoteFile[],
  url: string,
  directory: string,
  options: DownloadOptions = {},
): Promise<void> {
  const base = parseBase(options.baseUrl ?? env('WEFT_MIRROR') ?? url);
  const onProgress = options.onProgress ?? (() => {});
  // nothing is written: it may be read-only
  if ((await missingOf(files, directory, onProgress)).length === 0) return;
  await withFolder(directory, async () => {
    for (const file of await missingOf(files, directory, onProgress)) {
      const path = joinPath(directory, file.name);
      await download(
        { file, url: new URL(file.name, base), part: `${path}.part`, stallMs: options.stallMs ?? 30_000, onProgress },
        path,
      );
    }
  });
}
