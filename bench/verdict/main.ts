/**
 * `npm run verdict`: what the compilers of GPUs that are not here make of the kernels; see
 * docs/performance/verdict.md.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { joinPath, makeDirectory, tryFile, writeFileAtomic } from '#platform';
import { print, reportError, say, showLive } from '../../src/cli/output.js';
import { renderPng } from '../../src/report/render.js';
import { estimateSpec } from './chart.js';
import { judge, type Judged } from './judge.js';
import { adviceFor, missingPackages } from './native.js';
import { parseOptions, USAGE, type VerdictOptions } from './options.js';
import { compareWithRecord, recordOf, type KernelRecord } from './record.js';
import { membersReport } from './members_report.js';
import { jsonReport, markdownReport, textReport } from './report.js';
import { adaptersMatrix } from './adapters/main.js';
import { rowsOf, type FamilyRows } from './rows.js';
import { compileSuite } from './suite/main.js';

/** Compiled to dist/bench/verdict: the project's root is three folders up. */
const RECORD = fileURLToPath(new URL('../../../bench/verdict/recorded.json', import.meta.url));

async function judgeAll({ families, subjects, members, filter, assembly }: VerdictOptions): Promise<FamilyRows[]> {
  const all: FamilyRows[] = [];
  for (const family of families) {
    const told = (done: number): void => showLive(`${family}: ${done} pipelines`);
    const judged = await judge(family, subjects, filter, told, members);
    showLive('');
    say(`${family}: ${judged.verdicts.size} pipelines compiled as for ${judged.adapter}; nothing was run`);
    all.push(rowsOf(judged));
    if (assembly !== null) writeAssembly(assembly, judged);
  }
  return all;
}

/** One line for each kernel, so that a change of one is a change of one line. */
function recordText(record: KernelRecord): string {
  const families = Object.entries(record).map(([family, { adapter, kernels }]) => {
    const lines = Object.entries(kernels).map(([key, row]) => `    ${JSON.stringify(key)}: ${JSON.stringify(row)}`);
    const head = `"adapter": ${JSON.stringify(adapter)}, "kernels": {`;
    return `  ${JSON.stringify(family)}: { ${head}\n${lines.join(',\n')}\n  } }`;
  });
  return `{\n${families.join(',\n')}\n}\n`;
}

function check(all: readonly FamilyRows[]): number {
  const record = JSON.parse(readFileSync(RECORD, 'utf8')) as KernelRecord; // written by --record
  const { faults, failed, notes } = compareWithRecord(all, record);
  for (const note of notes) say(`note: ${note}`);
  if (notes.length > 0) say('npm run verdict -- --record brings the record up to date');
  for (const fault of faults) print(fault);
  const pipelines = all.reduce((n, { kernels }) => n + kernels.length, 0);
  print(`${pipelines} pipelines compiled for ${all.map((a) => a.family).join(' and ')}`);
  print(`${pipelines - failed} passed, ${failed} failed, 0 skipped`);
  return faults.length === 0 ? 0 : 1;
}

/** A file for each pipeline and family, by its place in the JSON. */
function writeAssembly(folder: string, { family, verdicts }: Judged): void {
  makeDirectory(folder);
  [...verdicts].forEach(([key, verdict], i) => {
    const text = typeof verdict === 'string' ? `; ${verdict}\n` : verdict.assembly;
    const name = `${family}_${String(i).padStart(3, '0')}_${key.split(' ', 1)[0]}.s`;
    writeFileAtomic(joinPath(folder, name), `; ${key}\n${text}`);
  });
}

async function show(all: readonly FamilyRows[], { cards, json, out, members }: VerdictOptions): Promise<void> {
  const document = `${JSON.stringify(jsonReport(all, cards), null, 1)}\n`;
  if (json === '-') print(document.trimEnd());
  else if (json !== null) writeFileAtomic(json, document);
  const text = members === null ? textReport(all, cards) : membersReport(all, cards);
  if (json === '-') say(text);
  else print(text);
  if (out === null) return;
  makeDirectory(out);
  writeFileAtomic(joinPath(out, 'verdict.json'), document);
  writeFileAtomic(joinPath(out, 'verdict.md'), markdownReport(all, cards));
  if (cards.length > 0) writeFileAtomic(joinPath(out, 'verdict.png'), await renderPng(estimateSpec(all, cards)));
  say(`written to ${out}: verdict.json, verdict.md${cards.length > 0 ? ', verdict.png' : ''}`);
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options === null) {
    print(USAGE);
    return 0;
  }
  const { task, pipelines: folder, families, json } = options;
  if (task === 'compile') return compileSuite({ folder, families, json });
  if (task === 'adapters') return adaptersMatrix({ ...options, models: options.named, family: families[0] });
  const missing = missingPackages();
  if (missing.length > 0 && options.task === 'check') {
    print(`skipped: compiling for GPUs, no ${missing.join(', ')} (${adviceFor(missing)})`);
    print('0 passed, 0 failed, 1 skipped');
    return 0;
  }
  if (options.json !== null && options.json !== '-') tryFile(options.json);
  const all = await judgeAll(options);
  if (options.task === 'check') return check(all);
  if (options.task === 'record') {
    writeFileAtomic(RECORD, recordText(recordOf(all)));
    say(`recorded: ${all.map((a) => `${a.kernels.length} for ${a.family}`).join(', ')}`);
    return 0;
  }
  await show(all, options);
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => reportError(error, false));
