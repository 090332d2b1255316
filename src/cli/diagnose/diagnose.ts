/** `weft diagnose`: what is wrong with a run, with evidence, and what to try. */
import { fileInfo, writeFileAtomic } from '#platform';
import { loadDataset } from '../../data/load.js';
import { diagnose, type Diagnosis } from '../../diagnose/diagnose.js';
import { SEVERITIES, type Finding } from '../../diagnose/finding.js';
import { stepsChart } from '../../diagnose/steps_chart.js';
import { CheckError, UsageError } from '../../device/errors.js';
import { matchClasses } from '../../inference/class_match.js';
import { RunFolder } from '../../report/run_folder.js';
import { textTable } from '../../report/table.js';
import { visible } from '../../text/visible.js';
import { readCheckpoint } from '../../train/checkpoint/checkpoint.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { DIAGNOSE_OPTIONS } from '../options/diagnose_options.js';
import { loadOptionsOf, notesOf } from '../options/images.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson, say } from '../output.js';
import { LiveLine } from '../progress.js';
import { withOptions } from '../settings.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(DIAGNOSE_OPTIONS, argv);
  const path = String(argv['run']);
  const folder = new RunFolder(path);
  const lastFile = folder.file('last.safetensors');
  const checkpoint = await readCheckpoint(o['checkpoint'] === 'last' ? lastFile : folder.file('best.safetensors'));
  const hasLast = o['steps'] === true && (await fileInfo(lastFile)) !== null;
  if (o['steps'] === true && !hasLast)
    say(`${path} has no last.safetensors: steps and the rate are not looked at, as they go on from that file`);
  const out = o['out'] === undefined ? undefined : String(o['out']);
  if (out !== undefined && !hasLast)
    throw new UsageError(`without training steps there is nothing to draw in ${out}`, {
      fix: 'diagnose a run that has its last.safetensors, without --no-steps',
    });
  const { config, classes } = checkpoint.header;
  say(`data: ${config.data}, the run’s own`);
  const splits = await loadDataset(config.data, loadOptionsOf(config));
  for (const note of notesOf(splits)) say(note);
  const other =
    o['data'] === undefined
      ? null
      : await loadDataset(String(o['data']), {
          ...loadOptionsOf(config),
          isPartial: true,
          onClasses: (own, name) => void matchClasses(classes, own, name),
        });
  const line = new LiveLine();
  const found = await withDevice(argv, async (device) =>
    diagnose(
      device,
      {
        checkpoint,
        last: hasLast ? await readCheckpoint(lastFile) : null,
        splits,
        ...(other === null ? {} : { other: other.test ?? other.train }),
      },
      (what) => line.show(`looking at ${what}`),
    ).finally(() => line.end()),
  );
  sayDiagnosis(found, path);
  if (out !== undefined && found.layers !== null) {
    writeFileAtomic(out, await stepsChart(found.layers.weights, `Training steps of ${path}`));
    print(`\n${visible(out)}: what a step does in each layer`);
  }
  if (argv['json'] === true) printJson(documentOf(found));
  const bad = found.findings.filter((f) => f.severity !== 'note');
  if (o['strict'] === true && bad.length > 0)
    throw new CheckError(`${bad.length} ${bad.length === 1 ? 'finding' : 'findings'} in ${path}: ${bad[0].title}`, {
      fix: 'see above what to try; without --strict findings are no failure',
    });
}

/** The JSON document; docs/json.md names its fields. */
function documentOf({ findings, ...rest }: Diagnosis): Record<string, unknown> {
  return { findings: findings.map((f) => ({ ...f, advice: withOptions(f.advice) })), ...rest };
}

function sayFinding({ severity, check, title, evidence, meaning, advice }: Finding): void {
  print(
    [
      `${severity}: ${title} [${check}]`,
      `  evidence  ${evidence}`,
      `  meaning   ${meaning}`,
      `  try       ${withOptions(advice)}`,
      '',
    ]
      .map((text) => visible(text))
      .join('\n'),
  );
}

function sayDiagnosis({ findings, parts, layers, norms }: Diagnosis, path: string): void {
  for (const finding of findings) sayFinding(finding);
  const counts = SEVERITIES.map((s) => [s, findings.filter((f) => f.severity === s).length] as const);
  const told = counts.filter(([, n]) => n > 0).map(([s, n]) => `${n} ${s}${n === 1 ? '' : 's'}`);
  print(`${visible(path)}: ${told.length === 0 ? 'nothing found' : told.join(', ')}`);
  const looked = parts.map((p) => `${p.count} ${p.part} images (accuracy ${(100 * p.accuracy).toFixed(1)} %)`);
  print(`looked at ${looked.join(', ')}`);
  if (layers !== null && layers.weights.length > 0)
    print(
      `\n${textTable(
        ['weights', 'size', 'gradient', 'update / size'],
        layers.weights.map((w) => [w.weight, ...[w.size, w.gradient, w.update].map((v) => v.toExponential(1))]),
      )}`,
    );
  const units = layers?.units.filter((u) => (u.dead ?? u.saturated ?? 0) > 0) ?? [];
  if (units.length > 0)
    print(
      `\n${textTable(
        ['activations', 'units', 'dead', 'saturated'],
        units.map((u) => [
          `${u.activation} of ${u.layer}`,
          String(u.units),
          ...[u.dead, u.saturated].map((v) => (v === null ? '-' : `${(100 * v).toFixed(1)} %`)),
        ]),
      )}`,
    );
  if (norms.length > 0)
    print(
      `\n${textTable(
        ['batch norm', 'means off', 'deviations off'],
        norms.map((n) => [n.layer, n.shift.toFixed(2), `x ${Math.exp(n.scale).toFixed(2)}`]),
      )}`,
    );
}
