/**
 * Whether two folders hold the same results, byte for byte. Measured times cannot be the same and are left out, by
 * name: `seconds`, `stepMilliseconds`, `stepCpuMilliseconds` and `imagesPerSecond` in JSON and in the headers of
 * checkpoints (and weft_sha256, which is of those), such columns of CSV files, the column ms/step of report.md, and
 * what report.html marks as a time.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TIMES = new Set(['seconds', 'stepMilliseconds', 'stepCpuMilliseconds', 'imagesPerSecond', 'weft_sha256']);
const TIME_COLUMN = /second|^ms|_ms$|millisecond|ms\/step/i;

/** Every file below a folder, hidden ones too, by its path from there. */
export function filesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

function withoutTimes(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) =>
    TIMES.has(key) ? undefined : key === 'header' && typeof value === 'string' ? withoutTimes(value) : value,
  );
}

/** Rows without the columns whose first row names a time. */
function withoutColumns(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  return rows
    .map((row) => row.filter((_, i) => row.length !== header.length || !TIME_COLUMN.test(header[i].trim())))
    .join('\n');
}

/** What is compared of a file: text without its times, or bytes in hex. @param home stands in paths that files hold. */
function comparable(path: string, home: string): string {
  const bytes = readFileSync(path);
  const text = (): string => bytes.toString('utf8').replaceAll(home, 'HOME');
  if (path.endsWith('.json')) return JSON.stringify(withoutTimes(text()));
  if (path.endsWith('.csv'))
    return withoutColumns(
      text()
        .split('\n')
        .map((line) => line.split(',')),
    );
  if (path.endsWith('.md'))
    return text()
      .split('\n\n')
      .map((block) =>
        block.startsWith('|') ? withoutColumns(block.split('\n').map((line) => line.split('|'))) : block,
      )
      .join('\n\n');
  if (path.endsWith('.html')) return text().replace(/<span class="time">[^<]*<\/span>/g, '');
  if (!path.endsWith('.safetensors')) return bytes.toString('hex');
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  return (
    JSON.stringify(withoutTimes(bytes.subarray(8, end).toString('utf8').replaceAll(home, 'HOME'))) +
    bytes.subarray(end).toString('hex')
  );
}

/** What differs, in words; null for nothing. @param a and `b` are folders; their homes are where the commands ran. */
export function difference(a: string, b: string, homes: readonly [string, string]): string | null {
  const [ours, theirs] = [filesIn(a), filesIn(b)];
  if (ours.join() !== theirs.join())
    return `files: ${theirs
      .filter((f) => !ours.includes(f))
      .map((f) => `+${f}`)
      .join(' ')} ${ours
      .filter((f) => !theirs.includes(f))
      .map((f) => `-${f}`)
      .join(' ')}`;
  const other = ours.filter((name) => comparable(join(a, name), homes[0]) !== comparable(join(b, name), homes[1]));
  return other.length === 0 ? null : `contents of ${other.join(', ')}`;
}
