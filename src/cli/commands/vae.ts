/** `weft vae`: trains a variational auto-encoder on images or on the features of a run, and shows what it learned. */
import type { ImageDataset } from '../../data/dataset.js';
import type { Device } from '../../device/device.js';
import { InterruptedError } from '../../device/errors.js';
import type { ConvVae } from '../../nn/vae/conv_vae.js';
import { isImages } from '../../vae/batches.js';
import { vaeInputOf } from '../../vae/build.js';
import { latentChart, vaeCurvesChart } from '../../vae/charts.js';
import type { VaeConfig } from '../../vae/config.js';
import { vaeHistoryCsv } from '../../vae/history_csv.js';
import { encodeBatches, measureVae } from '../../vae/measure.js';
import { saveVae } from '../../vae/model_file.js';
import { principalPlane } from '../../vae/pca.js';
import { reconstructionsSheet, samplesSheet } from '../../vae/pictures.js';
import {
  totalOf,
  trainVae,
  validationNoise,
  type VaeEpoch,
  type VaeResult,
  type VaeStepReport,
} from '../../vae/trainer.js';
import { VaeFolder, type VaeSummary } from '../../vae/vae_folder.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { duration, print, printJson, say } from '../output.js';
import { ownFolder, ownFreshFolder } from '../own_folder.js';
import { LiveLine } from '../progress.js';
import { StopSignals } from '../stop_signals.js';
import { readVaeData, vaeDataOf, withPart, type VaeData } from '../vae_data.js';
import { VAE_OPTIONS, vaeConfigOf } from '../options/vae_options.js';

/** Points of latent.png: more would hide each other. */
const SHOWN_POINTS = 3000;

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(VAE_OPTIONS, argv);
  const config = vaeConfigOf(o);
  const start = async (path: string): Promise<void> => {
    const out = new VaeFolder(path);
    await out.check(o['force'] === true);
    const files = await readVaeData(o, config);
    await withDevice(argv, async (device) => {
      const started = performance.now();
      const data = await vaeDataOf(device, files);
      const kept = { data: o['data'], features: o['features'] ?? null, ...config };
      const summary = await runTraining(device, config, data, out, kept, started);
      if (argv['json'] === true) printJson({ run: out.path, ...summary });
    });
  };
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  await (o['out'] === undefined
    ? ownFreshFolder(`runs/vae-${stamp}`, start)
    : ownFolder(String(o['out']), () => start(String(o['out']))));
}

/** Trains, and shows what was learned; the best model so far is in the folder at the end of each epoch. */
async function runTraining(
  device: Device,
  config: VaeConfig,
  data: VaeData,
  out: VaeFolder,
  kept: object,
  started: number,
): Promise<VaeSummary> {
  const { source, measured, classes } = data;
  const line = new LiveLine();
  const stop = new StopSignals('the model is saved, the pictures and the summary are not written');
  const input = vaeInputOf(source);
  const what =
    'features' in input ? `vectors of ${input.features}` : `images of ${input.channels}x${input.height}x${input.width}`;
  const count = isImages(source) ? source.train.length : source.train.count;
  say(`training ${nameOf(config)}, latent ${config.latent}, ${config.loss}, on ${count} ${what}; ${out.path}`);
  let saved = 0;
  let result: VaeResult | null = null;
  try {
    result = await trainVae(device, config, source, {
      onStart: () => out.start(kept),
      onCompile: (done, of) => line.compile(done, of),
      onStep: (r) => line.show(stepLine(r, config.epochs)),
      onEpoch: async (history, isBest, model, normalization) => {
        line.end();
        say(epochLine(history[history.length - 1], config));
        out.write('metrics.csv', vaeHistoryCsv(history));
        if (isBest)
          await saveVae(
            out.file('model.safetensors'),
            { config, input, classes, normalization, epoch: (saved = history.length) },
            model,
          );
      },
      interrupted: () => stop.received,
    });
    if (stop.received !== null) throw new InterruptedError('stopped after the last epoch', stop.received);
    stop.isSaved = true;
    say(`measuring on ${measured.indices.length} ${measured.name} ${isImages(source) ? 'images' : 'vectors'}`);
    return await finish(device, config, data, out, result, started);
  } catch (error) {
    line.end();
    if (error instanceof InterruptedError)
      say(
        saved === 0
          ? 'nothing is saved yet: that happens after every epoch'
          : `saved: the model of epoch ${saved}, the best so far, in ${out.file('model.safetensors')}`,
      );
    throw error;
  } finally {
    line.end();
    stop.remove();
    for (const part of [result?.model, result?.critic]) part?.release();
  }
}

function nameOf({ conditional, prior, pull = 0 }: VaeConfig): string {
  const kind = prior === 'adversarial' ? 'adversarial' : 'variational';
  const article = conditional ? 'a conditional' : kind === 'adversarial' ? 'an' : 'a';
  return `${article} ${kind} auto-encoder${pull > 0 ? ', latents pulled together by class' : ''}`;
}

function stepLine({ epoch, step, steps, beta, train, perSecond, eta }: VaeStepReport, epochs: number): string {
  return (
    `epoch ${epoch}/${epochs}  step ${step}/${steps}  total ${totalOf(train, beta).toFixed(2)}  reconstruction ` +
    `${train.reconstruction.toFixed(2)}  KL ${train.kl.toFixed(2)}  ${Math.round(perSecond)}/s  ETA ` +
    `${duration(eta)}`
  );
}

function epochLine({ epoch, beta, train, validation, seconds }: VaeEpoch, { epochs, prior }: VaeConfig): string {
  const weight = prior === 'adversarial' ? '' : `  beta ${Number(beta.toPrecision(3))}`;
  const held =
    validation === null ? '' : `  validation ${validation.reconstruction.toFixed(2)} + ${validation.kl.toFixed(2)}`;
  return (
    `epoch ${epoch}/${epochs}${weight}  reconstruction + KL: train ` +
    `${train.reconstruction.toFixed(2)} + ${train.kl.toFixed(2)}${held}  ${seconds.toFixed(1)} s`
  );
}

/** Measures the best model and writes the pictures and the summary. */
async function finish(
  device: Device,
  config: VaeConfig,
  { source, measured, classes, size }: VaeData,
  out: VaeFolder,
  result: VaeResult,
  started: number,
): Promise<VaeSummary> {
  const { model, critic, normalization, history, bestEpoch } = result;
  const measures = await withPart(device, measured, normalization, null, config.seed, (batches) =>
    measureVae(device, model, batches, config.loss, validationNoise(config.seed), critic),
  );
  const constant = config.loss === 'gaussian' ? (size / 2) * Math.log(2 * Math.PI) : 0;
  const plane = await withPart(device, measured, normalization, SHOWN_POINTS, config.seed, async (batches, labels) => {
    const { mean } = await encodeBatches(device, model, batches);
    return { ...principalPlane(mean, batches.count, model.latent), labels };
  });
  const kind = config.conditional ? `${config.loss}, conditional` : config.loss;
  const isGame = critic !== null;
  const title = `${isGame ? 'Adversarial' : 'Variational'} auto-encoder, latent ${config.latent}, ${kind}`;
  out.write('curves.png', await vaeCurvesChart(history, title));
  out.write(
    'latent.png',
    await latentChart(
      plane,
      plane.labels,
      classes,
      `Latent means of ${plane.labels.length} ${measured.name} ${isImages(source) ? 'images' : 'features'}`,
    ),
  );
  if (isImages(source) && normalization !== null) {
    const vae = { model: model as ConvVae, loss: config.loss, normalization };
    out.write(
      'reconstructions.png',
      await reconstructionsSheet(device, vae, measured.data as ImageDataset, measured.indices, config.seed),
    );
    out.write('samples.png', await samplesSheet(device, vae, config.seed));
  }
  const summary: VaeSummary = {
    config,
    parameters: model.parameterCount(),
    epochs: history.length,
    bestEpoch,
    split: measured.name,
    count: measured.indices.length,
    ...measures,
    elbo: isGame ? null : -(measures.reconstruction + measures.kl + constant),
    elboIs: isGame ? NO_BOUND : whatElboIs(config, isImages(source), size),
    latentShares: plane.shares,
    seconds: (performance.now() - started) / 1000,
  };
  out.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  print(
    `\n${measured.name}, best epoch ${bestEpoch}: reconstruction ${measures.reconstruction.toFixed(2)} + KL ` +
      `${measures.kl.toFixed(2)}${summary.elbo === null ? '' : `: ELBO ${summary.elbo.toFixed(2)} nats`} over ` +
      `${summary.count}`,
  );
  print(`  ${summary.elboIs}`);
  say(
    `\n${summary.seconds.toFixed(1)} s in all; ${out.path}: model.safetensors, metrics.csv, summary.json, ` +
      `curves.png, latent.png${isImages(source) ? ', reconstructions.png, samples.png' : ''}`,
  );
  return summary;
}

const NO_BOUND =
  'no bound of log p(x): KL is that of all z together from the prior, estimated by the discriminator; z is the ' +
  'latent mean';

function whatElboIs({ loss }: VaeConfig, ofImages: boolean, size: number): string {
  const bound = `mean lower bound of log p(x), beta 1, one z drawn per ${ofImages ? 'image' : 'vector'}; `;
  if (loss === 'bernoulli')
    return `${bound}p a Bernoulli for each of ${size} pixel intensities in [0, 1], which are not rounded to 0 and 1`;
  return (
    `${bound}p a normal of variance 1 for each of ${size} ` +
    `${ofImages ? 'normalised pixels' : 'standardised numbers'}, its constant D/2 log(2 pi) included`
  );
}
