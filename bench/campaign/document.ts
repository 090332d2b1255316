/**
 * The one file of a campaign: what each part said, whether it ended well, and one table of all that was timed. It is
 * made to be sent: nothing in it says who or where the user is.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { packageJson, writeFileAtomic } from '#platform';
import { DataError } from '../../src/device/errors.js';

/** Goes up when a reader of the file has to know of a change. */
export const SCHEMA = 1;

export type State = 'done' | 'failed' | 'too slow' | 'skipped' | 'stopped';

export interface PartResult {
  readonly state: State;
  readonly seconds: number;
  /** Why it did not end well, or was left out. */
  readonly note: string | null;
  /** What it printed: a document, or a list of rows, of which there may be some where it did not end well. */
  readonly data: unknown;
}

/** One figure: milliseconds of one run, and by whom they are. */
export interface Figure {
  /** `matmul 4096x4096x4096`, `resnet50_224px_b32 f16`. */
  readonly name: string;
  readonly plain: number | null;
  readonly tuned: number | null;
  /** PyTorch on the same card: in this precision, and with TF32 where that is another. */
  readonly torch: number | null;
  readonly torchTf32: number | null;
  /** By the judge's model for the card; see docs/performance/verdict.md. */
  readonly estimated: number | null;
  /** Of the faster of plain and tuned; null where operations, or bytes, are not counted. */
  readonly gflops: number | null;
  readonly gbs: number | null;
  readonly percentOfRoof: number | null;
}

export interface CampaignDocument {
  readonly kind: 'campaign';
  readonly schema: number;
  readonly engine: string;
  readonly began: string;
  readonly size: 'full' | 'small';
  /** The card of the judge's model that the estimates are for. */
  readonly card: string | null;
  readonly parts: Readonly<Record<string, PartResult>>;
  readonly figures: readonly Figure[];
}

export function emptyDocument(size: 'full' | 'small'): CampaignDocument {
  const { name, version } = packageJson();
  const began = new Date().toISOString();
  const head = { kind: 'campaign', schema: SCHEMA, engine: `${name} ${version}`, began, size } as const;
  return { ...head, card: null, parts: {}, figures: [] };
}

/** What is looked for, and what is written in its place. */
export type PrivateWord = readonly [pattern: RegExp, other: string];

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What names the user, the machine or its folders; the longest first. A name counts where it is a word. */
export function privateWords(root: string): readonly PrivateWord[] {
  const named = (read: () => string): string => {
    try {
      return read();
    } catch {
      return ''; // a user without a name
    }
  };
  const folders = [
    [root.replace(/\/+$/, ''), 'WEFT'],
    [homedir(), 'HOME'],
    [tmpdir(), 'TMP'],
  ];
  const names = [
    [named(hostname), 'HOST'],
    [named(() => userInfo().username), 'USER'],
  ];
  return [
    ...folders.sort((a, b) => b[0].length - a[0].length).map(([w, other]) => [w, escaped(w), other]),
    ...names.map(([w, other]) => [w, `\\b${escaped(w)}\\b`, other]),
  ]
    .filter(([word]) => word.length > 2)
    .map(([, pattern, other]) => [new RegExp(pattern, 'g'), other]);
}

/** The same without them, and without fields that are places in the user's folders. */
export function withoutPrivate(value: unknown, words: readonly PrivateWord[]): unknown {
  if (typeof value === 'string') return words.reduce((text, [pattern, other]) => text.replace(pattern, other), value);
  if (Array.isArray(value)) return value.map((v) => withoutPrivate(v, words));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'path');
  return Object.fromEntries(kept.map(([key, v]) => [key, withoutPrivate(v, words)]));
}

export function writeDocument(path: string, document: CampaignDocument): void {
  writeFileAtomic(path, `${JSON.stringify(document, null, 1)}\n`);
}

/** What an earlier run left there; null where there is none. @throws DataError where it is something else. */
export function readEarlier(path: string, size: 'full' | 'small'): CampaignDocument | null {
  if (!existsSync(path)) return null;
  const fix = 'give another --out, or remove the file';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new DataError(`${path} is not JSON, so no campaign can go on in it`, { fix });
  }
  const document = value as Partial<CampaignDocument> | null;
  if (document?.kind !== 'campaign' || typeof document.parts !== 'object')
    throw new DataError(`${path} is no campaign’s file`, { fix });
  if (document.schema !== SCHEMA || document.engine !== emptyDocument(size).engine)
    throw new DataError(`${path} is of ${String(document.engine)}, schema ${String(document.schema)}`, { fix });
  if (document.size !== size) throw new DataError(`${path} is of a ${String(document.size)} campaign`, { fix });
  return document as CampaignDocument;
}
