/** `npm run verdict -- --compile FOLDER`: every pipeline that the tests made, compiled for cards. */
import { tryFile, writeFileAtomic } from '#platform';
import { print, say, showLive } from '../../../src/cli/output.js';
import { adviceFor, missingPackages } from '../native.js';
import { compileRecord } from './compile.js';
import { EXCEPTIONS } from './exceptions.js';
import { listRecord, readRecorded } from './record.js';
import { faultsOf, summaryOf, summaryText, type Summary } from './report.js';

export interface CompileOptions {
  /** Where the pipelines were written down. */
  readonly folder: string;
  readonly families: readonly string[];
  /** A file, `-` for stdout, null when JSON is not asked for. */
  readonly json: string | null;
}

/** @returns the exit code: 1 when a pipeline does not compile, or spills, without a reason in exceptions.ts. */
export async function compileSuite({ folder, families, json }: CompileOptions): Promise<number> {
  const missing = missingPackages();
  if (missing.length > 0) {
    print(`skipped: compiling the pipelines of the tests for GPUs, no ${missing.join(', ')} (${adviceFor(missing)})`);
    print('0 passed, 0 failed, 1 skipped');
    return 0;
  }
  const digests = listRecord(folder);
  if (json !== null && json !== '-') tryFile(json);
  const labels = new Map(digests.map((digest) => [digest, readRecorded(folder, digest).label]));
  const summaries: Summary[] = [];
  for (const family of families) {
    const started = performance.now();
    const told = (done: number): void => showLive(`${family}: ${done} of ${digests.length} pipelines`);
    const compiled = await compileRecord(family, folder, digests, told);
    showLive('');
    say(`${family}: ${digests.length} pipelines in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    summaries.push(summaryOf(compiled, labels));
  }
  const document = `${JSON.stringify({ pipelines: digests.length, families: summaries }, null, 1)}\n`;
  if (json === '-') print(document.trimEnd());
  else if (json !== null) writeFileAtomic(json, document);
  for (const summary of summaries) print(summaryText(summary));
  for (const { pipeline } of EXCEPTIONS.filter((e) => ![...labels.values()].some((label) => e.pipeline.test(label))))
    say(`note: no pipeline is ${String(pipeline)}, of which there is an exception`);
  const failed = summaries.reduce((n, summary) => n + faultsOf(summary).length, 0);
  print(`${families.length * digests.length - failed} passed, ${failed} failed, 0 skipped`);
  return failed === 0 ? 0 : 1;
}
