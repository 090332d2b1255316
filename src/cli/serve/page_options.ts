/** What the command lines of `weft serve` and `weft page` say a page is made of, and what is said of it. */
import { UsageError } from '../../device/errors.js';
import type { PageManifest } from '../../retrieval/page_manifest.js';
import { visible } from '../../text/visible.js';
import type { Parsed } from '../declare/declared.js';
import { say } from '../output.js';
import type { PageIndexOptions } from './page_files.js';

type Options = Readonly<Record<string, unknown>>;

/**
 * The run folders of a page.
 * @throws UsageError for none without --learn and --backbone, some with --learn, or an index without a run.
 */
export function pageRuns(argv: Parsed, o: Options, command: 'serve' | 'page'): readonly string[] {
  const runs = ((argv['runs'] as unknown[] | undefined) ?? []).map(String);
  const isLearning = o['learn'] === true;
  if (isLearning && (runs.length > 0 || o['index'] !== undefined))
    throw new UsageError('--learn makes a page without a run and without an index', {
      fix: 'leave --learn out: the page of a run has the tab Learn too',
    });
  if (runs.length === 0 && !isLearning && o['backbone'] === undefined)
    throw new UsageError(`weft ${command} needs a run to classify with`, {
      fix: 'name a run folder, or make a page without one, to learn with (--learn) or for own classes (--backbone)',
    });
  if (runs.length === 0 && o['index'] !== undefined)
    throw new UsageError('--index is for the similar products of a run', { fix: 'name a run folder' });
  return runs;
}

/** What `--index` and `--weights` say. @throws UsageError for weights without an index. */
export function pageIndexOptions(
  o: Readonly<Record<string, unknown>>,
  onMissing: PageIndexOptions['onMissing'],
): PageIndexOptions | null {
  if (o['index'] === undefined && o['weights'] !== undefined)
    throw new UsageError('--weights says where those of an index are', { fix: 'give --index too' });
  return o['index'] === undefined
    ? null
    : { folder: String(o['index']), weights: o['weights'] === undefined ? null : String(o['weights']), onMissing };
}

/** Says which runs and which backbone a page has, and how large they are. */
export function sayParts({ runs, backbone }: PageManifest): void {
  const part = (name: string, model: string, bytes: number): string =>
    `${visible(name)} (${model}, ${(bytes / 1e6).toFixed(1)} MB)`;
  if (runs.length > 1) say(`runs: ${runs.map((run) => part(run.name, run.model, run.weights.bytes)).join(', ')}`);
  if (backbone !== null) say(`backbone: ${part(backbone.name, backbone.model, backbone.weights.bytes)}`);
}
