/** `weft doctor`. */
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { weftJson } from './weft.js';
import { cwd } from './train/quick_run.js';

const test = suite('doctor');

test('doctor --json is one document and every kernel is right', async () => {
  const report = await weftJson<{
    adapters: string[];
    limits: Record<string, number>;
    checks: { name: string; passed: boolean }[];
  }>(['doctor'], { cwd });
  assert.ok(report.adapters.length > 0 && report.limits['maxBufferSize'] > 0);
  assert.ok(report.checks.length >= 10 && report.checks.every((c) => c.passed));
});

test.run();
