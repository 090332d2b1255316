/** report.html: everything that one looks at after a run or an evaluation, on one page that asks for nothing else. */
import type { ImageDataset } from '../../data/dataset.js';
import type { CalibrationReport } from '../../inference/calibrate.js';
import type { EvaluationReport } from '../../inference/evaluate_checkpoint.js';
import type { ImageAnswers } from '../../inference/image_answers.js';
import { forHtml } from '../../text/html.js';
import { named } from '../../text/width.js';
import type { EpochMetrics } from '../../train/evaluate/metrics.js';
import { confusionSection } from './confusion.js';
import { htmlPage, htmlTable, timeSpan, type CellText, type Section } from './page.js';
import { mistakesSection, trainingSection, type SeenByTraining } from './sheets.js';
import { legend, lineChart, reliabilityDiagram } from './svg_charts.js';

/** A figure in large letters, and what it is. */
export interface Headline {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
  /** Measured in seconds: another in every run. */
  readonly isTime?: boolean;
}

export interface RunReport {
  readonly title: string;
  /** What it is, in a sentence. */
  readonly about: string;
  readonly headlines: readonly Headline[];
  readonly warnings: readonly string[];
  readonly history: readonly EpochMetrics[];
  readonly report: EvaluationReport;
  readonly answers: ImageAnswers;
  /** What the answers are about, with its labels among the model's classes. */
  readonly data: ImageDataset;
  readonly classes: readonly string[];
  readonly calibration: CalibrationReport;
  readonly seen: SeenByTraining | null;
  readonly config: object;
  readonly environment: object;
  /** SHA-256 by what it is of. */
  readonly digests: Readonly<Record<string, string>>;
  /** What is done, and the command that does it. */
  readonly commands: readonly (readonly [what: string, command: string])[];
  readonly version: string;
}

/** Rows of the table of classes; of more the worst are shown. */
const MAX_CLASSES = 100;
const WORST = 50;

const percent = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '-' : `${(100 * share).toFixed(2)} %`;

export async function runReport(r: RunReport): Promise<string> {
  const cards = r.headlines.map(
    ({ name, value, note, isTime }) =>
      `<div><dt>${forHtml(name)}</dt><dd>${isTime === true ? timeSpan(value) : forHtml(value)}` +
      `${note === undefined ? '' : `<small>${forHtml(note)}</small>`}</dd></div>`,
  );
  const warned =
    r.warnings.length === 0
      ? ''
      : `<div class="warnings" role="note"><strong>To be kept in mind</strong><ul>` +
        `${r.warnings.map((w) => `<li>${forHtml(w)}</li>`).join('')}</ul></div>`;
  const sections: Section[] = [
    { id: 'curves', title: 'Curves', body: curves(r.history) },
    {
      id: 'mistakes',
      title: 'Most confident mistakes',
      body: await mistakesSection(r.answers, r.data, r.classes),
    },
    {
      id: 'confusion',
      title: 'Confusion',
      body: (r.report.confusion === null ? '' : confusionSection(r.report.confusion, r.classes)) + pairs(r.report),
    },
    { id: 'classes', title: 'Classes', body: classTable(r.report) },
    { id: 'calibration', title: 'Calibration', body: calibration(r.calibration) },
    { id: 'training', title: 'What training saw', body: r.seen === null ? '' : await trainingSection(r.seen) },
    { id: 'configuration', title: 'Configuration', body: settings('Settings of the run', r.config) },
    { id: 'environment', title: 'Environment', body: settings('Where it was computed', r.environment) },
    { id: 'data', title: 'Data', body: digests(r.digests) },
    { id: 'repeat', title: 'How to repeat it', body: commands(r.commands) },
  ];
  const lead = `<p>${forHtml(r.about)}</p>\n<dl class="cards">${cards.join('\n')}</dl>\n${warned}`;
  return htmlPage(r.title, lead, sections, `Written by weftgrad ${forHtml(r.version)}.`);
}

function curves(history: readonly EpochMetrics[]): string {
  if (history.length === 0) return '';
  const validated = history.some((e) => e.valLoss !== null);
  const names = validated ? ['training', 'validation'] : ['training'];
  const lines = (train: (e: EpochMetrics) => number, validation: (e: EpochMetrics) => number | null) =>
    names.map((name, n) => ({ name, values: history.map(n === 0 ? train : validation) }));
  const chart = (svg: string, caption: string, keys = legend(names)): string =>
    `<figure class="chart">${svg}<figcaption>${caption}${keys === '' ? '' : `<br>${keys}`}</figcaption></figure>`;
  return (
    `<div class="charts">` +
    chart(
      lineChart(
        'loss',
        lines(
          (e) => e.trainLoss,
          (e) => e.valLoss,
        ),
        false,
      ),
      'Mean cross-entropy of an image, in nats.',
    ) +
    chart(
      lineChart(
        'accuracy',
        lines(
          (e) => e.trainAccuracy,
          (e) => e.valAccuracy,
        ),
        true,
      ),
      'Share of right answers; in training while the weights move.',
    ) +
    chart(
      lineChart('learning rate', [{ name: 'rate', values: history.map((e) => e.lr) }], false),
      'Learning rate, at the end of each epoch.',
      '',
    ) +
    `</div>`
  );
}

function pairs({ mostConfused }: EvaluationReport): string {
  if (mostConfused.length === 0) return '';
  return htmlTable(
    'Most often mistaken',
    ['true class', 'taken for', 'images', 'share of the class'],
    mostConfused.map(({ truth, predicted, count, share }) => [
      named(truth),
      named(predicted),
      { number: String(count) },
      { number: percent(share) },
    ]),
    'words',
  );
}

function classTable({ perClass }: EvaluationReport): string {
  if (perClass.length === 0) return '<p>Too many classes for figures of each.</p>';
  const isCut = perClass.length > MAX_CLASSES;
  const shown = isCut ? [...perClass].sort((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2)).slice(0, WORST) : perClass;
  return htmlTable(
    isCut
      ? `The ${WORST} of ${perClass.length} classes with the lowest F1`
      : 'Accuracy of a class is the share of its images that were recognised; precision, of the images taken for it, ' +
          'the share that are',
    ['class', 'images', 'accuracy', 'precision', 'F1'],
    shown.map((c) => [
      named(c.class),
      { number: String(c.support) },
      { number: percent(c.recall) },
      { number: percent(c.precision) },
      { number: c.f1?.toFixed(3) ?? '-' },
    ]),
    'words',
  );
}

function calibration(c: CalibrationReport): string {
  const rows: (readonly [string, CellText])[] = [
    ['expected calibration error (ECE)', { number: percent(c.ece) }],
    ['temperature', { number: c.temperature?.toFixed(3) ?? 'none: no images were held back' }],
  ];
  if (c.temperature !== null)
    rows.push(['images that it was fitted on', { number: c.fittedOn.toLocaleString('en-US') }]);
  if (c.eceCalibrated !== null) rows.push(['ECE of logits / temperature', { number: percent(c.eceCalibrated) }]);
  if (c.lossCalibrated !== null) rows.push(['loss of logits / temperature', { number: c.lossCalibrated.toFixed(4) }]);
  return (
    `<div class="charts"><figure class="chart">${reliabilityDiagram(c.reliability)}` +
    `<figcaption>Of images that the network is as sure of (${c.bins} bins), the share that it has right; on the ` +
    `dashed line both are equal, below it the network is too sure. Pale bars have few images.</figcaption></figure>` +
    `<div>${htmlTable('How far the probabilities can be believed', ['figure', 'value'], rows)}</div></div>`
  );
}

/** Fields of a document, nested ones with their paths; text that is none of the program's own words. */
function settings(caption: string, document: object): string {
  const rows: [string, string][] = [];
  const visit = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return;
    if (typeof value === 'object' && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, path === '' ? key : `${path}.${key}`);
    else rows.push([path, typeof value === 'string' ? value : JSON.stringify(value)]);
  };
  visit(document, '');
  const kept = rows.slice(0, MAX_CLASSES).map(([name, value]) => [name, value.slice(0, 500)]);
  return htmlTable(caption, ['setting', 'value'], kept, 'words');
}

function digests(of: Readonly<Record<string, string>>): string {
  const rows = Object.entries(of);
  return rows.length === 0
    ? ''
    : htmlTable('SHA-256 of what the run was made from', ['what', 'SHA-256'], rows, 'words');
}

function commands(list: RunReport['commands']): string {
  return list.map(([what, command]) => `<p>${forHtml(what)}</p><pre><code>${forHtml(command)}</code></pre>`).join('');
}
