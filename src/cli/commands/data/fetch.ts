/** `weft data fetch`: collects the product pictures that a feed names. */
import { parseHosts } from '../../../data/fetch/address.js';
import { fetchFeed, requirePictures, type FetchedFeed } from '../../../data/fetch/fetch_feed.js';
import { OUTCOMES, type Outcome } from '../../../data/fetch/outcome.js';
import { InterruptedError } from '../../../device/errors.js';
import type { Parsed } from '../../declare/declared.js';
import { FETCH_OPTIONS } from '../../options/data/fetch_options.js';
import { resolveOptions } from '../../options/options.js';
import { duration, print, printJson, say } from '../../output.js';
import { ownFolder } from '../../own_folder.js';
import { LiveLine } from '../../progress.js';
import { StopSignals } from '../../stop_signals.js';

function sayFetched({ report, known, knownFailed, leftOut, ...counts }: FetchedFeed, out: string): void {
  const { outcomes, identical, nearDuplicates, nearBits } = report;
  const width = Math.max(...Object.keys(outcomes).map((name) => name.length));
  for (const [name, n] of Object.entries(outcomes))
    print(`${name.padEnd(width)}  ${String(n).padStart(6)}  ${OUTCOMES[name as Outcome]}`.trimEnd());
  say(
    `${counts.requests} requests (${counts.retries} again) in ${duration(counts.seconds)}, ` +
      `${(counts.bytes / 1e6).toFixed(1)} MB` +
      `${known > 0 ? `; ${known} addresses were known from earlier runs` : ''}` +
      `${knownFailed > 0 ? `, ${knownFailed} of them failed then (--retry-failed asks again)` : ''}` +
      `${leftOut > 0 ? `; ${leftOut} rows were not asked for (--where)` : ''}`,
  );
  say(
    `${report.pictures} pictures, ${(report.bytes / 1e6).toFixed(1)} MB; in several rows: ${identical.length}; ` +
      `groups that look the same (within ${nearBits} of 64 bits): ${nearDuplicates.length}`,
  );
  const failed = report.rows - (outcomes.fetched ?? 0);
  if (failed > 0) say(`${failed} of ${report.rows} rows without a picture: ${out}/fetch_report.md says why`);
  if (!report.isComplete) say('not all has been asked for: run it again');
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(FETCH_OPTIONS, argv);
  const out = String(o['out']);
  const text = (name: string): string | undefined => (o[name] === undefined ? undefined : String(o[name]));
  const privateHosts = parseHosts(text('allow-private') ?? '', '--allow-private');
  const line = new LiveLine();
  const stop = new StopSignals('the report is written', 'stopping: what has been fetched is kept');
  try {
    await ownFolder(
      out,
      async () => {
        const fetched = await fetchFeed(String(argv['feed']), out, {
          urlColumn: text('url-column'),
          where: text('where'),
          encoding: text('encoding'),
          contact: text('contact'),
          retryFailed: o['retry-failed'] === true,
          near: Number(o['near']),
          concurrency: Number(o['concurrency']),
          perHost: Number(o['per-host']),
          delayMs: 1000 * Number(o['delay']),
          robots: o['robots'] === true,
          retries: Number(o['retries']),
          backoffMs: 1000 * Number(o['retry-delay']),
          maxWaitMs: 1000 * Number(o['max-wait']),
          timeoutMs: 1000 * Number(o['timeout']),
          maxBytes: 1e6 * Number(o['max-size']),
          maxPixels: 1e6 * Number(o['max-pixels']),
          maxRedirects: Number(o['max-redirects']),
          allowHttp: o['allow-http'] === true,
          privateHosts,
          signal: stop.signal,
          onProgress: ({ done, total, bytes }) =>
            line.show(`${done} of ${total} addresses, ${(bytes / 1e6).toFixed(1)} MB`),
        }).finally(() => line.end());
        sayFetched(fetched, out);
        if (argv['json'] === true) printJson({ out, ...fetched });
        if (stop.received !== null)
          throw new InterruptedError('stopped; the same command goes on from here', stop.received);
        requirePictures(fetched);
        say(`the rows with a picture: weft train --data ${out}/products.csv --label COLUMN`);
      },
      true,
    );
  } finally {
    stop.remove();
  }
}
