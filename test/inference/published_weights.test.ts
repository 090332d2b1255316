/** What a page hands out of a run: all that classifies, and nothing of the run's data. */
import * as assert from 'uvu/assert';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { encodeSafetensors, fromFloat32, parseSafetensors } from '../../src/nn/state/safetensors.js';
import { encodeCheckpoint, modelOf, parseCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { pictureForm } from '../../src/inference/classifier.js';
import { publishedCheckpoint, publishedTensors } from '../../src/inference/published_weights.js';
import { suite } from '../support/harness.js';
import { HEADER } from '../train/fixtures.js';

const test = suite('published weights');

const SECRET = {
  data: '/jane/secret/products.csv',
  pretrained: '/jane/secret/weights.safetensors',
  where: 'secret=yes',
  label: 'secret',
  imageColumn: 'secret',
  group: 'secret',
  augment: 'flip',
  crop: 28,
  near: 4,
  loss: { name: 'arcface', margin: 0.5, scale: 16 },
  imageSize: 32,
} as const;
const tensors = new Map(
  [...buildModel(HEADER.model, DEFAULT_INPUT).namedParameters()].map(([key, p], n) => [
    key,
    fromFloat32(new Float32Array(p.size).fill(n), p.shape),
  ]),
);
const whole = encodeCheckpoint(
  { ...HEADER, config: { ...HEADER.config, ...SECRET } },
  new Map([...tensors, ['optimizer.m', fromFloat32(new Float32Array(2), [2])]]),
);

test('a checkpoint: the same model of the same pictures; no path, column or filter; no optimizer', () => {
  const published = publishedCheckpoint(parseCheckpoint(whole, 'best.safetensors'));
  assert.match(new TextDecoder('latin1').decode(whole), /secret/);
  assert.not.match(new TextDecoder('latin1').decode(published), /secret|jane|optimizer\./);
  const { header, tensors: kept, file } = parseCheckpoint(published, 'model.safetensors');
  assert.equal(
    [header.model, header.input, header.classes, header.normalization, header.config.loss],
    [HEADER.model, HEADER.input, HEADER.classes, HEADER.normalization, SECRET.loss],
  );
  assert.equal(pictureForm(header).imageSize, 32);
  assert.equal([...kept], [...tensors]);
  modelOf({ header, tensors: kept, file });
});

test('other weights: their tensors alone', () => {
  const published = publishedTensors(encodeSafetensors(tensors, { made: 'by jane' }), 'weights.safetensors');
  const { tensors: kept, metadata } = parseSafetensors(published, 'weights.safetensors');
  assert.equal([kept, Object.keys(metadata)], [tensors, ['format', 'weft_sha256']]);
});

test.run();
