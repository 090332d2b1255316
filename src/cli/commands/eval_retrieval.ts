/** `weft eval-retrieval`: how often an index finds pictures of the same label. */
import { hostRandom } from '../../data/host_random.js';
import { parseHashes } from '../../data/pictures/perceptual_hash.js';
import { DataError } from '../../device/errors.js';
import { brandColumn } from '../../retrieval/brand_rule.js';
import { columnOf, readIndex } from '../../retrieval/index_folder.js';
import {
  measureRetrieval,
  RECALL_AT,
  type RetrievalMeasures,
  type RetrievalReport,
} from '../../retrieval/retrieval_metrics.js';
import { RowSearch } from '../../retrieval/row_search.js';
import { textTable } from '../../report/table.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { percent, print, printJson } from '../output.js';
import { LiveLine } from '../progress.js';
import { labelDoubts, sayWarnings } from '../run_notes.js';
import { EVAL_RETRIEVAL_OPTIONS } from '../options/retrieval_options.js';

/** Labels that the table shows, the most frequent first; --json has all. */
const SHOWN = 20;

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(EVAL_RETRIEVAL_OPTIONS, argv);
  const index = await readIndex(String(argv['index']));
  const { count, trainCount, width, label: classes, hashes, perceptual } = index.manifest;
  const label = o['label'] === undefined ? classes : String(o['label']);
  const labels = columnOf(index, label);
  const brands = o['exclude-same-brand'] === true ? brandColumn(index, String(o['brand-column'])) : null;
  const first = o['part'] === 'test' ? trainCount : 0;
  if (first === count) throw new DataError(`${index.path}: has no test part`, { fix: 'leave out --part test' });
  const asking = Uint32Array.from({ length: count - first }, (_, n) => first + n);
  const queries =
    o['queries'] === undefined || Number(o['queries']) >= asking.length
      ? asking
      : hostRandom(Number(o['seed'])).shuffle(asking).slice(0, Number(o['queries']));
  await withDevice(argv, async (device) => {
    const search = new RowSearch(device, index.rows, width);
    const line = new LiveLine();
    const started = performance.now();
    const near = o['near'] === undefined ? null : Number(o['near']);
    const report = await measureRetrieval(
      search,
      { rows: index.rows, labels, hashes, perceptual: parseHashes(perceptual), brands },
      queries,
      near,
      (done, total) => line.show(`${done} of ${total} queries`),
    ).finally(() => {
      line.end();
      search.release();
    });
    const seconds = (performance.now() - started) / 1000;
    sayMeasures(label, report);
    sayWarnings(labelDoubts(label, new Set(labels)));
    if (argv['json'] === true)
      printJson({
        index: index.path,
        label,
        count,
        part: o['part'],
        near,
        otherBrands: brands !== null,
        ...report,
        seconds,
      });
  });
}

function sayMeasures(label: string, report: RetrievalReport): void {
  const cells = ({ recall, meanAveragePrecision }: RetrievalMeasures): string[] => [
    ...RECALL_AT.map((k) => percent(recall[k])),
    percent(meanAveragePrecision),
  ];
  const frequent = [...report.perLabel].sort((a, b) => b.queries - a.queries).slice(0, SHOWN);
  const lines = [
    ['all', String(report.queries), ...cells(report)],
    ...frequent.map((own) => [own.label, String(own.queries), ...cells(own)]),
  ];
  const headers = [label, 'queries', ...RECALL_AT.map((k) => `recall@${k}`), 'mAP'];
  print(`\n${textTable(headers, lines, ['left', ...headers.slice(1).map(() => 'right' as const)])}`);
  if (report.perLabel.length > SHOWN) print(`and ${report.perLabel.length - SHOWN} more`);
  print(
    `\nby chance recall@1 is ${percent(report.chance)}; copies left out: ${report.copiesLeftOut}; queries ` +
      `without another of their ${label}: ${report.alone}, not counted` +
      (report.withoutBrand > 0 ? `; queries whose brand is not known: ${report.withoutBrand}, not counted` : ''),
  );
}
