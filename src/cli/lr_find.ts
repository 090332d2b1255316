/** `weft lr-find`: which learning rate suits a model and its data. */
import { joinPath, writeFileAtomic } from '#platform';
import type { TrainConfig } from '../train/config.js';
import { toCsv } from '../train/csv.js';
import { rangeChart } from '../train/lr_chart.js';
import { checkRange, findLearningRate } from '../train/lr_find.js';
import { withDevice, type Command, type Parsed } from './command.js';
import { resolveOptions, SHARED_OPTIONS, TRAIN_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { printJson, say, showLive } from './output.js';
import { ownFolder } from './owned.js';
import { loadFor } from './images.js';
import { RECIPE_OPTIONS } from './recipe.js';
import { trainConfig } from './train.js';

/** Options of training that decide the rate, how long it goes on or where it is written; label smoothing and clipping count here too. */
const NOT_TAKEN: readonly string[] = ['epochs', 'lr', 'preset', 'out', 'resume', 'capture', 'force', ...Object.keys(RECIPE_OPTIONS).filter((name) => name !== 'label-smoothing' && name !== 'clip-norm')];

const OPTIONS = {
  ...(Object.fromEntries(Object.entries(TRAIN_OPTIONS).filter(([name]) => !NOT_TAKEN.includes(name))) as Record<string, OptionSpec>),
  from: { type: 'number', describe: 'first rate', default: 1e-6, min: 0 },
  to: { type: 'number', describe: 'last rate', default: 1, min: 0 },
  steps: { type: 'integer', describe: 'training steps; it ends sooner where the loss blows up', default: 200, min: 10 },
  out: { type: 'string', describe: 'folder for lr_find.png, .csv and .json (default: runs/lr-find-MODEL)' },
} as const satisfies Record<string, OptionSpec>;

export const lrFindCommand: Command = {
  command: 'lr-find',
  describe: 'learning-rate range test: suggests a rate',
  options: Object.keys({ ...OPTIONS, ...SHARED_OPTIONS }),
  builder: (yargs) => yargs.options(yargsOptions({ ...OPTIONS, ...SHARED_OPTIONS })).example('$0 lr-find --data fashion-mnist --model cnn --optimizer sgd', ''),
  run: async (argv) => {
    const o = resolveOptions(OPTIONS, argv);
    const config = await trainConfig({ ...o, epochs: 1, schedule: 'constant' }, (name) => argv[name] !== undefined);
    const range = { from: Number(o['from']), to: Number(o['to']), steps: Number(o['steps']) };
    checkRange(range);
    const out = String(o['out'] ?? `runs/lr-find-${config.model}`);
    await ownFolder(out, () => findRate(argv, config, range, out));
  },
};

async function findRate(argv: Parsed, config: TrainConfig, range: { readonly from: number; readonly to: number; readonly steps: number }, out: string): Promise<void> {
  const splits = await loadFor(config.data, config, argv);
  await withDevice(argv, async (device) => {
    const { from, to, steps } = range;
    say(`${steps} steps of ${config.model} on ${splits.train.name} with ${config.optimizer}, the rate growing from ${from} to ${to}`);
    const found = await findLearningRate(device, config, splits.train, {
      ...range,
      onStep: (done, p) => showLive(`step ${done}/${steps}  rate ${p.lr.toExponential(1)}  loss ${p.smoothed.toFixed(4)}`),
    }).finally(() => showLive(''));
    const title = `${config.model} on ${splits.train.name}, ${config.optimizer}: loss while the learning rate grows`;
    writeFileAtomic(joinPath(out, 'lr_find.png'), await rangeChart(found, title));
    writeFileAtomic(joinPath(out, 'lr_find.csv'), toCsv(['lr', 'loss', 'smoothed'], found.points.map((p) => [p.lr, p.loss, p.smoothed])));
    const summary = { model: config.model, data: config.data, optimizer: config.optimizer, batch: config.batch, suggested: found.suggested, lowest: found.lowest, steps: found.points.length, isStopped: found.isStopped };
    writeFileAtomic(joinPath(out, 'lr_find.json'), `${JSON.stringify({ ...summary, points: found.points }, null, 2)}\n`);
    const suggested = found.suggested?.toPrecision(2);
    say(`${suggested === undefined ? 'the loss falls nowhere' : `the loss falls fastest at ${suggested}`} and is lowest at ${found.lowest.toPrecision(2)}${found.isStopped ? `; it blew up after ${found.points.length} steps` : ''}`);
    say(`${suggested === undefined ? 'nothing is suggested: try more --steps, other rates (--from, --to), or look at the data' : `suggested: --lr ${suggested}`}   (${out}: lr_find.png, .csv, .json)`);
    if (argv['json'] === true) printJson({ out, ...summary });
  });
}
