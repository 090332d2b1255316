/** `weft train`: trains a model and leaves a run folder. */
import type { Collective } from '../../collective/collective.js';
import { OWN } from '../../data/own_words.js';
import { ModelError, UsageError } from '../../device/errors.js';
import { requireFree } from '../../device/files/outputs.js';
import { RunFolder } from '../../report/run_folder.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../train/config.js';
import { ownModelFile, requireOwnModules } from '../../train/own_modules.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { withAutoBatch } from '../auto_batch.js';
import { withDevice } from '../command.js';
import { fewImages, tried, withoutTraces } from '../fast_dev_run.js';
import type { Parsed } from '../declare/declared.js';
import { configFile, withPreset } from '../options/config_file.js';
import { durationOf } from '../options/train/duration.js';
import { loadFor } from '../options/images.js';
import { resolveOptions } from '../options/options.js';
import { TRAIN_OPTIONS } from '../options/train/train_options.js';
import { trainConfig } from '../options/train/training_config.js';
import { printJson, say } from '../output.js';
import { ownFolder, ownFreshFolder } from '../own_folder.js';
import { adapterOfRank, requireOwnGpus, withRanks } from '../ranks/with_ranks.js';
import { followTraining, runTraining } from '../training_run.js';
import { shellWord } from '../../text/shell_word.js';

/** What comes after drawn garments. */
const WITH_REAL_IMAGES =
  'npx weftgrad data download fashion-mnist && npx weftgrad train --data fashion-mnist --model cnn --epochs 3';

export function run(argv: Parsed): Promise<void> {
  return withRanks((collective) => withRun(argv, collective, (run) => trainOn(argv, run, collective)));
}

async function trainOn(argv: Parsed, run: ResolvedRun, collective: Collective): Promise<void> {
  const { config, out, resume, capture, maxTime } = run;
  const limit = { isLogged: run.isLogged, ...(maxTime === undefined ? {} : { maxTime }) };
  if (config.syncEvery !== undefined && collective.size === 1 && resume === null)
    throw new UsageError('--sync-every is for several ranks, and this process was started by itself', {
      fix: 'mpirun -np 2 npx weftgrad train …, or leave it out',
    });
  if (run.isAutoBatch && collective.size > 1)
    throw new UsageError('--batch auto is for one process: of several ranks each may have other memory', {
      fix: 'give the images per step, of all ranks together',
    });
  if (resume === null) await prepareWeights(config);
  const all = await loadFor(config.data, config, argv);
  const splits = run.isTried ? fewImages(all, config) : all;
  const adapter = await adapterOfRank(argv['adapter']);
  await withDevice(adapter === null ? argv : { ...argv, adapter }, async (device) => {
    await requireOwnGpus(collective, device, argv['share-gpu'] === true);
    if (collective.rank > 0) return followTraining(device, { config, splits, resume, capture, collective, ...limit });
    const fitting = run.isAutoBatch ? await withAutoBatch(device, config, all.train) : config;
    const { summary, result } = await runTraining(device, {
      ...{ config: fitting, splits, out, resume, capture, collective },
      ...limit,
      isKept: !run.isTried,
    });
    const document = { ...summary, history: result.history };
    if (run.isTried) {
      if (argv['json'] === true) printJson(document);
      return;
    }
    const own =
      ownModelFile(config.model) === undefined ? '' : ` --model ${shellWord(String(ownModelFile(config.model)))}`;
    const onOwn = `npx weftgrad predict ${shellWord(out.path)}${own} PICTURE.png`;
    say(`next: ${config.data === 'synthetic' ? WITH_REAL_IMAGES : onOwn}`);
    if (argv['json'] === true) printJson({ run: out.path, ...document });
  });
}

interface ResolvedRun {
  readonly config: TrainConfig;
  readonly out: RunFolder;
  readonly resume: Checkpoint | null;
  readonly capture: boolean;
  /** Seconds after which training ends. Absent: no limit. */
  readonly maxTime?: number;
  /** `--tensorboard` */
  readonly isLogged: boolean;
  /** `--fast-dev-run`: on a few images, and nothing is kept. */
  readonly isTried: boolean;
  /** `--batch auto`: the configuration's is not known yet. */
  readonly isAutoBatch: boolean;
}

/**
 * What a resumed run may be told: more epochs, where its data are now and how much of them is held; its model, which
 * must be the same.
 */
const WITH_RESUME: readonly string[] = [
  'resume',
  'epochs',
  'data',
  'stream',
  'memory',
  'model',
  'force',
  'capture',
  'max-time',
  'tensorboard',
  'share-gpu',
];

/** Whether each word of a list is one of the user's own that another list has, or the two are the same. */
function isPartOf(given: unknown, all: string | null | undefined): boolean {
  const words = String(given).split(',');
  return given === all || words.every((word) => word.startsWith(OWN) && (all ?? '').split(',').includes(word));
}

/** An old run, with its own configuration. */
async function resumeConfig(
  folder: string,
  o: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
): Promise<ResolvedRun> {
  const changed = (name: string): UsageError =>
    new UsageError(`--resume goes on with the run's own options; --${name} cannot be changed`, {
      fix: 'leave it out, or start a new run',
    });
  // of a loss or a step of the user's own the file is named again: they are looked at when the run is known
  const fixed = Object.keys(TRAIN_OPTIONS).find(
    (name) => ![...WITH_RESUME, 'loss', 'augment'].includes(name) && isGiven(name),
  );
  if (fixed !== undefined) throw changed(fixed);
  const out = new RunFolder(folder);
  const resume = await out.readLast();
  const { config, model, progress } = resume.header;
  requireOwnModules(resume.header.sources?.modules ?? [], resume.file);
  const steps = [config.augment, config.augmentClassSpec].filter((spec) => spec).join(',');
  const own = { loss: `${OWN}${config.criterion}`, augment: steps };
  for (const name of ['loss', 'augment'] as const)
    if (isGiven(name) && !isPartOf(o[name], own[name])) throw changed(name);
  if (isGiven('model') && o['model'] !== model) {
    throw new ModelError(`${resume.file} is a checkpoint of ${model}, not of ${String(o['model'])}`, {
      fix: `leave out --model, or use --model ${model}`,
    });
  }
  const epochs = isGiven('epochs') ? Number(o['epochs']) : config.epochs;
  const begun = progress.epoch + (progress.step > 0 ? 1 : 0);
  if (epochs < begun)
    throw new UsageError(`--epochs ${epochs} is less than the ${begun} that ${folder} has done or begun`, {
      fix: 'leave it out, or give more',
    });
  return {
    config: {
      ...config,
      epochs,
      data: isGiven('data') ? String(o['data']) : config.data,
      ...(isGiven('stream') ? { stream: o['stream'] === true } : {}),
      ...(isGiven('memory') ? { memory: Number(o['memory']) } : {}),
    },
    out,
    resume,
    ...howOf(o),
  };
}

/** How a run is gone about, which decides nothing of what it comes to. */
function howOf(
  o: Readonly<Record<string, unknown>>,
): Pick<ResolvedRun, 'capture' | 'maxTime' | 'isLogged' | 'isTried' | 'isAutoBatch'> {
  return {
    capture: o['capture'] === true,
    isLogged: o['tensorboard'] === true,
    isTried: o['fast-dev-run'] === true,
    isAutoBatch: o['batch'] === 'auto',
    ...(o['max-time'] === undefined ? {} : { maxTime: durationOf('max-time', String(o['max-time'])) }),
  };
}

/**
 * A new run in a folder of its own, or an old one to go on with; nobody else has the folder while `body` runs. It is
 * the first rank's: the others only read.
 */
async function withRun(argv: Parsed, { rank }: Collective, body: (run: ResolvedRun) => Promise<void>): Promise<void> {
  const file = withPreset(argv, await configFile(argv, 'train'));
  const o = resolveOptions(TRAIN_OPTIONS, argv, file);
  if (o['resume'] !== undefined && o['fast-dev-run'] !== true) {
    const folder = String(o['resume']);
    const read = (): Promise<ResolvedRun> =>
      resumeConfig(folder, o, (name) => argv[name] !== undefined || file?.values[name] !== undefined);
    if (rank > 0) return body(await read());
    await requireFree(folder); // it may be about to write its first checkpoint
    await read(); // what cannot be resumed is refused before its folder is touched
    return ownFolder(folder, async () => body(await read()));
  }
  const isGiven = (name: string): boolean => argv[name] !== undefined;
  const how = howOf(o);
  const given = await trainConfig(o, isGiven);
  const config = how.isTried ? tried(given) : given;
  if (rank > 0) return body({ config, out: new RunFolder(''), resume: null, ...how });
  if (how.isTried)
    return withoutTraces(isGiven, (path) => body({ config, out: new RunFolder(path), resume: null, ...how }));
  const start = async (path: string): Promise<void> => {
    const out = new RunFolder(path);
    await out.check(o['force'] === true);
    await body({ config, out, resume: null, ...how });
  };
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  if (o['out'] === undefined) return ownFreshFolder(`runs/${config.model}-${stamp}`, start);
  return ownFolder(String(o['out']), () => start(String(o['out'])));
}
