/** The driver that compiles for AMD's cards and never computes, and the judge on it. Skips where it cannot be built. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { multiplyAddShare } from '../../bench/verdict/assembly.js';
import { parseLog } from '../../bench/verdict/compile.js';
import { CARDS } from '../../bench/verdict/cards.js';
import { judge } from '../../bench/verdict/judge.js';
import { membersReport } from '../../bench/verdict/members_report.js';
import { adviceFor, cardEnvironment, missingPackages } from '../../bench/verdict/native.js';
import { rowsOf } from '../../bench/verdict/rows.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('verdict driver');
const missing = missingPackages();
if (missing.length > 0) skipped.push(`verdict: compiling for GPUs (${adviceFor(missing)})`);
else {
  const subject = { name: 'cnn', mode: 'train', batch: 32, precision: 'f32' } as const;

  for (const family of ['navi31', 'navi21'])
    test(`${family}: a step of the CNN compiles, without a spill, and its hot loops are seen`, async () => {
      const rows = rowsOf(await judge(family, [subject], '.'));
      assert.match(rows.adapter, /radv/);
      assert.equal(
        rows.kernels.filter((k) => k.failure !== null || k.spills > 0 || k.scratch > 0),
        [],
      );
      const conv = rows.kernels.find((k) => k.kernel === 'conv2d_workgroup');
      if (conv?.hot == null) throw new Error('no convolution');
      assert.equal([conv.threads, conv.subgroup], [64, 64]);
      assert.ok(conv.vgprs > 16 && conv.vgprs < 256 && conv.waves >= 3 && conv.waves <= 16 && conv.lds >= 1024);
      assert.ok(multiplyAddShare(conv.hot) > 0.6 && conv.hot.products >= 32, JSON.stringify(conv.hot));
      assert.ok(conv.bankConflict !== null && conv.bankConflict >= 1);
      const [step] = rows.steps;
      assert.ok(step.launches.some((l) => l.flops !== null && l.flops > 1e8));
      assert.is(
        step.dispatches,
        step.launches.reduce((n, l) => n + l.count, 0),
      );
    });

  test('whole programs run on it to their end, with the card’s limits, and read zeros', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-driver-'));
    try {
      const log = join(folder, 'log');
      const program = `
        const { Device, nn, backward, crossEntropy, optim, zeros } = await import('./dist/src/index.js');
        const device = await Device.create();
        const model = nn.createModel('lenet5').to(device).train();
        const optimizer = new optim.SGD(model, { lr: 0.1 });
        const step = device.capture(() => {
          optimizer.zeroGrad();
          const loss = crossEntropy(model.forward(zeros(device, [8, 1, 28, 28])), zeros(device, [8], 'u32'));
          backward(loss);
          optimizer.step();
          return loss;
        });
        for (let i = 0; i < 3; i++) step();
        const loss = await step().item();
        const shared = device.limits.maxComputeWorkgroupStorageSize;
        console.log(JSON.stringify({ loss, software: device.adapter.isSoftware, shared }));
        device.destroy();`;
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
        env: cardEnvironment('navi31', log),
      });
      assert.is(status, 0, stderr);
      assert.equal(JSON.parse(stdout), { loss: 0, software: false, shared: 65536 });
      const entries = parseLog(readFileSync(log, 'latin1'));
      assert.ok(entries.length > 15 && entries.every((e) => e.result === 0), `${entries.length} pipelines`);
      assert.ok(entries.every((e) => (e.statistics.get('VGPRs') ?? 0) > 0 && e.assembly.includes('s_endpgm')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('the members of a family are put in order, each with what its own kernel is', async () => {
    const request = { filter: '^matmul 256x256x256 (workgroup|naive)', shapes: [[256, 256, 256]] };
    const rows = rowsOf(await judge('navi31', [], '.', () => {}, request));
    assert.ok(rows.steps.length >= 3 && rows.steps.every((s) => s.dispatches > 0));
    const text = membersReport([rows], CARDS);
    const members = text.split('\n').slice(3);
    assert.is(members.length, rows.steps.length);
    assert.ok(members.some((line) => /^workgroup TILE_M=64 TILE_N=64 .* 8704 /.test(line)) && text.includes('naive'));
    const times = members.map((line) => Number(/ ([\d.]+) \(\d+ %\)/.exec(line)?.[1]));
    assert.equal(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  test('a family that there is none of is refused with its name', async () => {
    await judge('voodoo', [subject], '.').then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /voodoo/),
    );
  });
}

test.run();
