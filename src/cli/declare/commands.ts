/** All commands of the engine, declared; the file of each is loaded when it runs. */
import { FETCH_OPTIONS } from '../options/data/fetch_options.js';
import { DOWNLOAD_NAME, CHECK_OPTIONS, DOWNLOAD_OPTIONS, SHOW_OPTIONS } from '../options/data/data_options.js';
import type { Command, CommandGroup, Sections } from './declared.js';
import { cell, search, worker } from '../cells/commands.js';
import { EXECUTOR_OPTIONS } from '../cells/options.js';
import { learn } from '../learn/commands.js';
import { explain, gradcheck, trace } from './inside.js';
import { IMBALANCE_OPTIONS } from '../options/imbalance_options.js';
import { DATA_FORMS, SHARED_OPTIONS } from '../options/options.js';
import { COMPARE_PRESETS, IMBALANCE_PRESETS } from '../options/presets.js';
import { SUMMARY_OPTIONS } from '../options/run_options.js';
import {
  COMPARE_OPTIONS,
  CONFIG_OPTION,
  LR_FIND_OPTIONS,
  TRAIN_OPTIONS,
  TUNE_OPTIONS,
} from '../options/train/train_options.js';
import { diagnose, evaluate, evalRetrieval, exportRun, index, page, predict, serve, similar } from './use.js';
import { VAE_OPTIONS } from '../options/vae_options.js';
import { MODEL_NAMES } from '../../nn/models/list.js';
import { weights } from '../weights/commands.js';

const train: Command = {
  form: 'train',
  describe: 'train a model on labelled images',
  options: { ...TRAIN_OPTIONS, config: CONFIG_OPTION, ...SHARED_OPTIONS },
  examples: [
    ['train --data synthetic --model lenet5', 'learns from drawn garments; needs no data'],
    ['train --data fashion-mnist --model cnn --epochs 3', 'after weft data download fashion-mnist'],
    [
      'train --data photos --model resnet18 --pretrained resnet18.safetensors --image-size 256 --crop 224 ' +
        '--normalize imagenet',
      'a folder of photographs, a sub-folder for each class, from weights that know ImageNet',
    ],
    ['train --resume runs/cnn --epochs 20', 'goes on with a run'],
    ['train --config runs/cnn/config.json', 'does a run again'],
  ],
  run: async (argv) => (await import('../commands/train.js')).run(argv),
};

const lrFind: Command = {
  form: 'lr-find',
  describe: 'learning-rate range test: suggests a rate',
  options: { ...LR_FIND_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    [
      'lr-find --data fashion-mnist --model cnn --optimizer sgd',
      'the rate at which the loss falls fastest, with a chart',
    ],
  ],
  run: async (argv) => (await import('../commands/lr_find.js')).run(argv),
};

const compare: Command = {
  form: 'compare [names..]',
  describe: 'train several models with one recipe and compare them; or compare finished runs',
  positionals: {
    names:
      'folders of finished runs, or one preset: ' + COMPARE_PRESETS.map((p) => `${p.name}: ${p.describe}`).join('; '),
  },
  choices: { name: COMPARE_PRESETS.map((p) => p.name) },
  options: {
    ...COMPARE_OPTIONS,
    config: {
      ...CONFIG_OPTION,
      describe: 'YAML or JSON file: options for all, and `models:`, a list of models or of options with a model',
    },
    ...EXECUTOR_OPTIONS,
    ...SHARED_OPTIONS,
  },
  examples: [
    [
      'compare --models cnn,lenet5 --data synthetic --epochs 2 --seeds 0,1',
      'two models from two seeds: one table, one chart, one report',
    ],
    ['compare runs/cnn runs/lenet5', 'finished runs: settings, accuracies, and whether the difference is chance'],
    ['compare fashion', 'the published table; goes on where it was stopped'],
    ['compare fashion --jobs 4', 'four runs at a time, on machines that have the cores or the GPUs'],
  ],
  run: async (argv) => (await import('../commands/compare.js')).run(argv),
};

const imbalance: Command = {
  form: 'imbalance [name]',
  describe: 'few images of some classes: compare oversampling, class weights, and what auto-encoders bring',
  positionals: { name: IMBALANCE_PRESETS.map((p) => `${p.name}: ${p.describe}`).join('; ') },
  choices: { name: IMBALANCE_PRESETS.map((p) => p.name) },
  options: { ...IMBALANCE_OPTIONS, ...EXECUTOR_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['imbalance --data fashion-mnist --model cnn --cap 1000', 'the whole table; goes on where it was stopped'],
  ],
  run: async (argv) => (await import('../commands/imbalance.js')).run(argv),
};

const vae: Command = {
  form: 'vae',
  describe: 'train a variational auto-encoder on images or features',
  options: { ...VAE_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    [
      'vae --data fashion-mnist --epochs 10',
      'images; writes reconstructions, samples and the latent space as pictures',
    ],
    ['vae --data fashion-mnist --conditional', 'samples of each class'],
    ['vae --data fashion-mnist --features runs/cnn', 'what the model of that run makes of the images'],
  ],
  run: async (argv) => (await import('../commands/vae.js')).run(argv),
};

const models: Command = {
  form: 'models',
  describe: 'list the models, what they cost and what they are good for',
  options: { json: SHARED_OPTIONS.json },
  examples: [['models > models.txt', 'names, parameters, work, memory, what for']],
  run: async (argv) => (await import('../commands/models.js')).run(argv),
};

const summary: Command = {
  form: 'summary <model>',
  describe: 'show a model’s layers, shapes, parameters, work and memory',
  positionals: { model: 'architecture (weft models lists them)' },
  choices: { model: MODEL_NAMES },
  options: SUMMARY_OPTIONS,
  examples: [['summary resnet18 --classes 5 --image-size 128', 'as it would be built for these data']],
  run: async (argv) => (await import('../commands/summary.js')).run(argv),
};

const data: CommandGroup = {
  name: 'data',
  describe: 'look at, check and fetch data sets',
  commands: [
    {
      form: 'show <data>',
      describe: 'count the classes and draw a contact sheet; with --augment, of what training sees',
      positionals: { data: DATA_FORMS },
      options: SHOW_OPTIONS,
      examples: [
        [
          'data show photos --augment flip,rotate=10 --image-size 64',
          'a row of pictures for each class, as training sees them',
        ],
      ],
      run: async (argv) => (await import('../commands/data/show.js')).run(argv),
    },
    {
      form: 'check <data>',
      describe: 'count the classes of each part; name files that cannot be read, identical and tiny pictures',
      positionals: { data: DATA_FORMS },
      options: CHECK_OPTIONS,
      examples: [
        ['data check products.csv --label usage', 'as weft train --data products.csv --label usage would read it'],
      ],
      run: async (argv) => (await import('../commands/data/check.js')).run(argv),
    },
    {
      form: 'download <name>',
      describe: 'fetch a data set: fashion-mnist (30 MB), mnist (12 MB), cifar10 or cifar100 (170 MB each)',
      positionals: { name: DOWNLOAD_NAME.describe },
      choices: { name: DOWNLOAD_NAME.choices ?? [] },
      options: DOWNLOAD_OPTIONS,
      examples: [['data download fashion-mnist', 'into the user’s cache, where --data fashion-mnist finds it']],
      run: async (argv) => (await import('../commands/data/download.js')).run(argv),
    },
    {
      form: 'fetch <feed>',
      describe: 'collect the product pictures that a feed names, politely; goes on where it was stopped',
      positionals: { feed: 'CSV, TSV or JSON lines with a row for each product' },
      options: FETCH_OPTIONS,
      examples: [
        ['data fetch feed.csv --url-column image_link --out shop', 'then weft train --data shop/products.csv'],
        ['data fetch feed.tsv --out shop --where brand=Acme --delay 2', 'some rows, with two seconds between requests'],
      ],
      run: async (argv) => (await import('../commands/data/fetch.js')).run(argv),
    },
  ],
};

const doctor: Command = {
  form: 'doctor',
  describe: 'check the adapter and the kernels',
  options: SHARED_OPTIONS,
  examples: [['doctor --adapter nvidia', 'one adapter of several, by a part of its name']],
  run: async (argv) => (await import('../commands/doctor.js')).run(argv),
};

const tune: Command = {
  form: 'tune',
  describe: 'find the fastest kernels for this machine',
  options: TUNE_OPTIONS,
  examples: [['tune --models cnn,lstm --seconds 120', 'two minutes; train, eval and predict use what was found']],
  run: async (argv) => (await import('../commands/tune.js')).run(argv),
};

const schema: Command = {
  form: 'schema <name> [files..]',
  describe: 'print the JSON Schema of a kind of file, for editors; with files, check them',
  positionals: {
    name: 'config (a run’s config.json), train, compare (files of --config) or search (a space)',
    files: 'YAML or JSON files to check',
  },
  choices: { name: ['config', 'train', 'compare', 'search'] },
  options: { json: SHARED_OPTIONS.json },
  examples: [
    ['schema train > train.schema.json', 'for an editor that checks and completes YAML'],
    ['schema config runs/*/config.json', 'names the path of what is wrong'],
  ],
  run: async (argv) => (await import('../commands/schema.js')).run(argv),
};

const completion: Command = {
  form: 'completion <shell>',
  describe: 'print a script with which bash, zsh or fish completes commands, options and their values',
  positionals: { shell: 'bash, zsh or fish' },
  choices: { shell: ['bash', 'zsh', 'fish'] },
  options: {},
  examples: [
    ['completion bash > ~/.weft-completion', 'with `source ~/.weft-completion` in ~/.bashrc'],
    ['completion fish > ~/.config/fish/completions/weft.fish', 'where fish finds it'],
  ],
  run: async (argv, all) => (await import('../commands/completion.js')).run(argv, all),
};

export const SECTIONS: Sections = [
  ['Train', [train, lrFind, compare, search, imbalance, vae]],
  ['Many runs at once', [cell, worker]],
  ['Use what was trained', [evaluate, diagnose, predict, index, similar, evalRetrieval, serve, page, exportRun]],
  ['Look', [data, models, weights, summary, trace, schema]],
  ['Learn', [learn, explain, gradcheck]],
  ['This machine', [doctor, tune, completion]],
];
