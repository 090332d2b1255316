/**
 * What was taught as a run: a checkpoint of the backbone with the taught head in the place of its own, and the files of
 * a run folder around it, as `weft train` leaves them.
 */
import { noGrad } from '../autograd/graph.js';
import { ModelError } from '../device/errors.js';
import { shapesOnlyDevice } from '../device/shapes_only.js';
import { withoutHead } from '../nn/head_input.js';
import { buildModel, modelSpec, type ModelInput } from '../nn/models/registry.js';
import { fromFloat32 } from '../nn/state/safetensors.js';
import { confusionCsv, historyCsv } from '../report/csv.js';
import type { RunFile, RunSummary } from '../report/run_summary.js';
import { zeros } from '../tensor/tensor.js';
import { forJson } from '../text/visible.js';
import { encodeCheckpoint, modelOf, stateDictOf, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import { classReport, mostConfused, type EpochMetrics } from '../train/evaluate/metrics.js';
import type { ModelConfig, ReadingConfig } from '../train/config.js';
import { ownModelFile } from '../train/own_modules.js';
import type { HeadReport } from './head_report.js';
import type { Taught } from './taught.js';

/** Stands where a run names its data. */
const TAUGHT = 'taught pictures';

/** What stood still: the backbone, or what did when it was fine-tuned (fine_tune.ts). */
function frozenIn({ data, freeze }: ReadingConfig & Pick<ModelConfig, 'freeze'>): Pick<ModelConfig, 'freeze'> {
  if (data !== TAUGHT) return { freeze: 'backbone' };
  return freeze === undefined ? {} : { freeze };
}

/** Whether nothing follows the head of a model. Looked at on a device that computes nothing. */
function endsWithHead(name: string, input: ModelInput): boolean {
  const device = shapesOnlyDevice();
  const { channels, height, width } = input;
  try {
    const model = buildModel(name, input).to(device).eval();
    const { head } = modelSpec(name);
    device.step(() => noGrad(() => withoutHead(model, head, zeros(device, [1, channels, height, width]))));
    return true;
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  } finally {
    device.destroy();
  }
}

function historyOf({ curves, settings }: HeadReport): EpochMetrics[] {
  return curves.map(({ epoch, trainLoss, trainAccuracy, heldLoss, heldAccuracy }) => ({
    epoch,
    trainLoss,
    trainAccuracy,
    valLoss: heldLoss,
    valAccuracy: heldAccuracy,
    lr: settings.lr,
    seconds: 0,
  }));
}

/**
 * The backbone's checkpoint with the taught head. Where something follows the head, as a ReLU does SqueezeNet's, that
 * is left out (`linearHead`): logits are a linear function of the features then, too.
 * @throws ModelError when the backbone's head is no vector of weights for each class, when it is another than the
 * classes were taught on, or a model of the user's own.
 */
export function taughtCheckpoint(
  backbone: Checkpoint,
  { classes, head: taught }: Pick<Taught, 'classes' | 'head'>,
  report: HeadReport,
): Checkpoint {
  const { model, normalization, config } = backbone.header;
  const input = { ...backbone.header.input, classes: classes.length };
  if (ownModelFile(model) !== undefined)
    throw new ModelError(`[teach] ${model} is a model of your own: its code does not fit into what is taken home`, {
      fix: 'teach on one of the models that weft models lists',
    });
  const { head } = modelSpec(model);
  const tensors = new Map(stateDictOf(backbone));
  const [, width, ...kernel] = tensors.get(`${head}.weight`)?.shape ?? [];
  if (width === undefined || kernel.some((size) => size !== 1) || !tensors.has(`${head}.bias`))
    throw new ModelError(`[teach] ${head} of ${model} is neither a linear layer nor a 1x1 convolution with a bias`, {
      fix: 'teach on one of the models that weft models lists',
    });
  if (width !== taught.width)
    throw new ModelError(`[teach] ${model} has ${width} features, the classes were taught on ${taught.width}`, {
      fix: 'use the backbone that they were taught on',
    });
  tensors.set(`${head}.weight`, fromFloat32(taught.weight, [classes.length, width, ...kernel]));
  tensors.set(`${head}.bias`, fromFloat32(taught.bias, [classes.length]));
  const { imageSize, crop, normalize } = config;
  const { epochs, lr, weightDecay, seed, balance } = report.settings;
  return {
    file: TAUGHT,
    tensors,
    header: {
      model,
      input,
      classes,
      normalization,
      config: {
        data: TAUGHT,
        model,
        epochs,
        batch: report.foldOf.length,
        optimizer: 'adam',
        lr,
        momentum: 0.9,
        nesterov: false,
        weightDecay,
        valSplit: 0,
        seed,
        ...frozenIn(config),
        ...(balance ? { classWeights: 'balanced' } : {}),
        ...(endsWithHead(model, input) ? {} : { linearHead: true }),
        ...(imageSize === undefined ? {} : { imageSize }),
        ...(crop === undefined ? {} : { crop }),
        ...(normalize === undefined ? {} : { normalize }),
      },
      progress: {
        epoch: epochs,
        step: 0,
        totals: [0, 0, 0],
        seconds: 0,
        random: [0, 0, 0, 0],
        history: historyOf(report),
      },
    },
  };
}

/** What summary.json of the run says: out of fold, which is its validation. */
function summaryOf(checkpoint: Checkpoint, report: HeadReport, seconds: number): RunSummary {
  const { model, classes } = checkpoint.header;
  const answers = report.confusion.flatMap((row, truth) =>
    row.flatMap((count, said) => new Array<readonly [number, number]>(count).fill([truth, said])),
  );
  const count = answers.length;
  const alone = report.oneRecording.map((c) => `all pictures of ${classes[c]} are of one recording`);
  return {
    model,
    parameters: modelOf(checkpoint).parameterCount(),
    epochs: report.settings.epochs,
    bestEpoch: report.settings.epochs,
    split: 'validation',
    accuracy: report.accuracy,
    loss: report.curves[report.curves.length - 1].heldLoss,
    count,
    perClass: classReport(report.confusion, classes).classes,
    mostConfused: mostConfused(
      answers.map(([truth]) => truth),
      answers.map(([, said]) => said),
      classes,
    ),
    stepMilliseconds: null,
    seconds,
    images: { training: count, validation: 0, test: 0 },
    warnings: [`validation is out of fold: ${report.folds} folds, each of a head that has not seen it`, ...alone],
  };
}

/**
 * The files of a run folder, by their names: `weft predict`, `weft eval`, `weft export` and `weft serve` take it.
 * @param checkpoint of `taughtCheckpoint`. @param seconds that training took.
 */
export function taughtRun(checkpoint: Checkpoint, report: HeadReport, seconds: number): Map<RunFile, Uint8Array> {
  const { header, tensors } = checkpoint;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return new Map<RunFile, Uint8Array>([
    ['config.json', bytes(`${forJson(header.config, 2)}\n`)],
    ['best.safetensors', encodeCheckpoint(header, tensors)],
    ['metrics.csv', bytes(historyCsv(header.progress.history))],
    ['confusion_matrix.csv', bytes(confusionCsv(report.confusion, header.classes))],
    ['summary.json', bytes(`${forJson(summaryOf(checkpoint, report, seconds), 2)}\n`)],
  ]);
}
