/** Starting from weights that were trained on other images: which are taken over, which stay frozen, and how fast the head learns. */
import { fileInfo, readBytes } from '#platform';
import { ModelError, UsageError } from '../device/errors.js';
import { freeze, matchKeys } from '../nn/freeze.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { parseSafetensors, type RawTensor } from '../nn/safetensors.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import type { TrainConfig } from './config.js';
import type { ParameterGroup } from './optimizer.js';

export interface PretrainedFile {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, RawTensor>;
}

export interface PretrainedReport {
  readonly file: string;
  /** Keys that were taken over. */
  readonly loaded: readonly string[];
  /** What is in the file and was not taken over, and why. */
  readonly skipped: readonly { readonly key: string; readonly why: string }[];
  /** What the model has and the file has not, or not of its shape: these start from the seed. */
  readonly missing: readonly string[];
}

/** @throws ModelError when there is no such file, or it is no safetensors file. */
export async function readPretrained(file: string): Promise<PretrainedFile> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory) throw new ModelError(`--pretrained ${file}: there is no such file`, { fix: 'give a safetensors file with torchvision’s names, or the best.safetensors of a run' });
  return { file, tensors: parseSafetensors(await readBytes(file), file).tensors };
}

/**
 * Takes over what fits a model that is on a device. The head may be for other classes: it then starts from the seed.
 * @throws ModelError when nothing but the head fits.
 */
export function loadPretrained(model: Module, head: string, { file, tensors }: PretrainedFile): PretrainedReport {
  const own = new Map(model.namedState());
  const fitting = new Map<string, RawTensor>();
  const skipped: { key: string; why: string }[] = [];
  for (const [key, raw] of tensors) {
    const shape = own.get(key)?.shape;
    if (shape === undefined) skipped.push({ key, why: 'not in this model' });
    else if (sameShape(shape, raw.shape)) fitting.set(key, raw);
    else skipped.push({ key, why: `${formatShape(raw.shape)} in the file, ${formatShape(shape)} here` });
  }
  const backbone = [...fitting.keys()].filter((key) => !key.startsWith(`${head}.`));
  if (backbone.length === 0) {
    const [key] = [...tensors.keys()];
    throw new ModelError(`--pretrained ${file}: none of its ${tensors.size} tensors (${key ?? 'none'}, …) fits this model`, { fix: `use weights of the same architecture; its keys look like ${[...own.keys()][0]}` });
  }
  model.loadPart(fitting, file);
  return { file, loaded: [...fitting.keys()], skipped, missing: [...own.keys()].filter((key) => !fitting.has(key)) };
}

/** Freezes what the configuration says, if anything; also of a resumed run. */
export function freezeAsConfigured(model: Module, config: TrainConfig): void {
  if (config.freeze !== undefined) freeze(model, matchKeys(config.freeze, modelSpec(config.model).head), config.freeze);
}

/** Groups of parameters for the optimizer: what is frozen stands still, the head may have a learning rate of its own. */
export function transferGroups(model: Module, { model: name, freeze: pattern, headLr }: TrainConfig): ParameterGroup[] {
  const { head } = modelSpec(name);
  const isFrozen = pattern === undefined ? null : matchKeys(pattern, head);
  if (isFrozen !== null && headLr !== undefined && [...model.namedParameters()].every(([key]) => !key.startsWith(`${head}.`) || isFrozen(key))) {
    throw new UsageError(`--head-lr ${headLr}: the head (${head}) is frozen`, { fix: 'leave it out, or use --freeze backbone' });
  }
  return [
    ...(isFrozen === null ? [] : [{ match: isFrozen, lr: 0, weightDecay: 0 }]),
    ...(headLr === undefined ? [] : [{ match: (key: string) => key.startsWith(`${head}.`), lr: headLr }]),
  ];
}
