/** `weft train`: trains a model and leaves a run folder. */
import { parse as parseYaml } from 'yaml';
import { fileInfo, hostDescription, packageJson, readBytes } from '#platform';
import { trainingSplit } from '../data/sampler.js';
import type { DatasetSplits } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { DivergedError, InterruptedError, ModelError, UsageError } from '../device/errors.js';
import { modelOf, readCheckpoint, type Checkpoint } from '../train/checkpoint.js';
import { defaultLr, type OptimizerName, type Precision, type TrainConfig } from '../train/config.js';
import { evaluateCheckpoint } from '../train/evaluate_checkpoint.js';
import { TRAIN_PRESETS } from '../train/presets.js';
import { RunFolder, type RunSummary } from '../train/run_folder.js';
import { train, type TrainResult } from '../train/trainer.js';
import { visible } from '../text/visible.js';
import { named } from '../text/width.js';
import { balanceOf } from './balance.js';
import { withDevice, type Command, type Parsed } from './command.js';
import { checkValue, resolveOptions, SHARED_OPTIONS, TRAIN_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { printJson, say } from './output.js';
import { ownFolder, ownFreshFolder } from './owned.js';
import { imageConfig, loadFor } from './images.js';
import { lossOf, sayPaired } from './metric_loss.js';
import { ProgressLine } from './progress.js';
import { recipeOf } from './recipe.js';
import { sayReport } from './report.js';
import { doubtsAfter, inWords, runImages, sayWarnings, type RunImages } from './run_notes.js';
import { StopSignals } from './stop_signals.js';
import { sayPretrained, transferOf } from './transfer.js';

export const trainCommand: Command = {
  command: 'train',
  describe: 'train a model on labelled images',
  options: [...Object.keys({ ...TRAIN_OPTIONS, ...SHARED_OPTIONS }), 'config'],
  builder: (yargs) =>
    yargs
      .options(yargsOptions({ ...TRAIN_OPTIONS, config: CONFIG_OPTION, ...SHARED_OPTIONS }))
      .example('$0 train --data synthetic --model lenet5', 'learns from drawn garments; needs no data')
      .example('$0 train --data fashion-mnist --model cnn --epochs 3', 'after weft data download fashion-mnist'),
  run: (argv) =>
    withRun(argv, async ({ config, out, resume, capture }) => {
      const splits = await loadFor(config.data, config, argv);
      await withDevice(argv, async (device) => {
        const { summary, result } = await runTraining(device, config, splits, out, resume, capture);
        say(`next: ${config.data === 'synthetic' ? 'npx weft data download fashion-mnist && npx weft train --data fashion-mnist --model cnn --epochs 3' : `npx weft predict ${out.path} PICTURE.png`}`);
        if (argv['json'] === true) printJson({ run: out.path, ...summary, history: result.history });
      });
    }),
};

export const CONFIG_OPTION = { type: 'string', describe: 'YAML file of options; the command line wins' } as const satisfies OptionSpec;

/** Values from a file (or a preset), and the name for messages. */
export interface OptionSource {
  readonly name: string;
  readonly values: Record<string, unknown>;
}

/** A preset's options, below those of the configuration file. */
function withPreset(argv: Parsed, file: OptionSource | null): OptionSource | null {
  const name = argv['preset'] ?? file?.values['preset'];
  if (name === undefined) return file;
  const known = checkValue('preset', TRAIN_OPTIONS.preset, name, argv['preset'] === undefined ? `${file?.name}: ` : '--');
  const preset = TRAIN_PRESETS.find((p) => p.name === known);
  return { name: file?.name ?? `preset ${String(known)}`, values: { ...preset?.options, ...file?.values } };
}

/** A YAML file of options. @throws UsageError when it is none. */
export async function configFile(argv: Parsed): Promise<OptionSource | null> {
  if (argv['config'] === undefined) return null;
  const path = String(checkValue('config', CONFIG_OPTION, argv['config'], '--'));
  const info = await fileInfo(path);
  if (info === null || info.isDirectory) throw new UsageError(`--config ${path}: there is no such file`, { fix: 'give a YAML file of `option: value` lines' });
  try {
    const values: unknown = parseYaml(new TextDecoder().decode(await readBytes(path))) ?? {};
    if (typeof values !== 'object' || values === null || Array.isArray(values)) throw new Error('it holds no `option: value` lines');
    return { name: path, values: values as Record<string, unknown> };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/:?\n/)[0] : String(error); // yaml draws the place below its first line
    throw new UsageError(`--config ${path}: ${reason}`, { fix: 'write one `option: value` per line' });
  }
}

interface ResolvedRun {
  readonly config: TrainConfig;
  readonly out: RunFolder;
  readonly resume: Checkpoint | null;
  readonly capture: boolean;
}

/** What a resumed run may be told: more epochs, where its data are now; its model, which must be the same. */
const WITH_RESUME: readonly string[] = ['resume', 'epochs', 'data', 'model', 'force', 'capture'];

/** An old run, with its own configuration. */
async function resumeConfig(folder: string, o: Readonly<Record<string, unknown>>, isGiven: (name: string) => boolean): Promise<ResolvedRun> {
  const fixed = Object.keys(TRAIN_OPTIONS).find((name) => !WITH_RESUME.includes(name) && isGiven(name));
  if (fixed !== undefined) throw new UsageError(`--resume goes on with the run's own options; --${fixed} cannot be changed`, { fix: 'leave it out, or start a new run' });
  const out = new RunFolder(folder);
  const resume = await out.readLast();
  const { config, model, progress } = resume.header;
  if (isGiven('model') && o['model'] !== model) {
    throw new ModelError(`${resume.file} is a checkpoint of ${model}, not of ${String(o['model'])}`, { fix: `leave out --model, or use --model ${model}` });
  }
  const epochs = isGiven('epochs') ? Number(o['epochs']) : config.epochs;
  const begun = progress.epoch + (progress.step > 0 ? 1 : 0);
  if (epochs < begun) throw new UsageError(`--epochs ${epochs} is less than the ${begun} that ${folder} has done or begun`, { fix: 'leave it out, or give more' });
  return { config: { ...config, epochs, data: isGiven('data') ? String(o['data']) : config.data }, out, resume, capture: o['capture'] === true };
}

/** A new run in a folder of its own, or an old one to go on with; nobody else has the folder while `body` runs. */
async function withRun(argv: Parsed, body: (run: ResolvedRun) => Promise<void>): Promise<void> {
  const file = withPreset(argv, await configFile(argv));
  const o = resolveOptions(TRAIN_OPTIONS, argv, file);
  if (o['resume'] !== undefined) {
    const folder = String(o['resume']);
    await new RunFolder(folder).requireThere(); // so that none is made for a name that was mistyped
    return ownFolder(folder, async () => body(await resumeConfig(folder, o, (name) => argv[name] !== undefined || file?.values[name] !== undefined)));
  }
  const config = await trainConfig(o, (name) => argv[name] !== undefined);
  const start = async (path: string): Promise<void> => {
    const out = new RunFolder(path);
    await out.check(o['force'] === true);
    await body({ config, out, resume: null, capture: o['capture'] === true });
  };
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  if (o['out'] === undefined) return ownFreshFolder(`runs/${config.model}-${stamp}`, start);
  return ownFolder(String(o['out']), () => start(String(o['out'])));
}

/** The configuration that checked options make. `isGiven`: on the command line. @throws UsageError when they do not go together. */
export async function trainConfig(o: Readonly<Record<string, string | number | boolean | undefined>>, isGiven: (name: string) => boolean): Promise<TrainConfig> {
  for (const name of ['data', 'model']) if (o[name] === undefined) throw new UsageError(`--${name} is missing`, { fix: name === 'data' ? 'e.g. --data synthetic' : 'e.g. --model cnn (weft models lists them)' });
  const optimizer = o['optimizer'] as OptimizerName;
  const unused = ['momentum', 'nesterov'].find((name) => isGiven(name) && optimizer !== 'sgd');
  if (unused !== undefined) throw new UsageError(`--${unused} is for sgd, the optimizer is ${optimizer}`, { fix: `leave it out, or give --optimizer sgd` });
  const recipe = recipeOf(o);
  return {
    data: String(o['data']),
    model: String(o['model']),
    epochs: Number(o['epochs']),
    batch: Number(o['batch']),
    optimizer,
    lr: Number(o['lr'] ?? defaultLr(optimizer, recipe.schedule)),
    momentum: Number(o['momentum']),
    nesterov: o['nesterov'] === true,
    weightDecay: Number(o['weight-decay']),
    valSplit: Number(o['val-split']),
    seed: Number(o['seed']),
    precision: o['precision'] as Precision,
    ...(await imageConfig(o)),
    normalize: o['normalize'] === 'imagenet' ? 'imagenet' : 'data',
    ...recipe,
    ...transferOf(o),
    ...balanceOf(o),
    ...lossOf(o),
    ...(o['fused-loss'] === 'on' || o['fused-loss'] === 'off' ? { fusedLoss: o['fused-loss'] } : {}),
  };
}

/** Trains, or goes on training, in a run folder, and leaves everything there that belongs into it. */
export async function runTraining(device: Device, config: TrainConfig, splits: DatasetSplits, out: RunFolder, resume: Checkpoint | null, capture: boolean): Promise<{ summary: RunSummary; result: TrainResult }> {
  const started = performance.now();
  const data = splits.train;
  const { name, version } = packageJson();
  const about = runImages(splits, config);
  say(`training ${config.model} on ${visible(data.name)}: ${inWords(about.used)}; ${data.classes.length} classes; ${out.path}`);
  sayWarnings(about.warnings);
  const line = new ProgressLine(config.epochs);
  const stop = new StopSignals();
  try {
    const files = { last: out.file('last.safetensors'), best: out.file('best.safetensors') };
    const result = await train(device, config, data, files, {
      onStart: async () => {
        if (resume === null) await out.start(config, { [name]: version, adapter: device.adapter, ...hostDescription(), choices: device.choices.record() });
        else out.writeConfig(config);
      },
      capture,
      onPretrained: sayPretrained,
      onAugmented: ({ classes, spec }) => say(`--augment-class: ${classes.map((c) => `${named(c.class)} ${c.from} training images become ${c.to}`).join(', ')} (${spec})`),
      onPaired: sayPaired,
      onUncut: () => say('--schedule dynamic: without validation images no loss cuts the rate; --lr-gamma and --lr-patience do nothing'),
      test: splits.test,
      onCompile: (done, total) => line.compile(done, total),
      onStep: (r) => line.step(r),
      onEpoch: (history, scaling) => {
        line.epoch(history[history.length - 1]);
        if (scaling !== null) say(`  loss scale ${scaling.scale}, ${scaling.skipped} ${scaling.skipped === 1 ? 'step' : 'steps'} of the run skipped`);
        out.writeHistory(history);
      },
      interrupted: () => stop.received,
    }, resume);
    if (stop.received !== null) throw new InterruptedError(`stopped after the last epoch; saved in ${files.last}`, stop.received);
    stop.isSaved = true;
    line.end();
    if (result.isStoppedEarly) say(`stopped early: no better epoch since epoch ${result.bestEpoch} (--patience ${config.patience})`);
    return { summary: await finish(device, config, splits, out, result, about, (performance.now() - started) / 1000), result };
  } catch (error) {
    line.end();
    if (error instanceof InterruptedError) say(`go on with: npx weft train --resume ${out.path}`);
    throw error;
  } finally {
    line.end();
    stop.remove();
  }
}

/** Evaluates the best checkpoint and writes the pictures and the summary. */
async function finish(device: Device, config: TrainConfig, splits: DatasetSplits, out: RunFolder, result: TrainResult, { used, warnings: before }: RunImages, seconds: number): Promise<RunSummary> {
  const checkpoint = await readCheckpoint(out.file('best.safetensors'));
  const held = trainingSplit(splits.train, config.valSplit, config.seed).validation; // none when the share is below half an image
  const split = splits.test !== null ? 'test' : held.length > 0 ? 'validation' : 'training';
  const indices = split === 'validation' ? held : undefined;
  const report = await evaluateCheckpoint(device, checkpoint, splits.test ?? splits.train, indices);
  const { confusion, ...figures } = report;
  const { loss } = figures;
  if (!Number.isFinite(loss)) throw new DivergedError(`the ${split} loss of the trained model is ${loss} (learning rate ${config.lr})`, { fix: 'use a smaller --lr' });
  const warnings = [...before, ...doubtsAfter(result.history, used)];
  const summary: RunSummary = {
    model: config.model, parameters: modelOf(checkpoint).parameterCount(), epochs: result.history.length, bestEpoch: result.bestEpoch,
    split, ...figures, stepMilliseconds: result.stepMilliseconds, stepCpuMilliseconds: result.stepCpuMilliseconds, seconds, images: used, warnings,
  };
  out.writeHistory(result.history);
  await out.writeEnd(result.history, confusion, checkpoint.header.classes, summary);
  sayReport(`${split}, best epoch ${result.bestEpoch}`, report);
  const cpu = result.stepCpuMilliseconds === null ? '' : ` (${result.stepCpuMilliseconds.toFixed(1)} ms of CPU)`;
  const pace = result.stepMilliseconds === null ? '' : `${result.stepMilliseconds.toFixed(1)} ms${cpu} per step of ${config.batch} images; `;
  say(`\n${inWords(used)}; ${pace}${seconds.toFixed(1)} s in all`);
  sayWarnings(warnings); // once more: what was said before the first epoch is out of sight
  say(`run folder: ${out.path} (checkpoints, metrics.csv, curves.png, ${confusion === null ? '' : 'confusion_matrix.png, confusion_matrix_shares.png, '}summary.json)`);
  return summary;
}
