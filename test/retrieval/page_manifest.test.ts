/** page.json: what the page takes of it, and what it refuses. */
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/device/errors.js';
import { parsePageManifest, type PageManifest } from '../../src/retrieval/page_manifest.js';
import { suite } from '../support/harness.js';

const test = suite('page.json');

const file = (name: string): { name: string; bytes: number; digest: string } => ({
  name,
  bytes: 3,
  digest: 'ab'.repeat(32),
});

const RUN = {
  name: 'cnn',
  model: 'cnn',
  classes: ['hat', 'shoe'],
  input: { channels: 1, side: 28 },
  code: null,
  weights: file('model.safetensors'),
};

const PAGE: PageManifest = {
  runs: [RUN, { ...RUN, name: 'own', code: 'own/net.js', weights: file('model-2.safetensors') }],
  index: null,
  backbone: { name: 'squeezenet1_1', model: 'squeezenet1_1', weights: file('backbone.safetensors') },
  classifies: true,
  files: [file('index.html'), file('assets/index-AbC_-123.js')],
};

test('a page with two runs, one of a model of its own; one without a run', () => {
  for (const page of [PAGE, { ...PAGE, runs: [], backbone: null }])
    assert.equal(parsePageManifest(JSON.stringify(page), 'page.json'), page);
});

test('what is not as it must be is named by its path', () => {
  const [first, second] = PAGE.runs;
  for (const [page, says] of [
    [{ model: null }, /page\.json: runs is missing/],
    [{ ...PAGE, runs: [first, { ...second, input: { channels: 1, side: 0 } }] }, /runs\.1\.input\.side is 0/],
    [{ ...PAGE, runs: [{ ...first, code: '../../net.js' }] }, /runs\.0\.code is "\.\.\/\.\.\/net\.js"/],
    [{ ...PAGE, runs: [{ ...first, code: 'https://elsewhere/net.js' }] }, /runs\.0\.code is/],
    [{ ...PAGE, runs: [{ ...first, weights: { ...file('m'), digest: 'ab' } }] }, /runs\.0\.weights is/],
    [{ ...PAGE, runs: [first, first] }, /two of its runs are called cnn/],
    [{ ...PAGE, backbone: { name: 'x' } }, /backbone is/],
    [{ ...PAGE, files: [file('//elsewhere/x.js')] }, /files is/],
    [{ ...PAGE, classifies: 1 }, /classifies is 1/],
  ] as const)
    assert.throws(
      () => parsePageManifest(JSON.stringify(page), 'page.json'),
      (e: unknown) => e instanceof ModelError && says.test(e.message),
    );
});

test.run();
