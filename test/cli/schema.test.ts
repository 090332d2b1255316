/** The schemas of files: what runs write passes, what is wrong is named by its path, and editors get the same. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { UsageError } from '../../src/device/errors.js';
import { planOf } from '../../src/cli/options/compare_plan.js';
import { checkValue, resolveOptions, type OptionSpec, type SpecTable } from '../../src/cli/options/options.js';
import { COMPARE_PRESETS, TRAIN_PRESETS } from '../../src/cli/options/presets.js';
import { trainConfig } from '../../src/cli/options/train/training_config.js';
import { TRAIN_OPTIONS } from '../../src/cli/options/train/train_options.js';
import { checkConfigFile, checkDocument } from '../../src/cli/schema/check_file.js';
import { DOCUMENTS, jsonSchema, type DocumentName } from '../../src/cli/schema/documents.js';
import { optionSchema } from '../../src/cli/schema/option_schema.js';
import { OPTIMIZERS, type TrainConfig } from '../../src/train/config.js';
import { fails, fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { CONFIG } from '../train/fixtures.js';
import { weft } from './weft.js';

const test = suite('schemas');

/** What `weft train` would write for these words. */
async function configOf(words: string): Promise<TrainConfig> {
  const given = Object.fromEntries(
    `--data d --model cnn ${words}`
      .split(/ ?--/)
      .slice(1)
      .map((option) => [option.split(' ')[0], option.split(' ')[1] ?? true]),
  );
  const { nesterov, ...more } = given;
  const argv = nesterov === undefined ? more : { ...more, nesterov };
  return trainConfig(resolveOptions(TRAIN_OPTIONS, argv), (name) => argv[name] !== undefined);
}

/** Options that go together, each that there is at least once. */
const LINES = [
  ...OPTIMIZERS.map((name) => `--optimizer ${name} --weight-decay 0.1 --lr 1`),
  '--optimizer sgd --nesterov --momentum 0.5',
  '--optimizer sgd --dampening 0.1',
  '--optimizer adamw --betas 0.8,0.9 --eps 1e-6',
  '--optimizer rmsprop --alpha 0.9 --centered --momentum 0.1',
  '--optimizer adagrad --lr-decay 0.1 --initial-accumulator 0.1',
  '--schedule step --lr-step 2 --lr-gamma 0.5 --warmup 0.5',
  '--schedule multistep --milestones 5,8',
  '--schedule exponential --lr-gamma 1',
  '--schedule cosine --lr-min 0.001',
  '--schedule onecycle --lr-rise 0.2 --lr-start 10 --lr-end 100',
  '--schedule plateau --lr-patience 3',
  '--schedule dynamic --warmup 1',
  '--warmup 2 --patience 3 --clip-norm 1 --label-smoothing 0.1 --ema 0.999 --head-lr 0.1',
  '--loss arcface --margin 0.4 --scale 12',
  '--loss supcon --temperature 0.2 --supcon-weight 2',
  '--classes hat,tops=t-shirt+shirt --augment flip,shift=2 --augment-class hat=4 --augment-class-spec flip',
  '--oversample hat=30 --normalize imagenet --val-split 0.2 --seed 7',
  '--sampling balanced --precision f16 --fused-loss off --sync-every 4',
  '--class-weights balanced --validate-on test --fused-loss on',
  '--image-size 256 --crop 224 --near 4 --test-split 0.3 --keep-duplicates --stream --memory 64',
  '--label a --image-column b --where c=d --group e --encoding latin1 --image-root f',
  '--accumulate 4 --grad-checkpointing --batch auto',
  '--pretrained imagenet:v1 --freeze backbone --model resnet50',
  '--optimizer muon --adam-lr 0.001 --weight-decay 0.1 --decay-on weights --swa-start 2 --swa-lr 0.01 --swa-anneal 1',
  '--optimizer lamb --trust-clip --always-adapt --pretrained imagenet --unfreeze 2 --layer-decay 0.75 --model resnet50',
  '--epochs 3 --batch 8 --capture --force --out o --share-gpu',
];

test('what runs write passes: presets, all options, configurations of the library', async () => {
  const configs: TrainConfig[] = await Promise.all(LINES.map(configOf));
  for (const { options } of TRAIN_PRESETS)
    configs.push(
      await trainConfig(resolveOptions(TRAIN_OPTIONS, { data: 'd' }, { name: 'preset', values: options }), () => false),
    );
  for (const { name } of COMPARE_PRESETS)
    configs.push(...(await planOf({ name, data: 'd' }, null)).cells.map(({ config }) => config));
  configs.push(CONFIG, {
    ...CONFIG,
    model: 'my-own',
    criterion: 'focal',
    augment: 'flip,own:speckle',
    linearHead: true,
  });
  const plain = JSON.parse(JSON.stringify(configs)) as Record<string, unknown>[];
  for (const [i, config] of plain.entries()) {
    checkDocument('config', config, `configuration ${i}`);
    const { criterion: _, ...file } = config;
    if (config['model'] !== 'my-own') checkConfigFile(file, `configuration ${i}`, 'train');
  }
  const written = new Set(plain.flatMap((config) => Object.keys(config)));
  const fields = Object.keys(DOCUMENTS.config.shape);
  assert.equal(
    fields.filter((field) => !written.has(field)),
    [],
    'each field is written by one of these',
  );
});

/** What is wrong, and what the message says. */
const WRONG: readonly (readonly [change: Record<string, unknown>, says: RegExp, fix: RegExp])[] = [
  [{ epochs: 0 }, /^f: epochs 0 is not a whole number of at least 1$/, /e\.g\. 10/],
  [{ epochs: 2.5 }, /^f: epochs 2\.5 is not a whole number/, /e\.g\. 10/],
  [{ batch: 'many' }, /^f: batch "many" is not a whole number of at least 1$/, /e\.g\. 64/],
  [{ lr: -1 }, /^f: lr -1 is not a number of at least 0$/, /weft schema config/],
  [{ lr: undefined }, /^f: lr is missing$/, /give lr/],
  [{ valSplit: 1 }, /^f: valSplit 1 is not a number of at least 0 and below 1$/, /e\.g\. 0\.1/],
  [{ nesterov: 'yes' }, /^f: nesterov "yes" is not true or false$/, /weft schema|e\.g\. false/],
  [{ optimizer: 'adm' }, /^f: optimizer "adm" is not one of adam, adamw/, /did you mean adam/],
  [{ optimizer: ['adam'] }, /^f: optimizer \["adam"\] is not one of/, /./],
  [{ model: 5 }, /^f: model 5 is not a text$/, /./],
  [{ seed: null }, /^f: seed null is not a whole number/, /e\.g\. 0/],
  [{ betas: [0.9] }, /^f: betas \[0\.9\] is not two numbers$/, /./],
  [{ betas: [0.9, 1] }, /^f: betas\[1\] 1 is not a number of at least 0 and below 1$/, /./],
  [{ schedule: 'cosine' }, /^f: schedule "cosine" /, /./],
  [{ schedule: { name: 'cosin' } }, /^f: schedule\.name "cosin" is not one of constant/, /did you mean cosine/],
  [
    { schedule: { name: 'multistep', milestones: [1, 'x'] } },
    /^f: schedule\.milestones\[1\] "x" is not a whole number of at least 1$/,
    /./,
  ],
  [
    { schedule: { name: 'multistep', milestones: [5, 3] } },
    /^f: schedule\.milestones \[5,3\] is not a list of rising/,
    /./,
  ],
  [{ schedule: { name: 'cosine', gamma: 0.5 } }, /^f: schedule\.gamma 0\.5 is no setting of cosine$/, /./],
  [{ schedule: { name: 'step', gama: 0.5 } }, /^f: schedule: unknown setting "gama"$/, /did you mean gamma/],
  [{ loss: { name: 'arcface', margin: 0.5 } }, /^f: loss\.scale is missing$/, /give loss\.scale/],
  [{ loss: { name: 'triplet' } }, /^f: loss\.name "triplet" is not one of focal, bce, arcface, supcon$/, /./],
  [{ loss: { name: 'supcon', temperature: 'hot', weight: 1 } }, /^f: loss\.temperature "hot" is not a number/, /./],
  [{ classes: { tops: 'shirt' } }, /^f: classes\.tops "shirt" /, /./],
  [{ classes: { tops: ['shirt', 5] } }, /^f: classes\.tops\[1\] 5 is not a text$/, /./],
  [{ sampling: 'all' }, /^f: sampling "all" is not balanced$/, /./],
  [{ epohcs: 3 }, /^f: unknown option "epohcs"$/, /did you mean epochs/],
];

test('what is wrong is named by its path, with a way out', async () => {
  assert.ok(WRONG.length >= 20);
  for (const [change, says, fix] of WRONG) {
    const error = await fails(() => checkDocument('config', { ...CONFIG, ...change }, 'f'), 2, says);
    assert.match(String((error as UsageError).fix), fix, JSON.stringify(change));
  }
});

test('files of --config: either spelling, and what lies within', async () => {
  checkConfigFile({ valSplit: 0.2, val_split: 0.2, 'lr-min': null, lr: '0.1', schedule: 'cosine' }, 'f', 'train');
  checkConfigFile({ models: ['cnn', { model: 'mlp', label: 'm', lr: 1 }], seeds: [0, 1], title: 'T' }, 'f', 'compare');
  const wrong = (kind: 'train' | 'compare', values: Record<string, unknown>, says: RegExp): Promise<unknown> =>
    fails(() => checkConfigFile(values, 'f', kind), 2, says);
  await wrong('train', { valSplit: 2 }, /^f: val-split 2 is not a number of at least 0 and below 1$/);
  await wrong('train', { schedule: { name: 'multistep', milestones: [0] } }, /^f: schedule\.milestones\[0\] 0 is not/);
  await wrong('train', { schedule: 'cosin' }, /^f: schedule "cosin" is not one of/);
  await wrong('train', { loss: { name: 'arcface', margin: 1, scal: 2, scale: 1 } }, /^f: loss: unknown setting "scal"/);
  await wrong('compare', { models: ['cnn', { model: 'mlp', epochs: 0 }] }, /^f: models\[1\]\.epochs 0 is not a whole/);
  await wrong('compare', { models: ['cn'] }, /^f: models\[0\] "cn" is not one of/);
});

test('a schema takes of every option what the command line takes', () => {
  const values = [0, 1, -1, 0.5, 1.5, 2, 5000, 2 ** 53, Number.NaN, '', 'x', '3', ' ', true, false, [1], {}];
  for (const [name, spec] of Object.entries(TRAIN_OPTIONS as SpecTable)) {
    for (const value of [...values, ...(spec.choices ?? []), ...(spec.words ?? [])]) {
      const takes = (s: OptionSpec): boolean => {
        try {
          checkValue(name, s, value, '');
          return true;
        } catch {
          return false;
        }
      };
      assert.is(optionSchema(spec).safeParse(value).success, takes(spec), `${name} ${JSON.stringify(value)}`);
    }
  }
});

test('weft schema prints JSON Schema, which the build writes too, and checks files', () =>
  inFolder(async (cwd) => {
    for (const name of Object.keys(DOCUMENTS) as DocumentName[]) {
      const { stdout } = await weft(['schema', name], { cwd });
      const schema = JSON.parse(stdout) as Record<string, unknown>;
      assert.equal(schema, JSON.parse(JSON.stringify(jsonSchema(name))));
      assert.match(String(schema['$schema']), /json-schema\.org\/draft\/2020-12\/schema$/);
      assert.is(schema['$id'], `urn:weftgrad:schema:${name}:1`);
      const built = new URL(`../../schema/${name}.schema.json`, import.meta.url);
      assert.equal(JSON.parse(readFileSync(built, 'utf8')), schema);
    }
    const { properties } = jsonSchema('train') as { properties: Record<string, { anyOf: readonly object[] }> };
    for (const [name, spec] of Object.entries(TRAIN_OPTIONS as SpecTable)) {
      const text = JSON.stringify(properties[name]);
      assert.match(text, /"description":"/, name);
      if (spec.default !== undefined) assert.ok(text.includes(`"default":${JSON.stringify(spec.default)}`), name);
      if (spec.choices !== undefined) assert.ok(text.includes(JSON.stringify(spec.choices)), name);
    }
    fill(cwd, { 'good.json': JSON.stringify(CONFIG), 'bad.json': JSON.stringify({ ...CONFIG, lr: 'x' }) });
    assert.is((await weft(['schema', 'config', 'good.json'], { cwd })).code, 0);
    const { code, stdout } = await weft(['schema', 'config', 'good.json', 'bad.json', '--json'], { cwd });
    assert.is(code, 2);
    const { wrong, files } = JSON.parse(stdout) as { wrong: number; files: { error: string | null }[] };
    assert.equal([wrong, files[0].error], [1, null]);
    assert.match(files[1].error ?? '', /^bad\.json: lr "x" is not a number/);
    assert.match((await weft(['schema', 'confg'], { cwd })).stderr, /no schema "confg"\n {2}fix: weft schema config\|/);
  }));

test.run();
