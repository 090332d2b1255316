/** The files of docs/scale: Slurm runs one, Kubernetes would take the other. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { z } from 'zod';
import { skipped, suite } from '../../support/harness.js';
import { noSlurm, TestSlurm } from '../../support/slurm.js';
import { onFastDrivers, weft } from '../weft.js';
import { tableBytes, tableWords, writeData } from './table.js';

const test = suite('clusters');
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), 'weft-clusters-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));

/** The fields of batch/v1 and v1 that the file has, by the reference of the API of Kubernetes 1.28. */
const NAME = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const QUANTITY = z.string().regex(/^\d+(\.\d+)?(m|k|Ki|Mi|Gi|Ti)?$/);
const AMOUNTS = z.record(z.string(), QUANTITY);
const JOB = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name: NAME }),
  spec: z.strictObject({
    completionMode: z.enum(['Indexed', 'NonIndexed']),
    completions: z.int().positive(),
    parallelism: z.int().min(0),
    backoffLimit: z.int().min(0),
    template: z.strictObject({
      spec: z.strictObject({
        restartPolicy: z.enum(['OnFailure', 'Never']),
        terminationGracePeriodSeconds: z.int().min(0),
        containers: z
          .array(
            z.strictObject({
              name: NAME,
              image: z.string().min(1),
              workingDir: z.string().startsWith('/'),
              command: z.array(z.string()),
              resources: z.strictObject({ requests: AMOUNTS, limits: AMOUNTS }),
              volumeMounts: z.array(z.strictObject({ name: NAME, mountPath: z.string().startsWith('/') })),
            }),
          )
          .min(1),
        volumes: z.array(z.strictObject({ name: NAME, persistentVolumeClaim: z.strictObject({ claimName: NAME }) })),
      }),
    }),
  }),
});

test('Kubernetes: the file has fields of the API alone, its names agree, and its command finds the line', () => {
  const job = JOB.parse(parse(readFileSync(join(ROOT, 'docs/scale/k8s.yaml'), 'utf8')));
  const { containers, volumes } = job.spec.template.spec;
  const [{ command, volumeMounts, workingDir }] = containers;
  assert.equal(
    volumeMounts.map((m) => m.name),
    volumes.map((v) => v.name),
  );
  assert.equal(
    volumeMounts.map((m) => m.mountPath),
    [workingDir],
  );
  assert.ok(!JOB.safeParse({ ...job, spec: { ...job.spec, completion: 8 } }).success, 'a wrong field would be found');
  writeFileSync(join(cwd, 'cells.txt'), "echo first\necho 'the second' line\n");
  const run = spawnSync(command[0], command.slice(1), {
    cwd,
    env: { ...process.env, JOB_COMPLETION_INDEX: '1' },
    encoding: 'utf8',
  });
  assert.is(run.stdout, 'the second line\n', run.stderr);
});

const why = noSlurm();
if (why !== null) skipped.push(`Slurm runs an array of cells (${why})`);
else
  onFastDrivers(test, 'Slurm runs an array of cells, and the table is that of one process', async () => {
    writeData(cwd);
    assert.is((await weft(tableWords('whole', 4), { cwd })).code, 0);
    const { stdout } = await weft([...tableWords('array', 4), '--list-cells'], { cwd });
    const script = JSON.stringify(join(ROOT, 'scripts', 'weft.mjs'));
    writeFileSync(join(cwd, 'cells.txt'), stdout.replaceAll('npx weftgrad', `${process.execPath} ${script}`));
    const slurm = await TestSlurm.start();
    if (slurm === null) return void skipped.push('Slurm runs an array of cells (its node does not come up here)');
    try {
      const lines = stdout.trimEnd().split('\n').length;
      const said = slurm.run('sbatch', [`--array=1-${lines}`, join(ROOT, 'docs/scale/slurm.sbatch')], cwd);
      assert.match(said, /^Submitted batch job \d+/);
      for (let tries = 0; slurm.run('squeue', ['--noheader']).trim() !== ''; tries++) {
        assert.ok(tries < 240, slurm.run('squeue', []));
        await pause(500);
      }
    } finally {
      await slurm.stop();
    }
    const logs = readdirSync(cwd).filter((name) => name.startsWith('slurm-'));
    const gathered = await weft(tableWords('array', 4), { cwd });
    assert.is(gathered.code, 0, gathered.stderr);
    assert.is(
      gathered.stderr.match(/done before/g)?.length,
      8,
      `${gathered.stderr}\n${logs.map((name) => readFileSync(join(cwd, name), 'utf8')).join('\n')}`,
    );
    assert.equal(tableBytes(cwd, 'array'), tableBytes(cwd, 'whole'));
    assert.not(existsSync(join(cwd, 'array/cells')));
  });

test.run();
