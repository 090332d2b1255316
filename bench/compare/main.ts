/**
 * Weft beside TensorFlow.js and jax-js on the same adapter: `npm run compare`. All contenders take turns, each in a
 * process of its own, so that a machine that is slow for a while is slow for all; see docs/performance/peers.md.
 */
import { spawnSync } from 'node:child_process';
import { tryFile, writeFileAtomic } from '#platform';
import { print, reportError, say } from '../../src/cli/output.js';
import { WeftError } from '../../src/device/errors.js';
import { runContender } from './child.js';
import { CONTENDERS, ROOT } from './contenders.js';
import { areEnough, coresInWords, coresWhenQuiet } from '../../src/cli/host_load.js';
import { INFERENCE } from './inference.js';
import { parseOptions, usage, type CompareOptions } from './options.js';
import { comparisonTable, csv, json, summary } from './report.js';
import { makeRow, remarks, type Outcome, type Row } from './rows.js';
import { WORKLOADS } from '../train/workloads.js';

/** Installs the packages of bench/peers when they are not there. */
function ensurePeers(): void {
  const { status } = spawnSync(process.execPath, [`${ROOT}scripts/peers.mjs`], { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new WeftError('the packages of bench/peers could not be installed', {
      fix: 'compare without them: --contenders weft,torch',
    });
}

/** All rounds of one workload. A contender that failed is not tried again. */
async function compareWorkload(workload: string, options: CompareOptions): Promise<Row> {
  const outcomes: Outcome[] = [];
  const cores: (number | null)[] = [];
  const failed = new Set<string>();
  for (let round = 1; round <= options.rounds; round++) {
    const now = await coresWhenQuiet(say);
    cores.push(now);
    say(
      `${workload}, round ${round} of ${options.rounds}: ` +
        `${coresInWords(now)}${areEnough(now) ? '' : ' (the machine is busy)'}`,
    );
    for (const contender of CONTENDERS.filter((c) => options.contenders.includes(c.name) && !failed.has(c.name))) {
      const result = await runContender(contender, workload, options.budget, options.timeout);
      outcomes.push({ workload, contender: contender.name, result });
      if ('error' in result) failed.add(contender.name);
      const told =
        'error' in result
          ? `failed: ${result.error}`
          : `${result.ms.toFixed(2).padStart(9)} ms ${String(result.reps).padStart(4)} times ` +
            `${result.rss_mb.toFixed(0).padStart(5)} MiB, first ${result.first_ms.toFixed(0)} ms`;
      say(`  ${contender.name.padEnd(20)} ${told}`);
    }
  }
  return makeRow(workload, outcomes, cores);
}

function write(to: string | null, text: string): void {
  if (to === '-') print(text.trimEnd());
  else if (to !== null) writeFileAtomic(to, text);
}

async function main(argv: readonly string[]): Promise<number> {
  const names = [...WORKLOADS, ...INFERENCE].map((w) => w.name);
  if (argv.includes('--help') || argv.includes('-h')) {
    print(usage(names));
    return 0;
  }
  const options = parseOptions(argv, names);
  if (CONTENDERS.some((c) => c.needsPeers && options.contenders.includes(c.name))) ensurePeers();
  const rows: Row[] = [];
  for (const to of [options.json, options.csv]) if (to !== null && to !== '-') tryFile(to);
  for (const workload of options.workloads) rows.push(await compareWorkload(workload, options));
  write(options.json, json(rows));
  write(options.csv, csv(rows));
  const isStdoutTaken = options.json === '-' || options.csv === '-';
  const report = [comparisonTable(rows), '', summary(rows), ...rows.flatMap(remarks)].join('\n');
  if (isStdoutTaken) say(report);
  else print(report);
  return rows.some((r) => options.contenders.includes('weft') && r.weft_ms === null) ? 8 : 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => reportError(error, false));
