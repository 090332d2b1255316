/**
 * What a feed came to: the table of those rows that have a picture, and a report of all. Both depend on the feed and
 * the results only, not on when and in how many runs they came.
 */
import { joinPath, writeFileAtomic } from '#platform';
import { csvField } from '../../text/csv.js';
import { forMarkdown } from '../../text/markdown.js';
import { forJson } from '../../text/visible.js';
import { nearGroups } from '../pictures/near_duplicates.js';
import { parseHashes } from '../pictures/perceptual_hash.js';
import { groupBy } from '../tables/group_by.js';
import type { Feed, FeedRow } from './feed.js';
import { OUTCOMES, type Failed, type Fetched, type Outcome, type Result } from './outcome.js';

export const TABLE = 'products.csv';
export const REPORT = 'fetch_report';

/** A row and what it came to. */
export interface RowResult {
  readonly row: FeedRow;
  /** As it was asked for; null where the cell is no address. */
  readonly url: URL | null;
  readonly result: Result;
}

export interface FetchReport {
  readonly schema: 1;
  readonly feed: string;
  readonly urlColumn: string;
  readonly rows: number;
  /** Different addresses, different files, and their bytes. */
  readonly addresses: number;
  readonly pictures: number;
  readonly bytes: number;
  /** No row is left to ask for. */
  readonly isComplete: boolean;
  /** Rows by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** By the hosts of the feed, those with most rows first. */
  readonly hosts: readonly {
    readonly host: string;
    readonly rows: number;
    readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  }[];
  /** Lines of rows whose pictures are one file, byte for byte. */
  readonly identical: readonly { readonly file: string; readonly lines: readonly number[] }[];
  /** Files that look the same, and how many of 64 bits they may differ in. */
  readonly nearBits: number;
  readonly nearDuplicates: readonly (readonly string[])[];
  readonly failures: readonly {
    readonly line: number;
    readonly id: string;
    readonly url: string;
    readonly outcome: Outcome;
    readonly reason: string;
  }[];
}

type Got = RowResult & { readonly result: Fetched };
const isGot = (row: RowResult): row is Got => row.result.outcome === 'fetched';

function countOutcomes(rows: readonly RowResult[]): Partial<Record<Outcome, number>> {
  const names = Object.keys(OUTCOMES) as Outcome[];
  return Object.fromEntries(
    names
      .map((name) => [name, rows.filter(({ result }) => result.outcome === name).length] as const)
      .filter(([, n]) => n > 0),
  );
}

/** Of each file the number of its group of pictures that look the same, from 1, in the order of the feed. */
function nearOf(files: readonly Fetched[], bits: number): { groups: string[][]; groupOf: Map<string, number> } {
  const groups = nearGroups(parseHashes(files.map((f) => f.look)), bits).map((g) => g.map((n) => files[n].file));
  return { groups, groupOf: new Map(groups.flatMap((group, g) => group.map((file) => [file, g + 1]))) };
}

/** A name for a column that the feed has not. */
function freeName(name: string, columns: readonly string[]): string {
  const taken = columns.map((c) => c.toLowerCase());
  return taken.includes(name) ? freeName(`feed_${name}`, columns) : name;
}

/**
 * The columns of the feed, `file`, and `near_group`: the same number in rows whose pictures look the same, nothing in
 * others. Columns of the feed that are called so become `feed_file` and `feed_near_group`.
 */
function tableText(feed: Feed, rows: readonly Got[], groupOf: ReadonlyMap<string, number>): string {
  const own = ['file', 'near_group'];
  const columns = feed.columns.map((c) =>
    own.includes(c.toLowerCase()) ? freeName(c.toLowerCase(), feed.columns) : c,
  );
  const lines = rows.map(({ row, result }) => [...row.fields, result.file, String(groupOf.get(result.file) ?? '')]);
  return [[...columns, ...own], ...lines].map((fields) => `${fields.map(csvField).join(',')}\n`).join('');
}

const said = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

function markdown(report: FetchReport): string {
  const cells = (...fields: (string | number)[]): string =>
    `| ${fields.map((f) => forMarkdown(String(f).slice(0, 200))).join(' | ')} |`;
  const { outcomes, hosts, failures, identical, nearDuplicates } = report;
  return `${[
    `# What ${forMarkdown(report.feed)} came to`,
    '',
    `${said(report.rows, 'row')}, ${said(report.addresses, 'address', 'addresses')}, ` +
      `${said(report.pictures, 'picture')}, ${(report.bytes / 1e6).toFixed(1)} MB.` +
      `${report.isComplete ? '' : ' **Not all has been asked for: run it again.**'}`,
    '',
    '| outcome | rows | |',
    '|---|---:|---|',
    ...Object.entries(outcomes).map(([name, n]) => cells(name, n, OUTCOMES[name as Outcome])),
    '',
    '| host | rows | fetched | others |',
    '|---|---:|---:|---|',
    ...hosts.map(({ host, rows, outcomes: own }) => {
      const others = Object.entries(own).filter(([name]) => name !== 'fetched');
      return cells(host, rows, own.fetched ?? 0, others.map(([name, n]) => `${name} ${n}`).join(', '));
    }),
    '',
    `${said(identical.length, 'file')} with several rows; ${said(nearDuplicates.length, 'group')} of files that look ` +
      `the same (within ${report.nearBits} of 64 bits).`,
    ...(failures.length === 0
      ? []
      : [
          '',
          '| line | id | outcome | reason | address |',
          '|---:|---|---|---|---|',
          ...failures.map(({ line, id, outcome, reason, url }) => cells(line, id, outcome, reason, url)),
        ]),
  ].join('\n')}\n`;
}

/**
 * Writes products.csv, fetch_report.json and fetch_report.md. @param name of the feed. @param rows all of the feed, in
 * its order. @throws OutputError
 */
export function writeReport(
  folder: string,
  name: string,
  feed: Feed,
  rows: readonly RowResult[],
  nearBits: number,
): FetchReport {
  const got = rows.filter(isGot);
  const byFile = groupBy(got, ({ result }) => result.file);
  const files = [...byFile.values()].map(([{ result }]) => result);
  const { groups, groupOf } = nearOf(files, nearBits);
  const report: FetchReport = {
    schema: 1,
    feed: name,
    urlColumn: feed.columns[feed.urlColumn],
    rows: rows.length,
    addresses: new Set(rows.flatMap(({ url }) => (url === null ? [] : [url.href]))).size,
    pictures: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    isComplete: !rows.some(({ result }) => result.outcome === 'pending' || result.outcome === 'postponed'),
    outcomes: countOutcomes(rows),
    hosts: [
      ...groupBy(
        rows.filter(({ url }) => url !== null),
        ({ url }) => (url as URL).host,
      ),
    ]
      .map(([host, own]) => ({ host, rows: own.length, outcomes: countOutcomes(own) }))
      .sort((a, b) => b.rows - a.rows || (a.host < b.host ? -1 : 1)),
    identical: [...byFile]
      .filter(([, own]) => own.length > 1)
      .map(([file, own]) => ({ file, lines: own.map(({ row }) => row.line) })),
    nearBits,
    nearDuplicates: groups,
    failures: rows.flatMap(({ row, result }) =>
      result.outcome === 'fetched'
        ? []
        : [
            {
              line: row.line,
              id: row.fields[feed.idColumn] ?? '',
              url: row.fields[feed.urlColumn] ?? '',
              outcome: result.outcome,
              reason: (result as Failed).reason,
            },
          ],
    ),
  };
  writeFileAtomic(joinPath(folder, TABLE), tableText(feed, got, groupOf));
  writeFileAtomic(joinPath(folder, `${REPORT}.json`), `${forJson(report, 2)}\n`);
  writeFileAtomic(joinPath(folder, `${REPORT}.md`), markdown(report));
  return report;
}
