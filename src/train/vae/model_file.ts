/** An auto-encoder in a safetensors file, with what is needed to use it. */
import { fileInfo, readBytes, writeFileAtomic } from '#platform';
import type { Normalization } from '../../data/normalize.js';
import { ModelError, WeftError } from '../../device/errors.js';
import { encodeSafetensors, parseSafetensors, type RawTensor } from '../../nn/safetensors.js';
import type { Vae } from '../../nn/vae/vae.js';
import { buildVae, type VaeInput } from './build.js';
import { checkVaeConfig, type VaeConfig } from './config.js';

export interface VaeHeader {
  readonly config: VaeConfig;
  readonly input: VaeInput;
  readonly classes: readonly string[];
  /** Of images; null for features, whose statistics are among the tensors. */
  readonly normalization: Normalization | null;
  /** After which the weights are. */
  readonly epoch: number;
}

const FORMAT = 'weft-vae-1';

/** Written whole or not at all. */
export async function saveVae(file: string, header: VaeHeader, model: Vae): Promise<void> {
  writeFileAtomic(file, encodeSafetensors(await model.stateDict(), { format: FORMAT, header: JSON.stringify(header) }));
}

/**
 * The model, not yet on a device, and its numbers for `loadStateDict`.
 * @throws ModelError when the file is missing, damaged, or no auto-encoder of Weft's.
 */
export async function readVae(file: string): Promise<{ header: VaeHeader; model: Vae; tensors: ReadonlyMap<string, RawTensor> }> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory) throw new ModelError(`${file}: there is no such file`, { fix: 'give the model.safetensors of weft vae' });
  const { tensors, metadata } = parseSafetensors(await readBytes(file), file);
  if (metadata['format'] !== FORMAT) throw new ModelError(`${file} is no auto-encoder of this version: its format is ${metadata['format'] ?? 'not given'}, expected ${FORMAT}`, { fix: 'give the model.safetensors of weft vae' });
  try {
    const header = JSON.parse(metadata['header'] ?? '') as VaeHeader;
    checkVaeConfig(header.config);
    if (!isComplete(header)) throw new ModelError(`${file}: its header names no classes, epoch, or mean and deviation of each channel`, { fix: DAMAGED });
    const model = buildVae(header.config, header.input, header.classes.length);
    model.checkStateDict(tensors, file);
    return { header, model, tensors };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const reason = error instanceof WeftError ? error.message : 'it is not what was written';
    throw new ModelError(`${file}: its header is wrong: ${reason}`, { fix: DAMAGED, cause: error });
  }
}

const DAMAGED = 'the file is damaged, or of another version; use another';

function isComplete({ classes, epoch, input, normalization }: VaeHeader): boolean {
  const channels = 'features' in input ? null : input.channels;
  const hasStatistics = channels === null ? normalization === null : normalization?.mean.length === channels && normalization.std.length === channels;
  return Array.isArray(classes) && classes.every((name) => typeof name === 'string') && Number.isSafeInteger(epoch) && hasStatistics;
}
