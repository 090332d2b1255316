/** `weft data show` and `weft data download`; `weft data check` is in data_check.ts. */
import { joinPath, writeFileAtomic } from '#platform';
import { augmentationOf } from '../data/augment_spec.js';
import { contactSheet, drawRows, imagePng } from '../data/contact_sheet.js';
import type { ImageDataset } from '../data/dataset.js';
import { countParts } from '../data/count_parts.js';
import { downloadFashionMnist } from '../data/download.js';
import { meanStd } from '../data/normalize.js';
import { withFile } from '../device/outputs.js';
import { seenImages } from '../data/seen_images.js';
import type { Augmentation } from '../kernels/augment.js';
import { fileNames } from '../text/file_name.js';
import { openDevice, type Command, type Parsed } from './command.js';
import { checkCommand, CHECK_OPTIONS } from './data_check.js';
import { countsDocument, sayCounts } from './data_counts.js';
import { imageConfig, loadFor } from './images.js';
import { checkValue, DATA_FORMS, IMAGE_OPTIONS, resolveOptions, SHARED_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { hasLiveLine, printJson, say, showLive } from './output.js';
import { ownFolder } from './owned.js';

const SHOW_OPTIONS = {
  out: { type: 'string', describe: 'the picture to write', default: 'contact-sheet.png' },
  pictures: { type: 'string', describe: 'folder to write pictures of the test part to, one PNG each: for weft predict' },
  'per-class': { type: 'integer', describe: 'pictures of each class', default: 12, min: 1, below: 1001 },
  seed: { type: 'integer', describe: 'which pictures, and how they are augmented', default: 0, min: 0 },
  ...IMAGE_OPTIONS,
} as const satisfies Record<string, OptionSpec>;

const showCommand: Omit<Command, 'options'> = {
  command: 'show <data>',
  describe: 'count the classes and draw a contact sheet; with --augment, of what training sees',
  builder: (yargs) => yargs.positional('data', { type: 'string', describe: DATA_FORMS }).options(yargsOptions({ ...SHOW_OPTIONS, adapter: SHARED_OPTIONS.adapter, json: SHARED_OPTIONS.json })),
  run: async (argv) => {
    const o = resolveOptions(SHOW_OPTIONS, argv);
    const draw = (): Promise<void> => withFile(String(o['out']), () => showData(argv, o));
    await (o['pictures'] === undefined ? draw() : ownFolder(String(o['pictures']), draw));
  },
};

async function showData(argv: Parsed, o: Readonly<Record<string, unknown>>): Promise<void> {
  const config = await imageConfig(o);
  const seed = Number(o['seed']);
  const { train, test, notes = [] } = await loadFor(String(argv['data']), { ...config, seed: 0 });
  const out = String(o['out']);
  const drawn = { perClass: Number(o['per-class']), seed };
  const shown = config.augment || config.crop ? await seenByTraining(argv, train, augmentationOf(config.augment), drawn) : train;
  writeFileAtomic(out, contactSheet(shown, drawn));
  const written = o['pictures'] === undefined ? [] : await writePictures(String(o['pictures']), test ?? train, drawn);
  const counts = countParts({ train, test });
  sayCounts(train, counts);
  say(`\ncontact sheet: ${out} (a row per class, in this order)`);
  if (written.length > 0) say(`${written.length} pictures: ${written[0]}, …`);
  if (argv['json'] === true) printJson({ ...countsDocument(train, counts), notes, contactSheet: out, ...(o['pictures'] === undefined ? {} : { pictures: written }) });
}

/** The pictures that a contact sheet of a part would show, as files named after their classes. Returns their paths. */
async function writePictures(folder: string, data: ImageDataset, { perClass, seed }: { perClass: number; seed: number }): Promise<string[]> {
  const names = fileNames(data.classes);
  return drawRows(data, perClass, seed).flatMap((row, c) =>
    row.map((index, k) => {
      const path = joinPath(folder, `${names[c]}-${k + 1}.png`);
      writeFileAtomic(path, imagePng(data, index));
      return path;
    }),
  );
}

/** The pictures of a contact sheet as a network is given them. */
async function seenByTraining(argv: Parsed, train: ImageDataset, augmentation: Augmentation | null, { perClass, seed }: { perClass: number; seed: number }): Promise<ImageDataset> {
  const indices = Uint32Array.from(drawRows(train, perClass, seed).flat());
  const device = await openDevice(argv);
  try {
    return await seenImages(device, train, meanStd(train, indices), indices, augmentation, seed);
  } finally {
    device.destroy();
  }
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
    const directory = await downloadFashionMnist({
      ...(o['dir'] === undefined ? {} : { directory: String(o['dir']) }),
      ...(o['base-url'] === undefined ? {} : { baseUrl: String(o['base-url']) }),
      onProgress: ({ file, received, total, resumed }) => {
        if (hasLiveLine()) showLive(`${file} ${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
        else if (!shown.has(file)) say(`${file}: ${(total / 1e6).toFixed(1)} MB${resumed ? ', going on where it stopped' : ''}`);
        shown.add(file);
      },
    }).finally(() => showLive(''));
    say(`fashion-mnist is in ${directory}`);
    if (argv['json'] === true) printJson({ name: 'fashion-mnist', directory });
  },
};

const COMMANDS = [showCommand, checkCommand, downloadCommand];

export const dataCommand: Command = {
  command: 'data',
  describe: 'look at, check and fetch data sets',
  options: Object.keys({ ...SHOW_OPTIONS, ...CHECK_OPTIONS, ...DOWNLOAD_OPTIONS, json: null }),
  subcommands: COMMANDS.map((c) => c.command),
  builder: (yargs) => {
    for (const c of COMMANDS) yargs.command(c.command, c.describe, c.builder, (argv) => c.run(argv));
    return yargs.demandCommand(1, 'which of show, check and download?');
  },
  run: async () => {},
};
