/** Wrong command lines and configuration files: exit code 2, and words that help. None of these opens a device. */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { benchCommand } from '../../bench/command.js';
import { MODEL_NAMES } from '../../src/nn/models/list.js';
import { MODELS } from '../../src/nn/models/registry.js';
import { SECTIONS } from '../../src/cli/commands.js';
import { isGroup, nameOf, type Declared } from '../../src/cli/declared.js';
import { commandHelp } from '../../src/cli/help.js';
import { optionHint, suggest, valueHint } from '../../src/cli/hints.js';
import { OPTION_WORDS, VALUE_WORDS } from '../../src/cli/other_words.js';
import { OPTIMIZERS, PRECISIONS } from '../../src/train/config.js';
import { SCHEDULES } from '../../src/optim/schedules/schedule.js';
import {
  checkValue,
  resolveOptions,
  SHARED_OPTIONS,
  type OptionSpec,
  type SpecTable,
} from '../../src/cli/options/options.js';
import { checkSwitches } from '../../src/cli/parse.js';
import { duration, percent } from '../../src/cli/output.js';
import { LR_FIND_OPTIONS, TRAIN_OPTIONS } from '../../src/cli/options/train_options.js';
import { fails, fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('usage');

test('wrong commands and options', () =>
  inFolder((cwd) =>
    expectRefusals(cwd, [
      { args: 'trian', code: 2, says: [/no command "trian"/, /did you mean train\?/] },
      { args: '--json models', code: 2, says: [/the command comes first/, /weft models --json/] },
      { args: 'data', code: 2, says: [/which of show, check and download\?/] },
      { args: 'data shwo x', code: 2, says: [/weft data has no command "shwo"/, /did you mean data show\?/] },
      { args: 'data show', code: 2, says: [/weft data show needs <data>/] },
      { args: 'data download mnist', code: 2, says: [/"mnist" is not one of fashion-mnist/] },
      { args: 'eval', code: 2, says: [/weft eval needs <run>/] },
      { args: 'eval run', code: 7, says: [/run/] },
      {
        args: 'eval run --data synthetic --split tset',
        code: 2,
        says: [/--split "tset" is not one of test, train, validation, all/, /did you mean test\?/],
      },
      { args: 'predict run', code: 2, says: [/weft predict needs <images\.\.>/] },
      { args: 'predict run a.png --top 0', code: 2, says: [/--top "0" is not a whole number of at least 1/] },
      { args: 'trian --data x', code: 2, says: [/no command "trian"/, /did you mean train\?/] },
      { args: 'data chek x', code: 2, says: [/weft data has no command "chek"/, /did you mean data check\?/] },
      { args: 'check x', code: 2, says: [/no command "check"/, /did you mean data check\?/] },
      { args: 'bench kernel', code: 2, says: [/weft bench has no command "kernel"/, /did you mean bench kernels\?/] },
      { args: 'models extra', code: 2, says: [/takes no argument "extra"/] },
      { args: 'train', code: 2, says: [/--data is missing/, /--data synthetic/] },
      { args: 'train --data synthetic', code: 2, says: [/--model is missing/, /weft models/] },
      { args: 'train --data synthetic --model', code: 2, says: [/--model needs a value/] },
      {
        args: 'train --data synthetic --model resnt',
        code: 2,
        says: [/--model "resnt" is not one of mlp, lenet5, cnn/],
      },
      { args: 'train --data synthetic --model cn', code: 2, says: [/did you mean cnn\?/] },
      {
        args: 'train --data synthetic --modle mlp',
        code: 2,
        says: [/weft train takes no option --modle/, /did you mean --model\?/],
      },
      {
        args: 'train --data synthetic --model mlp --lr abc',
        code: 2,
        says: [/--lr "abc" is not a number of at least 0/],
      },
      {
        args: 'train --data synthetic --model mlp --lr -1',
        code: 2,
        says: [/--lr "-1" is not a number of at least 0/],
      },
      { args: 'train --data synthetic --model mlp --lr 1 --lr 2', code: 2, says: [/--lr is given 2 times/] },
      {
        args: 'train --data synthetic --model mlp --nesterov=maybe',
        code: 2,
        says: [/--nesterov takes no value, got "maybe"/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule cosin',
        code: 2,
        says: [/--schedule "cosin" is not one of constant, step/, /did you mean cosine\?/],
      },
      {
        args: 'train --data synthetic --model mlp --milestones 5',
        code: 2,
        says: [/--milestones is for the schedule multistep; the schedule is constant/, /--schedule multistep/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule multistep --milestones 5,3',
        code: 2,
        says: [/--milestones "5,3" is not a list of rising epochs/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule onecycle --warmup 1',
        code: 2,
        says: [/--warmup is for the schedules constant, step/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule step --lr-gamma 0',
        code: 2,
        says: [/gamma 0 of the schedule is not above 0/],
      },
      {
        args: 'train --data synthetic --model mlp --patience 2 --val-split 0',
        code: 2,
        says: [/--patience needs validation images/],
      },
      {
        args: 'train --data synthetic --model mlp --patience 2 --validate-on test',
        code: 2,
        says: [/--patience would choose by the test images/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule plateau --val-split 0',
        code: 2,
        says: [/plateau needs validation images/],
      },
      {
        args: 'train --preset fashion-bets',
        code: 2,
        says: [/--preset "fashion-bets" is not one of fashion-best/, /did you mean fashion-best\?/],
      },
      { args: 'compare', code: 2, says: [/what is to be compared\?/, /--models cnn,lenet5/] },
      { args: 'compare fashon', code: 2, says: [/no comparison "fashon"/, /did you mean fashion\?/] },
      {
        args: 'compare --models mlp,lenet --data synthetic',
        code: 2,
        says: [/no model "lenet"/, /did you mean lenet5\?/],
      },
      { args: 'compare --models mlp', code: 2, says: [/--data is missing/] },
      { args: 'compare --models mlp --data synthetic --seeds 0,x', code: 2, says: [/seeds "0,x"/, /--seeds 0,1,2/] },
      {
        args: 'compare --models mlp --data synthetic --seed 1',
        code: 2,
        says: [/takes no option --seed/, /did you mean --seeds\?/],
      },
      { args: 'compare fashion --config a.yaml', code: 2, says: [/--config a\.yaml: no such file/] },
      {
        args: 'compare fashion --models resnet',
        code: 2,
        says: [/fashion has no entry "resnet"/, /it has cnn, lenet5/],
      },
      {
        args: 'lr-find --data synthetic --model mlp --epochs 3',
        code: 2,
        says: [/weft lr-find takes no option --epochs/],
      },
      {
        args: 'lr-find --data synthetic --model mlp --from 1 --to 0.1',
        code: 2,
        says: [/cannot grow from 1 to 0\.1/, /--from 1e-6/],
      },
      {
        args: 'train --data synthetic --model mlp --momentum 0.5',
        code: 2,
        says: [/--momentum is for sgd, rmsprop; the optimizer is adam/],
      },
      { args: 'train --data synthetic --model mlp extra', code: 2, says: [/takes no argument "extra"/] },
      { args: 'train --config a --config b', code: 2, says: [/--config is given 2 times/] },
      { args: 'doctor --adapter a --adapter b', code: 2, says: [/--adapter is given 2 times/] },
      { args: 'data show synthetic --per-class 1e9', code: 2, says: [/at least 1 and below 1001/] },
      { args: 'train --resume nowhere --lr 1', code: 2, says: [/--lr cannot be changed/] },
      { args: 'train --resume nowhere', code: 7, says: [/nowhere\/last\.safetensors: there is no such file/] },
      { args: 'eval nowhere --data synthetic', code: 7, says: [/nowhere\/best\.safetensors: there is no such file/] },
    ]),
  ));

test('configuration files', () =>
  inFolder(async (cwd) => {
    fill(cwd, {
      'typo.yaml': 'data: synthetic\nmodel: mlp\nepohcs: 3\n',
      'value.yaml': 'data: synthetic\nmodel: mlp\nlr: fast\n',
      'range.yaml': 'data: synthetic\nmodel: mlp\nval-split: 1.5\n',
      'broken.yaml': 'data: [synthetic\nmodel: mlp\n',
      'twice.yaml': 'lr: 1\nlr: 2\n',
      'list.yaml': '- data\n',
      'good.yaml': 'data: synthetic\nmodel: mlp\nlr: 0.01\n',
      'long.yaml': `data: synthetic\n${'#'.repeat(2 ** 16)}\n`,
      'deep.yaml': `data: ${'['.repeat(2000)}${']'.repeat(2000)}\n`,
      // doubles and doubles
      'aliases.yaml':
        `a: &a [x, ` +
        `x]\n${[...'bcdefghijklmnop'].map((name, i) => `${name}: &${name} [${`*${'abcdefghijklmnop'[i]}, `.repeat(9)}]\n`).join('')}`,
    });
    writeFileSync(`${cwd}/huge.yaml`, '');
    truncateSync(`${cwd}/huge.yaml`, 50e6);
    const before = process.memoryUsage.rss();
    await expectRefusals(cwd, [
      { args: 'train --config long.yaml', code: 2, says: [/--config long\.yaml: .*at most 65536 are read/] },
      { args: 'train --config huge.yaml', code: 2, says: [/--config huge\.yaml: .*at most 65536 are read/] },
      { args: 'train --config deep.yaml', code: 2, says: [/--config deep\.yaml: .*nested/] },
      { args: 'train --config aliases.yaml', code: 2, says: [/--config aliases\.yaml: .*alias/i] },
    ]);
    assert.ok(process.memoryUsage.rss() - before < 2 ** 27, 'sizes are looked at first');
    mkdirSync(`${cwd}/folder`);
    await expectRefusals(cwd, [
      {
        args: 'train --config typo.yaml',
        code: 2,
        says: [/typo\.yaml: unknown option "epohcs"/, /did you mean epochs\?/],
      },
      { args: 'train --config value.yaml', code: 2, says: [/value\.yaml: lr "fast" is not a number/] },
      {
        args: 'train --config range.yaml',
        code: 2,
        says: [/range\.yaml: val-split 1\.5 is not a number of at least 0 and below 1/],
      },
      { args: 'train --config broken.yaml', code: 2, says: [/--config broken\.yaml: line 2: /, /option: value/] },
      { args: 'train --config twice.yaml', code: 2, says: [/--config twice\.yaml: line 2: "\w+" is there twice/] },
      { args: 'train --config list.yaml', code: 2, says: [/list\.yaml: it holds no/] },
      { args: 'train --config absent.yaml', code: 2, says: [/--config absent\.yaml: no such file/] },
      { args: 'train --config folder', code: 2, says: [/--config folder: is a folder, expected a file/] },
      // the command line wins
      { args: 'train --config good.yaml --model cm', code: 2, says: [/--model "cm" is not one of/] },
    ]);
  }));

test('run folders that are in the way', () =>
  inFolder(async (cwd) => {
    fill(cwd, { file: 'x' });
    for (const folder of ['run', 'other']) mkdirSync(`${cwd}/${folder}`);
    fill(`${cwd}/run`, { 'config.json': '{}' });
    fill(`${cwd}/other`, { 'thesis.txt': 'x' });
    await expectRefusals(cwd, [
      { args: 'train --data synthetic --model mlp --out run', code: 2, says: [/run holds a run already/, /--force/] },
      {
        args: 'train --data synthetic --model mlp --out other',
        code: 2,
        says: [/other is not empty and holds no run/],
      },
      {
        args: 'train --data synthetic --model mlp --out other --force',
        code: 2,
        says: [/other is not empty and holds no run/],
      },
      { args: 'train --data synthetic --model mlp --out file', code: 2, says: [/--out file is a file/] },
    ]);
  }));

test('help and version go to stdout', () =>
  inFolder(async (cwd) => {
    const runs = await Promise.all(
      [['--help'], ['train', '--help'], ['data', 'show', '-h'], ['--version']].map((args) =>
        weft(args, { cwd, apart: true }),
      ),
    );
    const says = [
      /^ {2}train +train a model on labelled images$/m,
      /--val-split X +share of the training images held back for validation\s+\(default: 0\.1\)/,
      /--per-class/,
      /^\d+\.\d+\.\d+\n$/,
    ];
    for (const [i, { code, stdout, stderr }] of runs.entries()) {
      assert.is(code, 0);
      assert.is(stderr, '');
      assert.match(stdout, says[i]);
      assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    }
  }));

/** Of every command and sub-command. */
const SCREENS: readonly (readonly [string, Declared])[] = [
  ...SECTIONS.flatMap(([, commands]) => commands),
  benchCommand,
].flatMap((c) =>
  isGroup(c) ? c.commands.map((own) => [`${c.name} ${nameOf(own)}`, own] as const) : [[nameOf(c), c] as const],
);

test('help cuts no word, at any width; every command has an example, and options are told apart', () => {
  // a long list may go on behind a comma
  const words = (text: string): string => text.replace(/ \\\n/g, ' ').replace(/,\s+/g, ',').replace(/\s+/g, ' ');
  for (const [path, c] of SCREENS) {
    if (isGroup(c)) continue;
    assert.ok(c.examples.length > 0 && c.examples.every(([line, does]) => line.startsWith(path) && does !== ''), path);
    const wide = commandHelp(c, path, 100_000);
    for (const width of [40, 47, 59, 60, 72, 80, 100, 110, 200]) {
      const text = commandHelp(c, path, width);
      assert.ok(words(text) === words(wide), `${path} at ${width}`); // a difference is found at once, and shown slowly
      const long = text.split('\n').filter((line) => line.length > width && line.trim().includes(' '));
      assert.equal(long, [], `${path} at ${width}`);
    }
  }
});

test('the first group of weft train --help is the eight that everybody needs', () => {
  const first = Object.entries(TRAIN_OPTIONS as SpecTable).flatMap(([name, spec]) =>
    spec.group === undefined ? [name] : [],
  );
  assert.equal(first, ['data', 'model', 'epochs', 'batch', 'optimizer', 'lr', 'out', 'resume']);
});

test('other tools’ words are understood', () => {
  const names = Object.keys({ ...TRAIN_OPTIONS, ...SHARED_OPTIONS, config: null });
  const meant: [string, string][] = [
    ['batch-size', 'batch'],
    ['batch_size', 'batch'],
    ['batchSize', 'batch'],
    ['bs', 'batch'],
    ['b', 'batch'],
    ['learning-rate', 'lr'],
    ['learning_rate', 'lr'],
    ['lr_rate', 'lr'],
    ['lr0', 'lr'],
    ['num-epochs', 'epochs'],
    ['num_train_epochs', 'epochs'],
    ['arch', 'model'],
    ['dataset', 'data'],
    ['data-path', 'data'],
    ['device', 'adapter'],
    ['gpu', 'adapter'],
    ['imgsz', 'image-size'],
    ['pretrained-model', 'pretrained'],
    ['save-dir', 'out'],
    ['output_dir', 'out'],
    ['wd', 'weight-decay'],
    ['opt', 'optimizer'],
    ['scheduler', 'schedule'],
    ['warmup-epochs', 'warmup'],
    ['smoothing', 'label-smoothing'],
    ['clip-grad', 'clip-norm'],
    ['val_split', 'val-split'],
    ['amp', 'precision'],
    ['early-stopping', 'patience'],
    ['rho', 'alpha'],
    ['cfg', 'config'],
    ['modle', 'model'],
  ];
  for (const [word, own] of meant) assert.is(optionHint(word, names), `did you mean --${own}?`, word);
  for (const word of ['workers', 'num-workers', 'j', 'verbose', 'distributed', 'dropout'])
    assert.match(optionHint(word, names) ?? '', /^leave it out: /, word);
  assert.match(optionHint('num-classes', Object.keys(LR_FIND_OPTIONS)) ?? '', /--classes/);
  assert.is(optionHint('xyzzy', names), undefined);
  const values: [string, readonly string[], string][] = [
    ['FashionMNIST', ['fashion-mnist'], 'fashion-mnist'],
    ['fashion_mnist', ['fashion-mnist'], 'fashion-mnist'],
    ['adamW', OPTIMIZERS, 'adamw'],
    ['SGD', OPTIMIZERS, 'sgd'],
    ['RMSProp', OPTIMIZERS, 'rmsprop'],
    ['ResNet18', MODEL_NAMES, 'resnet18'],
    ['resnet-18', MODEL_NAMES, 'resnet18'],
    ['VGG16_BN', MODEL_NAMES, 'vgg16_bn'],
    ['LeNet', MODEL_NAMES, 'lenet5'],
    ['CosineAnnealingLR', SCHEDULES, 'cosine'],
    ['ReduceLROnPlateau', SCHEDULES, 'plateau'],
    ['fp16', PRECISIONS, 'f16'],
  ];
  for (const [value, choices, own] of values) assert.is(valueHint(value, choices), `did you mean ${own}?`, value);
  assert.match(
    valueHint('vit_b_16', MODEL_NAMES) ?? '',
    /not among Weft’s; the nearest kin are resnet18, resnet34, resnet50/,
  );
  assert.match(valueHint('mobilenet_v3_small', MODEL_NAMES) ?? '', /squeezenet1_1/);
  assert.is(valueHint('xyzzy', MODEL_NAMES), undefined);
});

test('every word of other tools names an option that some command has, once in its row', () => {
  const all = new Set(SCREENS.flatMap(([, c]) => (isGroup(c) ? [] : Object.keys(c.options))));
  assert.equal(
    OPTION_WORDS.map(([own]) => own).filter((own) => !all.has(own)),
    [],
  );
  for (const [own, words] of [...OPTION_WORDS, ...VALUE_WORDS])
    assert.ok(
      words.split(' ').every((word, i, list) => /^[a-z0-9]+$/.test(word) && list.indexOf(word) === i),
      own,
    );
});

test('weft alone prints help; spelling of options is forgiven', () =>
  inFolder(async (cwd) => {
    const alone = await weft([], { cwd });
    assert.equal([alone.code, alone.stderr], [0, '']);
    assert.match(alone.stdout, /Usage: weft COMMAND/);
    assert.match(alone.stdout, /npx weftgrad/);
    await expectRefusals(cwd, [
      {
        args: 'train --data synthetic --model mlp --valSplit 2',
        code: 2,
        says: [/--val-split "2" is not a number of at least 0 and below 1/],
      },
      { args: 'train --data synthetic --model mlp --weight_decay=x', code: 2, says: [/--weight-decay "x"/] },
      {
        args: 'train --data synthetic --model mlp --batch-size 64',
        code: 2,
        says: [/takes no option --batch-size/, /did you mean --batch\?/],
      },
      {
        args: 'train --data synthetic --model vit_b_16',
        code: 2,
        says: [/--model "vit_b_16" is not one of/, /nearest kin/],
      },
    ]);
  }));

test('models --json is one document; the table is on stdout, alone', () =>
  inFolder(async (cwd) => {
    const models = await weftJson<{ name: string; parameters: number; description: string }[]>(['models'], { cwd });
    assert.equal(
      models.slice(0, 3).map((m) => [m.name, m.parameters]),
      [
        ['mlp', 235_146],
        ['lenet5', 61_706],
        ['cnn', 421_642],
      ],
    );
    assert.equal(
      models.map((m) => m.name),
      MODELS.map((m) => m.name),
    );
    const plain = await weft(['models'], { cwd });
    assert.is(plain.stderr, '');
    assert.match(plain.stdout, /lenet5 +61,706 /);
  }));

test('summary --json has totals and layers, the table is on stdout', () =>
  inFolder(async (cwd) => {
    const args = ['summary', 'resnet18', '--classes', '5', '--channels', '1', '--image-size', '64'];
    const summary = await weftJson<{
      parameters: number;
      flops: number;
      input: object;
      layers: { name: string; output: number[] }[];
    }>(args, { cwd });
    assert.is(summary.parameters, 11_689_512 - 995 * 513 - 2 * 64 * 49);
    assert.equal(summary.input, { channels: 1, height: 64, width: 64, classes: 5 });
    assert.equal(summary.layers.at(-1), {
      name: 'fc',
      type: 'Linear',
      output: [1, 5],
      parameters: 5 * 513,
      flops: 2 * 5 * 512,
      activationBytes: 20,
    });
    const plain = await weft(args, { cwd });
    assert.is(plain.stderr, '');
    assert.match(plain.stdout, /layer1\.0\.conv1 +Conv2d +\(1, 64, 16, 16\) +36,864/);
    await expectRefusals(cwd, [
      { args: 'summary resnet19', code: 2, says: [/there is no model "resnet19"/, /resnet20/] },
      { args: 'summary vgg16 --image-size 28', code: 2, says: [/vgg16 needs images of at least 32x32, got 28x28/] },
      { args: 'summary cnn --classes 0', code: 2, says: [/--classes "0" is not a whole number of at least 1/] },
      { args: 'summary', code: 2, says: [/weft summary needs <model>/] },
      // The weights are looked at before the data are, which may take minutes.
      ...[
        'train --model lenet5',
        'lr-find --model lenet5',
        'compare --models lenet5',
        'imbalance --model lenet5 --methods plain',
      ].map((command) => ({
        args: `${command} --data nowhere --pretrained absent.safetensors`,
        code: 7,
        says: [/--pretrained absent\.safetensors: there is no such file/],
      })),
      {
        args: 'train --data synthetic --model lenet5 --freeze features',
        code: 2,
        says: [/--freeze features matches no parameter/, /conv1, conv2/],
      },
      { args: 'train --data synthetic --model lenet5 --head-lr -1', code: 2, says: [/--head-lr/] },
    ]);
  }));

test('values are checked by type and range', async () => {
  const whole: OptionSpec = { type: 'integer', describe: 'how many', default: 4, min: 1 };
  assert.is(checkValue('n', whole, '12', '--'), 12);
  assert.is(checkValue('n', whole, '1e3', '--'), 1000);
  for (const value of ['', ' ', '1.5', 'NaN', 'Infinity', '0', '99999999999999999999', true, null, {}]) {
    const error = await fails(
      () => checkValue('n', whole, value, '--'),
      2,
      /^--n .* is not a whole number of at least 1$/,
    );
    assert.is(error.fix, 'e.g. 4, which it is when left out');
  }
  await fails(
    () => checkValue('flag', { type: 'boolean', describe: '' }, 'yes', 'f.yaml: '),
    2,
    /^f\.yaml: flag "yes" is not true or false/,
  );
  await fails(() => checkValue('name', { type: 'string', describe: '' }, 7, '--'), 2, /not a text/);
  const options = { ...TRAIN_OPTIONS, ...SHARED_OPTIONS };
  for (const word of ['--json=maybe', '--force=1', '--nesterov='])
    await fails(() => checkSwitches([word], { options }), 2, /takes no value/);
  checkSwitches(['--json=true', '--json', '--out=maybe'], { options });
});

test('options come from the command line, else the file, else the default', async () => {
  const file = { name: 'f.yaml', values: { epochs: 3, batch: '32' } };
  const o = resolveOptions(TRAIN_OPTIONS, { epochs: '5' }, file);
  assert.equal([o['epochs'], o['batch'], o['seed'], o['lr']], [5, 32, 0, undefined]);
  for (const key of ['constructor', 'toString', 'help'])
    await fails(() => resolveOptions(TRAIN_OPTIONS, {}, { name: 'f.yaml', values: { [key]: 1 } }), 2, /unknown option/);
});

test('suggestions are near, or none', () => {
  const names = Object.keys(TRAIN_OPTIONS);
  const near: [string, string | undefined][] = [
    ['modle', 'model'],
    ['epoch', 'epochs'],
    ['learning', undefined],
    ['l', undefined],
    ['val_split', 'val-split'],
    ['wieght-decay', 'weight-decay'],
    ['xyz', undefined],
  ];
  for (const [wrong, right] of near) assert.is(suggest(wrong, names), right, wrong);
});

test('durations and shares', () => {
  assert.equal([0, 59.6, 75, 3600, 36_061].map(duration), ['0:00', '1:00', '1:15', '1:00:00', '10:01:01']);
  assert.is(percent(0.9056), '90.56 %');
});

test.run();
