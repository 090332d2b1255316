/**
 * What was fetched, a line for each address, on the disk before the next is asked for: a run that was killed goes on
 * after its last line. Further lines say until when a host wants to be left alone.
 */
import { fileInfo, joinPath, LineFile, wholeLines } from '#platform';
import { DataError } from '../../device/errors.js';
import { OUTCOMES, type Result } from './outcome.js';

export const JOURNAL = 'fetch_journal.jsonl';
const FIRST = { journal: 'weft data fetch', format: 1 };

interface ResultLine {
  readonly url: string;
  readonly result: Result;
}
interface PauseLine {
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
}

function isResultLine(line: unknown): line is ResultLine {
  const { url, result } = (line ?? {}) as Partial<ResultLine>;
  if (typeof url !== 'string' || typeof result !== 'object' || result === null) return false;
  if (!Object.hasOwn(OUTCOMES, result.outcome)) return false;
  return result.outcome === 'fetched'
    ? typeof result.file === 'string' && /^[0-9a-f]{16}$/.test(result.look) && Number.isSafeInteger(result.bytes)
    : typeof result.reason === 'string';
}

function isPauseLine(line: unknown): line is PauseLine {
  const { host, notBefore } = (line ?? {}) as Partial<PauseLine>;
  return typeof host === 'string' && Number.isFinite(notBefore);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

export class Journal {
  readonly #file: LineFile;
  /** By addresses; the last line of one counts. */
  readonly results = new Map<string, Result>();
  readonly pauses = new Map<string, number>();

  private constructor(file: LineFile) {
    this.#file = file;
  }

  /**
   * Opens a folder's journal, or begins one. What it calls fetched and is not there is forgotten.
   * @throws DataError for one that is damaged before its last line; OutputError.
   */
  static async open(folder: string): Promise<Journal> {
    const path = joinPath(folder, JOURNAL);
    const lines = await wholeLines(path);
    const journal = new Journal(new LineFile(path));
    if (lines.length === 0) journal.#file.add(JSON.stringify(FIRST));
    lines.forEach((text, i) => {
      const line = parsed(text);
      if (i === 0 && text === JSON.stringify(FIRST)) return;
      if (isResultLine(line)) journal.results.set(line.url, line.result);
      else if (isPauseLine(line)) journal.pauses.set(line.host, line.notBefore);
      else
        throw new DataError(`${path}:${i + 1}: is no line of a journal of format ${FIRST.format}`, {
          fix: 'delete the line, or fetch into another folder',
        });
    });
    for (const [url, result] of journal.results)
      if (result.outcome === 'fetched' && (await fileInfo(joinPath(folder, result.file)))?.size !== result.bytes)
        journal.results.delete(url);
    return journal;
  }

  add(url: string, result: Result): void {
    this.results.set(url, result);
    this.#file.add(JSON.stringify({ url, result } satisfies ResultLine));
  }

  pause(host: string, notBefore: number): void {
    this.pauses.set(host, notBefore);
    this.#file.add(JSON.stringify({ host, notBefore } satisfies PauseLine));
  }

  close(): void {
    this.#file.close();
  }
}
