/** The workflow of GitHub and the Dockerfile run the tests, pin what they use, and may do no more than they need. */
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { suite } from '../support/harness.js';
import { text } from './source.js';

const test = suite('workflow');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes': number;
  readonly steps: readonly Step[];
}

const workflow = parse(text('.github/workflows/tests.yml')) as {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
};
const { scripts, engines } = JSON.parse(text('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};

test('the workflow only reads, pins what it uses, and every script that it runs is one', () => {
  assert.equal(workflow.permissions, { contents: 'read' });
  const jobs = Object.values(workflow.jobs);
  assert.ok(jobs.some(({ steps }) => steps.some(({ run }) => run === 'npm test')));
  for (const { 'runs-on': host, 'timeout-minutes': minutes, steps } of jobs) {
    assert.match(host, /^ubuntu-\d\d\.\d\d$/);
    assert.ok(minutes > 0);
    for (const step of steps) {
      assert.is(Number(step.uses !== undefined) + Number(step.run !== undefined), 1, JSON.stringify(step));
      if (step.uses !== undefined) assert.match(step.uses, /^actions\/[\w-]+@v\d+\.\d+\.\d+$/);
      if (step.uses?.startsWith('actions/checkout@') === true) assert.is(step.with?.['persist-credentials'], false);
      for (const [, name] of (step.run ?? '').matchAll(/npm run ([\w:-]+)/g)) assert.ok(name in scripts, name);
      assert.not.match(step.run ?? '', /\$\{\{/, 'no expression is put into a shell');
    }
  }
});

test('the Dockerfile pins Node, as the package allows it, and runs as nobody special', () => {
  const file = text('.ci/Dockerfile');
  const [, major, minor] = /^FROM node:(\d+)\.(\d+)\.\d+-bookworm$/m.exec(file) ?? [];
  assert.ok(engines.node.includes(`^${major}.`) && Number(minor) >= 12, file);
  assert.match(file, /^USER node$/m);
  assert.match(file, /^CMD \["npm", "test"\]$/m);
});

test.run();
