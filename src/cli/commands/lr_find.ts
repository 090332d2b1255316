/** `weft lr-find`: which learning rate suits a model and its data. */
import { joinPath, writeFileAtomic } from '#platform';
import type { TrainConfig } from '../../train/config.js';
import { toCsv } from '../../report/csv.js';
import { rangeChart } from '../../report/lr_chart.js';
import { checkRange, findLearningRate } from '../../train/lr_find.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson, say, showLive } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { loadFor } from '../options/images.js';
import { trainConfig } from '../options/train/training_config.js';
import { LR_FIND_OPTIONS } from '../options/train/train_options.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(LR_FIND_OPTIONS, argv);
  const config = await trainConfig({ ...o, epochs: 1, schedule: 'constant' }, (name) => argv[name] !== undefined);
  const range = { from: Number(o['from']), to: Number(o['to']), steps: Number(o['steps']) };
  checkRange(range);
  const out = String(o['out'] ?? `runs/lr-find-${config.model}`);
  await ownFolder(out, () => findRate(argv, config, range, out));
}

async function findRate(
  argv: Parsed,
  config: TrainConfig,
  range: { readonly from: number; readonly to: number; readonly steps: number },
  out: string,
): Promise<void> {
  await prepareWeights(config);
  const splits = await loadFor(config.data, config, argv);
  await withDevice(argv, async (device) => {
    const { from, to, steps } = range;
    say(
      `${steps} steps of ${config.model} on ${splits.train.name} with ${config.optimizer}, the rate growing from ` +
        `${from} to ${to}`,
    );
    const found = await findLearningRate(device, config, splits.train, {
      ...range,
      onStep: (done, p) =>
        showLive(`step ${done}/${steps}  rate ${p.lr.toExponential(1)}  loss ${p.smoothed.toFixed(4)}`),
    }).finally(() => showLive(''));
    const title = `${config.model} on ${splits.train.name}, ${config.optimizer}: loss while the learning rate grows`;
    writeFileAtomic(joinPath(out, 'lr_find.png'), await rangeChart(found, title));
    writeFileAtomic(
      joinPath(out, 'lr_find.csv'),
      toCsv(
        ['lr', 'loss', 'smoothed'],
        found.points.map((p) => [p.lr, p.loss, p.smoothed]),
      ),
    );
    const summary = {
      model: config.model,
      data: config.data,
      optimizer: config.optimizer,
      batch: config.batch,
      suggested: found.suggested,
      lowest: found.lowest,
      steps: found.points.length,
      isStopped: found.isStopped,
    };
    writeFileAtomic(
      joinPath(out, 'lr_find.json'),
      `${JSON.stringify({ ...summary, points: found.points }, null, 2)}\n`,
    );
    const suggested = found.suggested?.toPrecision(2);
    print(
      `the loss falls ${suggested === undefined ? 'nowhere' : `fastest at ${suggested}`} and is lowest at ` +
        `${found.lowest.toPrecision(2)}${found.isStopped ? `; it blew up after ${found.points.length} steps` : ''}`,
    );
    const advice =
      suggested === undefined
        ? 'nothing is suggested: try more --steps, other rates (--from, --to), or look at the data'
        : `suggested: --lr ${suggested}`;
    print(`${advice}   (${out}: lr_find.png, .csv, .json)`);
    if (argv['json'] === true) printJson({ out, ...summary });
  });
}
