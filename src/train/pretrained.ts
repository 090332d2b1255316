/**
 * Weights to start from: a file of another program or of a run, what of it fits a model, and what its network expects
 * of images.
 */
import { fileInfo, readBytes } from '#platform';
import type { Normalization } from '../data/normalize.js';
import { ModelError } from '../device/errors.js';
import { isFormat } from '../device/files/integrity.js';
import { requireFinite } from '../nn/state/finite.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { parseSafetensors, type RawTensor } from '../nn/state/safetensors.js';
import { hasShape, nameFew, unwrapped } from '../nn/state/state_dict.js';
import { isTorchFile, parseTorchFile } from '../nn/state/torch_file/torch_file.js';
import { readOnnxWeights } from '../onnx/read_weights.js';
import { formatShape } from '../tensor/shape.js';
import { OPTIMIZER, parseHeader } from './checkpoint/checkpoint_header.js';
import type { ModelConfig } from './config.js';
import { requireFetched } from './published/named_weights.js';
import { worded } from '../text/wording.js';

export interface PretrainedFile {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** Under which keys of a file of PyTorch's they lay, e.g. `state_dict`; empty: they are all that it holds. */
  readonly within: string;
  /** What a run's images were normalised with; null for a file of another program. */
  readonly normalization: Normalization | null;
}

/** What was taken over from a file of weights. */
export interface PretrainedReport {
  readonly file: string;
  /** Keys that were taken over. */
  readonly loaded: readonly string[];
  /** What is in the file and was not taken over, and why. */
  readonly skipped: readonly { readonly key: string; readonly why: string }[];
  /** What of the head the file has not, or not of its shape: this starts from the seed. */
  readonly missing: readonly string[];
  /** What was before every key of the file and was taken off: `module.`. */
  readonly prefix: string;
  /** Under which keys of the file the tensors lay; empty: they are all that it holds. */
  readonly within: string;
  /** The images are rescaled for these weights; see HALF. */
  readonly isRescaled?: boolean;
}

/**
/**
 * A file of weights out of its bytes: ONNX by its ending, what torch.save wrote, or safetensors. @throws ModelError
 * when it is none of these, damaged, or holds numbers that are not finite.
 */
export function parsePretrained(bytes: Uint8Array, file: string): PretrainedFile {
  if (/\.onnx$/i.test(file)) {
    const { tensors, normalization } = readOnnxWeights(bytes, file);
    requireFinite(tensors, file);
    return { file, tensors, within: '', normalization };
  }
  if (isTorchFile(bytes)) {
    const { tensors, within } = parseTorchFile(bytes, file);
    requireFinite(tensors, file);
    return { file, tensors, within, normalization: null };
  }
  const { tensors: all, metadata } = parseSafetensors(bytes, file);
  const isRun = metadata['header'] !== undefined && isFormat(metadata['format'], 'weft-checkpoint', file);
  const tensors = isRun ? new Map([...all].filter(([key]) => !key.startsWith(OPTIMIZER))) : all;
  requireFinite(tensors, file);
  const normalization = isRun ? parseHeader(metadata['header'], file).normalization : null;
  return { file, tensors, within: '', normalization };
}

/** @throws ModelError when there is no such file, or as `parsePretrained`. */
export async function readPretrained(file: string): Promise<PretrainedFile> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory)
    throw new ModelError(worded`{pretrained} ${file}: there is no such file`, {
      fix: 'give a safetensors, .pth or ONNX file with torchvision’s names, or the best.safetensors of a run',
    });
  return parsePretrained(await readBytes(file), file);
}

/** Names of a model's layers do not depend on its images; these are of a size that any model takes. */
const ANY_INPUT = { channels: 3, side: 64, classes: 10 };

/**
 * Looks whether the weights that a configuration starts from can be read and are of its architecture: before the data
 * are read, which may take minutes. Shapes are looked at in `loadPretrained`: some depend on the data.
 * @throws ModelError
 */
export async function tryPretrained({ model, pretrained }: Pick<ModelConfig, 'model' | 'pretrained'>): Promise<void> {
  if (pretrained === undefined) return;
  const { file, tensors } = await readPretrained(await requireFetched(pretrained, model));
  const { head, build, minimumSize } = modelSpec(model);
  const side = Math.max(minimumSize, ANY_INPUT.side);
  const own = [...build({ ...ANY_INPUT, height: side, width: side }).namedState()].map(([key]) => key);
  const { state } = unwrapped(tensors, own);
  requireAny(
    file,
    head,
    own,
    tensors,
    own.filter((key) => state.has(key)),
  );
  requireSameBackbone(file, head, own, state, []);
}

/** @throws ModelError when nothing before the head is among the keys that fit. */
function requireAny(
  file: string,
  head: string,
  own: readonly string[],
  tensors: PretrainedFile['tensors'],
  fitting: readonly string[],
): void {
  if (fitting.some((key) => !key.startsWith(`${head}.`))) return;
  const [key] = [...tensors.keys()];
  const fix = `use weights of the same architecture; its keys look like ${own[0]}`;
  throw new ModelError(
    worded`{pretrained} ${file}: none of its ${tensors.size} tensors (${key ?? 'none'}, …) fits this model`,
    { fix },
  );
}

/**
 * Takes over what fits a model that is on a device. Only the head may be missing, or for other classes: it then starts
 * from the seed. What stands beside the model, such as auxiliary heads and averages, is passed over.
 * @throws ModelError for weights of another architecture, or for images of other channels.
 */
export function loadPretrained(
  model: Module,
  head: string,
  { file, tensors, within = '' }: Pick<PretrainedFile, 'file' | 'tensors'> & Partial<Pick<PretrainedFile, 'within'>>,
): PretrainedReport {
  const own = new Map(model.namedState());
  const { state, prefix } = unwrapped(tensors, [...own.keys()]);
  const fitting = new Map<string, RawTensor>();
  const skipped: { key: string; why: string }[] = [];
  for (const [key, raw] of state) {
    const entry = own.get(key);
    if (entry === undefined) skipped.push({ key, why: 'not in this model' });
    else if (hasShape(entry, raw.shape)) fitting.set(key, raw);
    else skipped.push({ key, why: `${formatShape(raw.shape)} in the file, ${formatShape(entry.shape)} here` });
  }
  requireAny(file, head, [...own.keys()], tensors, [...fitting.keys()]);
  requireSameBackbone(file, head, [...own.keys()], state, skipped);
  model.loadStateDict(fitting, { file, strict: false, allowNonFinite: true }); // readPretrained has looked
  const missing = [...own.keys()].filter((key) => !fitting.has(key) && !key.endsWith(COUNTER));
  return { file, loaded: [...fitting.keys()], skipped, missing, prefix, within };
}

/** Counts the steps of a batch norm; begins at 0 where a file has none. */
const COUNTER = '.num_batches_tracked';

/**
 * @throws ModelError when what is left out, or missing, is of the layers before the head: such a network would be a new
 * one in part.
 */
function requireSameBackbone(
  file: string,
  head: string,
  own: readonly string[],
  state: ReadonlyMap<string, RawTensor>,
  skipped: PretrainedReport['skipped'],
): void {
  const isHead = (key: string): boolean => key.startsWith(`${head}.`);
  // a head of several layers may stand there
  const beside = head.includes('.') ? head.slice(0, head.lastIndexOf('.') + 1) : `${head}.`;
  const topOf = (key: string): string => key.split('.', 1)[0];
  const tops = new Set(own.map(topOf));
  const missing = own.filter((key) => !isHead(key) && !state.has(key) && !key.endsWith(COUNTER));
  const foreign = [...state.keys()].filter(
    (key) => !own.includes(key) && !key.startsWith(beside) && tops.has(topOf(key)),
  );
  const misfits = skipped
    .filter(({ key }) => own.includes(key) && !isHead(key))
    .map(({ key, why }) => `${key} is ${why}`);
  const problems = [
    ...(missing.length > 0 ? [`lacks ${nameFew(missing)}`] : []),
    ...(foreign.length > 0 ? [`has ${nameFew(foreign)}, which this model has not`] : []),
    ...misfits.slice(0, 3),
  ];
  if (problems.length > 0)
    throw new ModelError(worded`{pretrained} ${file} is of another network: ${problems.join('; ')}`, {
      fix:
        `use weights of the same architecture, for images of as many channels; only the head (${head}) may be ` +
        `another`,
    });
}
