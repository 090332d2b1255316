/** `weft data show` and `weft data download`. */
import { dirname } from 'node:path';
import { makeDirectory, writeFileAtomic } from '#platform';
import { contactSheet } from '../data/contact_sheet.js';
import type { ImageDataset } from '../data/dataset.js';
import { downloadFashionMnist } from '../data/download.js';
import { loadDataset } from '../data/load.js';
import { textTable } from '../train/table.js';
import type { Command } from './command.js';
import { checkValue, DATA_FORMS, resolveOptions, SHARED_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { printJson, say } from './output.js';

const SHOW_OPTIONS = {
  out: { type: 'string', describe: 'the picture to write', default: 'contact-sheet.png' },
  'per-class': { type: 'integer', describe: 'pictures of each class', default: 12, min: 1, below: 1001 },
  seed: { type: 'integer', describe: 'which pictures', default: 0, min: 0 },
} as const satisfies Record<string, OptionSpec>;

const showCommand: Omit<Command, 'options'> = {
  command: 'show <data>',
  describe: 'count the classes and draw a contact sheet',
  builder: (yargs) => yargs.positional('data', { type: 'string', describe: DATA_FORMS }).options(yargsOptions({ ...SHOW_OPTIONS, json: SHARED_OPTIONS.json })),
  run: async (argv) => {
    const o = resolveOptions(SHOW_OPTIONS, argv);
    const { train, test } = await loadDataset(String(argv['data']));
    const out = String(o['out']);
    await makeDirectory(dirname(out));
    writeFileAtomic(out, contactSheet(train, { perClass: Number(o['per-class']), seed: Number(o['seed']) }));
    const counts = [train, test].map((part) => (part === null ? null : countsOf(part)));
    const { channels, height, width, classes } = train;
    say(`${train.name}: ${train.count} training images${test === null ? '' : ` and ${test.count} test images`} of ${channels}x${height}x${width}\n`);
    say(textTable(['class', 'train', ...(test === null ? [] : ['test'])], classes.map((name, c) => [name, ...counts.flatMap((k) => (k === null ? [] : [String(k[c])]))]), ['left', 'right', 'right']));
    say(`\ncontact sheet: ${out} (a row per class, in this order)`);
    if (argv['json'] === true) {
      printJson({ name: train.name, channels, height, width, train: train.count, test: test?.count ?? null, classes: classes.map((name, c) => ({ class: name, train: counts[0]?.[c], test: counts[1]?.[c] ?? null })), contactSheet: out });
    }
  },
};

function countsOf(data: ImageDataset): number[] {
  const counts = new Array<number>(data.classes.length).fill(0);
  for (const label of data.labels) counts[label]++;
  return counts;
}

const DOWNLOAD_OPTIONS = {
  dir: { type: 'string', describe: 'folder to download into (default: the user’s cache)' },
  'base-url': { type: 'string', describe: 'where to fetch from instead (also $WEFT_MIRROR)' },
} as const satisfies Record<string, OptionSpec>;

const NAME: OptionSpec = { type: 'string', describe: 'fashion-mnist', choices: ['fashion-mnist'] };

const downloadCommand: Omit<Command, 'options'> = {
  command: 'download <name>',
  describe: 'fetch a data set: fashion-mnist (30 MB)',
  builder: (yargs) =>
    yargs.positional('name', { type: 'string', describe: NAME.describe }).options(yargsOptions({ ...DOWNLOAD_OPTIONS, json: SHARED_OPTIONS.json })),
  run: async (argv) => {
    const o = resolveOptions(DOWNLOAD_OPTIONS, argv);
    checkValue('data set', NAME, argv['name'], '');
    const shown = new Set<string>();
    const clearLine = (): void => {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    };
    const directory = await downloadFashionMnist({
      ...(o['dir'] === undefined ? {} : { directory: String(o['dir']) }),
      ...(o['base-url'] === undefined ? {} : { baseUrl: String(o['base-url']) }),
      onProgress: ({ file, received, total, resumed }) => {
        clearLine();
        if (process.stderr.isTTY) process.stderr.write(`${file} ${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
        else if (!shown.has(file)) say(`${file}: ${(total / 1e6).toFixed(1)} MB${resumed ? ', going on where it stopped' : ''}`);
        shown.add(file);
      },
    }).finally(clearLine);
    say(`fashion-mnist is in ${directory}`);
    if (argv['json'] === true) printJson({ name: 'fashion-mnist', directory });
  },
};

export const dataCommand: Command = {
  command: 'data',
  describe: 'look at and fetch data sets',
  options: Object.keys({ ...SHOW_OPTIONS, ...DOWNLOAD_OPTIONS, json: null }),
  subcommands: [showCommand.command, downloadCommand.command],
  builder: (yargs) => {
    for (const c of [showCommand, downloadCommand]) yargs.command(c.command, c.describe, c.builder, (argv) => c.run(argv));
    return yargs.demandCommand(1, 'which of show and download?');
  },
  run: async () => {},
};
