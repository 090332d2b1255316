/**
 * Checkpoints: one safetensors file with the model's state dict, what is needed to use it (model, classes,
 * normalisation) and, to go on training, the optimizer's state. Written whole or not at all.
 */
import { readBytes, fileInfo, writeFileAtomic } from '#platform';
import { ModelError } from '../../device/errors.js';
import { isFormat } from '../../device/files/integrity.js';
import type { AnyModule, Module } from '../../nn/module.js';
import { requireFinite } from '../../nn/state/finite.js';
import { encodeSealed, fromFloat32, parseSafetensors, toFloat32, type RawTensor } from '../../nn/state/safetensors.js';
import { OPTIMIZER, parseHeader, type CheckpointHeader } from './checkpoint_header.js';
import { buildClassifier } from '../model.js';
import type { Tensor } from '../../tensor/tensor.js';
import { worded } from '../../text/wording.js';

/** What goes into a checkpoint besides the model: an optimizer, for one. */
export interface Stateful {
  state(): ReadonlyMap<string, Tensor>;
}

/** A checkpoint that was read: what it says, and its numbers by name. */
export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly tensors: ReadonlyMap<string, RawTensor>;
  readonly file: string;
}

const FORMAT = 'weft-checkpoint';

/** Writes a model, and the state of its optimizer if it is to be trained on, whole or not at all. */
export async function saveCheckpoint(
  file: string,
  header: CheckpointHeader,
  model: Module,
  optimizer: Stateful | null,
): Promise<void> {
  const tensors = await model.stateDict();
  for (const [name, t] of optimizer?.state() ?? [])
    tensors.set(OPTIMIZER + name, fromFloat32(await rowsOf(model, t), t.shape));
  writeFileAtomic(file, encodeCheckpoint(header, tensors));
}

/** The numbers of an optimizer's state as a file has them: those of each parameter row-major. */
export async function rowsOf({ memory }: AnyModule, state: Tensor): Promise<Float32Array> {
  return memory.ordered((await state.read()) as Float32Array<ArrayBuffer>, 'to rows');
}

/** The bytes of a checkpoint file; `parseCheckpoint` reads them. */
export function encodeCheckpoint(header: CheckpointHeader, tensors: ReadonlyMap<string, RawTensor>): Uint8Array {
  return encodeSealed(FORMAT, tensors, { header: JSON.stringify(header) });
}

/** @throws ModelError when the file is missing, or as `parseCheckpoint`. */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory)
    throw new ModelError(`${file}: there is no such file`, {
      fix: 'give the folder of a run that has finished an epoch',
    });
  return parseCheckpoint(await readBytes(file), file);
}

/**
 * A checkpoint from its bytes; `file` names it in messages. @throws ModelError when it is damaged, no checkpoint of
 * Weft's, or holds numbers that are not finite.
 */
export function parseCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes, file);
  if (!isFormat(metadata['format'], FORMAT, file))
    throw new ModelError(
      `${file} is no checkpoint of this version: its format is ${metadata['format'] ?? 'not given'}, expected ` +
        `${FORMAT}-2`,
      { fix: 'give the folder of a run of this version' },
    );
  const header = parseHeader(metadata['header'] ?? '', file);
  requireFinite(tensors, file);
  return { header, tensors, file };
}

/** The tensors of the model, without the optimizer's. */
export function stateDictOf({ tensors }: Checkpoint): ReadonlyMap<string, RawTensor> {
  return new Map([...tensors].filter(([name]) => !name.startsWith(OPTIMIZER)));
}

/**
 * The checkpoint's model, not yet on a device. @throws ModelError when it is another than `expected`, or the tensors
 * are not its.
 */
export function modelOf(checkpoint: Checkpoint, expected?: string): Module {
  const { model, input, config } = checkpoint.header;
  if (expected !== undefined && model !== expected) {
    throw new ModelError(`${checkpoint.file} is a checkpoint of ${model}, not of ${expected}`, {
      fix: worded`use {model} ${model}, or another run`,
    });
  }
  const built = buildClassifier(config, model, input);
  // before it takes any memory
  built.checkStateDict(stateDictOf(checkpoint), { file: checkpoint.file, allowNonFinite: true });
  return built;
}

/** Puts the checkpoint's numbers into a model that is on a device and, when given, into its optimizer. */
export function restore(checkpoint: Checkpoint, model: Module, optimizer: Stateful | null): void {
  const parts = [...(optimizer?.state() ?? [])].map(([name, t]) => {
    const raw = checkpoint.tensors.get(OPTIMIZER + name);
    const numbers = raw === undefined ? null : toFloat32(raw, OPTIMIZER + name, checkpoint.file);
    if (numbers?.length !== t.size)
      throw new ModelError(`${checkpoint.file} holds no ${name} of this optimizer and model`, {
        fix: 'resume with the options of the run',
      });
    return { t, numbers };
  });
  // parseCheckpoint has looked
  model.loadStateDict(stateDictOf(checkpoint), { file: checkpoint.file, allowNonFinite: true });
  for (const { t, numbers } of parts) t.write(model.memory.ordered(numbers, 'to layout'));
}
