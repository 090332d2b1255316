/** An auto-encoder in a safetensors file, with what is needed to use it. */
import { fileInfo, readBytes, writeFileAtomic } from '#platform';
import type { Normalization } from '../data/normalize.js';
import { ModelError } from '../device/errors.js';
import { isFormat } from '../device/files/integrity.js';
import {
  absent,
  anyText,
  at,
  count,
  fields,
  flag,
  isObject,
  list,
  notNegative,
  number,
  optional,
  parseChecked,
  positive,
  text,
  type Checks,
} from '../device/files/json_checks.js';
import { encodeSealed, parseSafetensors, type RawTensor } from '../nn/state/safetensors.js';
import type { Vae } from '../nn/vae/vae.js';
import { buildVae, type VaeInput } from './build.js';
import { checkVaeConfig, type VaeConfig } from './config.js';

/** What a file of an auto-encoder says besides its numbers. */
export interface VaeHeader {
  readonly config: VaeConfig;
  readonly input: VaeInput;
  readonly classes: readonly string[];
  /** Of images; null for features, whose statistics are among the tensors. */
  readonly normalization: Normalization | null;
  /** After which the weights are. */
  readonly epoch: number;
}

const FORMAT = 'weft-vae';

/** Written whole or not at all. */
export async function saveVae(file: string, header: VaeHeader, model: Vae): Promise<void> {
  writeFileAtomic(file, encodeSealed(FORMAT, await model.stateDict(), { header: JSON.stringify(header) }));
}

/**
 * The model, not yet on a device, and its numbers for `loadStateDict`.
 * @throws ModelError when the file is missing, damaged, or no auto-encoder of Weft's.
 */
export async function readVae(
  file: string,
): Promise<{ header: VaeHeader; model: Vae; tensors: ReadonlyMap<string, RawTensor> }> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory)
    throw new ModelError(`${file}: there is no such file`, { fix: 'give the model.safetensors of weft vae' });
  const { tensors, metadata } = parseSafetensors(await readBytes(file), file);
  if (!isFormat(metadata['format'], FORMAT, file))
    throw new ModelError(
      `${file} is no auto-encoder of this version: its format is ${metadata['format'] ?? 'not given'}, expected ` +
        `${FORMAT}-2`,
      { fix: 'give the model.safetensors of weft vae' },
    );
  const header = parseChecked<VaeHeader>(metadata['header'] ?? '', file, {
    what: 'its header',
    checks: HEADER,
    fix: DAMAGED,
  });
  requireStatistics(header, file);
  const model = built(header, file);
  model.checkStateDict(tensors, { file });
  return { header, model, tensors };
}

/** @throws ModelError when the header describes no auto-encoder. */
function built({ config, input, classes }: VaeHeader, file: string): Vae {
  try {
    checkVaeConfig(config);
    return buildVae(config, input, classes.length);
  } catch (error) {
    throw new ModelError(`${file}: its header is wrong: ${error instanceof Error ? error.message : String(error)}`, {
      fix: DAMAGED,
      cause: error,
    });
  }
}

const DAMAGED = 'the file is damaged, or of another version; use another';

const HEADER: Checks = {
  'config.loss': text,
  'config.latent': positive,
  'config.hidden': positive,
  'config.batchNorm': flag,
  'config.beta': isObject,
  'config.epochs': positive,
  'config.batch': positive,
  'config.lr': notNegative,
  'config.seed': count,
  'config.conditional': flag,
  'config.prior': absent(text),
  'config.pull': absent(notNegative),
  input: (v) => positive(at(v, 'features')) || ['channels', 'height', 'width'].every((key) => positive(at(v, key))),
  classes: list(anyText),
  epoch: count,
  normalization: optional(fields({ mean: list(number), std: list((v) => notNegative(v) && v !== 0) })),
};

/** @throws ModelError unless images have a mean and deviation for each channel, and features none. */
function requireStatistics({ input, normalization }: VaeHeader, file: string): void {
  const channels = 'features' in input ? null : input.channels;
  const isComplete =
    channels === null
      ? normalization === null
      : normalization?.mean.length === channels && normalization.std.length === channels;
  if (!isComplete)
    throw new ModelError(`${file}: its header names no mean and deviation of each channel`, { fix: DAMAGED });
}
