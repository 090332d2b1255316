/** `weft train`: trains a model and leaves a run folder. */
import { hostDescription, packageJson } from '#platform';
import { trainingSplit } from '../../data/sampler.js';
import type { DatasetSplits } from '../../data/dataset.js';
import { readYaml } from '../../data/files/yaml_file.js';
import type { Device } from '../../device/device.js';
import { DivergedError, InterruptedError, ModelError, UsageError } from '../../device/errors.js';
import { requireFree } from '../../device/outputs.js';
import { buildModel } from '../../nn/models/registry.js';
import { modelOf, type Checkpoint } from '../../train/checkpoint.js';
import type { Precision, TrainConfig } from '../../train/config.js';
import { evaluateCheckpoint } from '../../inference/evaluate_checkpoint.js';
import { tryPretrained } from '../../train/pretrained.js';
import { TRAIN_PRESETS } from '../options/presets.js';
import { inputOf } from '../../train/model.js';
import { RunFolder, type RunSummary } from '../../report/run_folder.js';
import type { TrainResult } from '../../train/fit.js';
import { train } from '../../train/trainer.js';
import { visible } from '../../text/visible.js';
import { named } from '../../text/width.js';
import { balanceOf } from '../options/balance.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declared.js';
import { checkValue, resolveOptions } from '../options/options.js';
import { printJson, say } from '../output.js';
import { ownFolder, ownFreshFolder } from '../owned.js';
import { imageConfig, loadFor } from '../options/images.js';
import { lossOf, sayPairs } from '../options/metric_loss.js';
import { optimizerOf } from '../options/optimizer.js';
import { ProgressLine } from '../progress.js';
import { recipeOf } from '../options/recipe.js';
import { sayReport } from '../report.js';
import { flatOptions } from '../options/run_config.js';
import { doubtsAfter, inWords, runImages, sayWarnings, type RunImages } from '../run_notes.js';
import { StopSignals } from '../stop_signals.js';
import { CONFIG_OPTION, TRAIN_OPTIONS } from '../options/train_options.js';
import { sayPretrained, transferOf } from '../options/transfer.js';

/** What comes after drawn garments. */
const WITH_REAL_IMAGES =
  'npx weftgrad data download fashion-mnist && npx weftgrad train --data fashion-mnist --model cnn --epochs 3';

export function run(argv: Parsed): Promise<void> {
  return withRun(argv, async ({ config, out, resume, capture }) => {
    if (resume === null) await tryPretrained(config);
    const splits = await loadFor(config.data, config, argv);
    await withDevice(argv, async (device) => {
      const { summary, result } = await runTraining(device, config, splits, out, resume, capture);
      say(`next: ${config.data === 'synthetic' ? WITH_REAL_IMAGES : `npx weftgrad predict ${out.path} PICTURE.png`}`);
      if (argv['json'] === true) printJson({ run: out.path, ...summary, history: result.history });
    });
  });
}

/** Values from a file (or a preset), and the name for messages. */
export interface OptionSource {
  readonly name: string;
  readonly values: Record<string, unknown>;
}

/** A preset's options, below those of the configuration file. */
function withPreset(argv: Parsed, file: OptionSource | null): OptionSource | null {
  const name = argv['preset'] ?? file?.values['preset'];
  if (name === undefined) return file;
  const known = checkValue(
    'preset',
    TRAIN_OPTIONS.preset,
    name,
    argv['preset'] === undefined ? `${file?.name}: ` : '--',
  );
  const preset = TRAIN_PRESETS.find((p) => p.name === known);
  return { name: file?.name ?? `preset ${String(known)}`, values: { ...preset?.options, ...file?.values } };
}

/** A YAML file of options. @throws UsageError when it is none. */
export async function configFile(argv: Parsed): Promise<OptionSource | null> {
  if (argv['config'] === undefined) return null;
  const path = String(checkValue('config', CONFIG_OPTION, argv['config'], '--'));
  const form = 'give a YAML file of `option: value` lines';
  const values = (await readYaml(path, 'config', form)) ?? {};
  if (typeof values !== 'object' || Array.isArray(values))
    throw new UsageError(`--config ${path}: it holds no \`option: value\` lines`, { fix: form });
  return { name: path, values: flatOptions(values as Record<string, unknown>) };
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
async function resumeConfig(
  folder: string,
  o: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
): Promise<ResolvedRun> {
  const fixed = Object.keys(TRAIN_OPTIONS).find((name) => !WITH_RESUME.includes(name) && isGiven(name));
  if (fixed !== undefined)
    throw new UsageError(`--resume goes on with the run's own options; --${fixed} cannot be changed`, {
      fix: 'leave it out, or start a new run',
    });
  const out = new RunFolder(folder);
  const resume = await out.readLast();
  const { config, model, progress } = resume.header;
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
    config: { ...config, epochs, data: isGiven('data') ? String(o['data']) : config.data },
    out,
    resume,
    capture: o['capture'] === true,
  };
}

/** A new run in a folder of its own, or an old one to go on with; nobody else has the folder while `body` runs. */
async function withRun(argv: Parsed, body: (run: ResolvedRun) => Promise<void>): Promise<void> {
  const file = withPreset(argv, await configFile(argv));
  const o = resolveOptions(TRAIN_OPTIONS, argv, file);
  if (o['resume'] !== undefined) {
    const folder = String(o['resume']);
    const read = (): Promise<ResolvedRun> =>
      resumeConfig(folder, o, (name) => argv[name] !== undefined || file?.values[name] !== undefined);
    await requireFree(folder); // it may be about to write its first checkpoint
    await read(); // what cannot be resumed is refused before its folder is touched
    return ownFolder(folder, async () => body(await read()));
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

/**
 * The configuration that checked options make. `isGiven`: on the command line. @throws UsageError when they do not go
 * together.
 */
export async function trainConfig(
  o: Readonly<Record<string, string | number | boolean | undefined>>,
  isGiven: (name: string) => boolean,
): Promise<TrainConfig> {
  for (const name of ['data', 'model'])
    if (o[name] === undefined)
      throw new UsageError(`--${name} is missing`, {
        fix: name === 'data' ? 'e.g. --data synthetic' : 'e.g. --model cnn (weft models lists them)',
      });
  const recipe = recipeOf(o);
  return {
    data: String(o['data']),
    model: String(o['model']),
    epochs: Number(o['epochs']),
    batch: Number(o['batch']),
    ...optimizerOf(o, recipe.schedule, isGiven),
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
export async function runTraining(
  device: Device,
  config: TrainConfig,
  splits: DatasetSplits,
  out: RunFolder,
  resume: Checkpoint | null,
  capture: boolean,
): Promise<{ summary: RunSummary; result: TrainResult }> {
  const started = performance.now();
  const data = splits.train;
  const { name, version } = packageJson();
  const about = runImages(splits, config);
  say(
    `training ${config.model} on ${visible(data.name)}: ${inWords(about.used)}; ${data.classes.length} classes; ` +
      `${out.path}`,
  );
  sayWarnings(about.warnings);
  if (resume === null) out.requireRoomFor(buildModel(config.model, inputOf(data)).parameterCount());
  const line = new ProgressLine(config.epochs);
  const stop = new StopSignals();
  let hasStarted = false;
  try {
    const files = { last: out.file('last.safetensors'), best: out.file('best.safetensors') };
    const result = await train(
      device,
      config,
      data,
      files,
      {
        onStart: async () => {
          hasStarted = true;
          if (resume === null)
            await out.start(config, {
              [name]: version,
              adapter: device.adapter,
              ...hostDescription(),
              choices: device.choices.record(),
            });
          else out.writeConfig(config);
        },
        capture,
        onPretrained: sayPretrained,
        onAugmented: ({ classes, spec }) =>
          say(
            `--augment-class: ` +
              `${classes.map((c) => `${named(c.class)} ${c.from} training images become ${c.to}`).join(', ')} ` +
              `(${spec})`,
          ),
        onContrastivePairs: sayPairs,
        onNoValidation: () =>
          say(
            '--schedule dynamic: without validation images no loss cuts the rate; --lr-gamma and --lr-patience ' +
              'do nothing',
          ),
        onRateChange: (before, after) =>
          say(
            `warning: --schedule ${config.schedule?.name ?? 'constant'} is drawn over all ${config.epochs} ` +
              `epochs now: the rate goes on at ${after.toPrecision(3)}, it was ${before.toPrecision(3)}; the same ` +
              `run from its start would have been another`,
          ),
        test: splits.test,
        onCompile: (done, total) => line.compile(done, total),
        onStep: (r) => line.step(r),
        onEpoch: (history, scaling) => {
          line.epoch(history[history.length - 1]);
          if (scaling !== null)
            say(
              `  loss scale ${scaling.scale}, ${scaling.skipped} ${scaling.skipped === 1 ? 'step' : 'steps'} of ` +
                `the run skipped`,
            );
          out.writeHistory(history);
        },
        interrupted: () => stop.received,
      },
      resume,
    );
    if (stop.received !== null)
      throw new InterruptedError(`stopped after the last epoch; saved in ${files.last}`, stop.received);
    stop.isSaved = true;
    line.end();
    if (result.isStoppedEarly)
      say(`stopped early: no better epoch since epoch ${result.bestEpoch} (--patience ${config.patience})`);
    return {
      summary: await finish(device, config, splits, out, result, about, (performance.now() - started) / 1000),
      result,
    };
  } catch (error) {
    line.end();
    if (hasStarted) await out.dropLonelyBest();
    if (error instanceof InterruptedError) say(`go on with: npx weftgrad train --resume ${out.path}`);
    throw error;
  } finally {
    line.end();
    stop.remove();
  }
}

/** Evaluates the best checkpoint and writes the pictures and the summary. */
async function finish(
  device: Device,
  config: TrainConfig,
  splits: DatasetSplits,
  out: RunFolder,
  result: TrainResult,
  { used, warnings: before }: RunImages,
  seconds: number,
): Promise<RunSummary> {
  const checkpoint = await out.readBest(result.history.slice(0, result.bestEpoch));
  // none when the share is below half an image
  const held = trainingSplit(splits.train, config.valSplit, config.seed).validation;
  const split = splits.test !== null ? 'test' : held.length > 0 ? 'validation' : 'training';
  const indices = split === 'validation' ? held : undefined;
  const report = await evaluateCheckpoint(device, checkpoint, splits.test ?? splits.train, indices);
  const { confusion, ...figures } = report;
  const { loss } = figures;
  if (!Number.isFinite(loss))
    throw new DivergedError(`the ${split} loss of the trained model is ${loss} (learning rate ${config.lr})`, {
      fix: 'use a smaller --lr',
    });
  const warnings = [...before, ...doubtsAfter(result.history, used)];
  const summary: RunSummary = {
    model: config.model,
    parameters: modelOf(checkpoint).parameterCount(),
    epochs: result.history.length,
    bestEpoch: result.bestEpoch,
    split,
    ...figures,
    stepMilliseconds: result.stepMilliseconds,
    stepCpuMilliseconds: result.stepCpuMilliseconds,
    seconds,
    images: used,
    warnings,
  };
  out.writeHistory(result.history);
  await out.writeEnd(result.history, confusion, checkpoint.header.classes, summary);
  sayReport(`${split}, best epoch ${result.bestEpoch}`, report);
  const cpu = result.stepCpuMilliseconds === null ? '' : ` (${result.stepCpuMilliseconds.toFixed(1)} ms of CPU)`;
  const pace =
    result.stepMilliseconds === null
      ? ''
      : `${result.stepMilliseconds.toFixed(1)} ms${cpu} per step of ${config.batch} images; `;
  say(`\n${inWords(used)}; ${pace}${seconds.toFixed(1)} s in all`);
  sayWarnings(warnings); // once more: what was said before the first epoch is out of sight
  say(
    `run folder: ${out.path} (checkpoints, metrics.csv, curves.png, ` +
      `${confusion === null ? '' : 'confusion_matrix.png, confusion_matrix_shares.png, '}summary.json)`,
  );
  return summary;
}
