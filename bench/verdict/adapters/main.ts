/** `npm run verdict -- --adapters`: whether each model compiles and runs under each fact of adapters. */
import { joinPath, makeDirectory, tryFile, writeFileAtomic } from '#platform';
import { print, say, showLive } from '../../../src/cli/output.js';
import { models as knownModels } from '../../../src/nn/models/registry.js';
import { missingPackages } from '../native.js';
import type { Subject } from '../subjects.js';
import { FACTS, type Where } from './facts.js';
import { isGood, jsonOf, markdownOf, textOf, type Matrix, type Row } from './report.js';
import { compileUnder, runUnder } from './run.js';

export interface AdaptersOptions {
  /** Null: all of the library. */
  readonly models: readonly string[] | null;
  /** Of facts' names. */
  readonly filter: string;
  readonly family: string;
  /** A file, `-` for stdout, null when JSON is not asked for. */
  readonly json: string | null;
  /** A folder for table and JSON. */
  readonly out: string | null;
}

/** Those that are compiled with halves as activations, besides. */
const IN_HALVES = ['cnn', 'convbn', 'resnet20', 'resnet50', 'lstm'];
const BATCH = 32;

/** At the sizes that a model is for: the defaults of a card go by them. */
function subjectsOf(names: readonly string[], hasHalves: boolean): Subject[] {
  const subject = (name: string, mode: Subject['mode'], precision: Subject['precision']): Subject => ({
    name,
    mode,
    batch: BATCH,
    precision,
  });
  return names.flatMap((name) => [
    subject(name, 'train', 'f32'),
    subject(name, 'infer', 'f32'),
    ...(hasHalves && IN_HALVES.includes(name) ? [subject(name, 'train', 'f16')] : []),
  ]);
}

const documentOf = (matrix: Matrix): string => `${JSON.stringify(jsonOf(matrix), null, 1)}\n`;

/** What there is so far: all of it takes long. */
function write({ json, out }: AdaptersOptions, matrix: Matrix): void {
  if (json !== null && json !== '-') writeFileAtomic(json, documentOf(matrix));
  if (out === null) return;
  makeDirectory(out);
  writeFileAtomic(joinPath(out, 'adapters.json'), documentOf(matrix));
  writeFileAtomic(joinPath(out, 'adapters.md'), markdownOf(matrix));
}

const isSet = (where: Where): where is Exclude<Where, string> => typeof where !== 'string';

/** @returns the exit code: 1 when a model does not compile, does not run, or gives other numbers. */
export async function adaptersMatrix(options: AdaptersOptions): Promise<number> {
  const { filter, family, json } = options;
  const names = options.models ?? knownModels().map(({ name }) => name);
  if (json !== null && json !== '-') tryFile(json);
  const hasCompiler = missingPackages().length === 0;
  if (!hasCompiler) say(`no card's compiler here (${missingPackages().join(', ')} missing): models are only run`);
  showLive('the models as this adapter runs them by default');
  const reference = await runUnder({}, names);
  const rows: Row[] = [];
  for (const { name, software, card, without } of FACTS.filter((f) => new RegExp(filter).test(f.name))) {
    const started = performance.now();
    const asked = without === undefined ? names : names.filter((n) => !without.test(n));
    const told = (done: number): void => showLive(`${name}: ${done} pipelines`);
    showLive(`${name}: models are run`);
    const ran = isSet(software) ? await runUnder(software, asked) : software;
    const halves = isSet(card) && !(card['WEFT_WITHOUT'] ?? '').includes('shader-f16');
    const compiled =
      hasCompiler && isSet(card) ? await compileUnder(family, card, subjectsOf(asked, halves), told) : card;
    showLive('');
    rows.push({
      name,
      models: asked.length,
      ran,
      compiled: isSet(card) && !hasCompiler ? 'none' : (compiled as Row['compiled']),
    });
    write(options, { family, models: names, reference, rows });
    say(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  const matrix = { family, models: names, reference, rows };
  if (json === '-') print(documentOf(matrix).trimEnd());
  (json === '-' ? say : print)(textOf(matrix));
  return isGood(matrix) ? 0 : 1;
}
