/** A run's classifier from its files. */
import { fileInfo, joinPath } from '#platform';
import type { Device } from '../device/device.js';
import { readCheckpoint } from '../train/checkpoint/checkpoint.js';
import { Classifier } from './classifier.js';

/** Of the files of a run folder, the one to use: the best epoch's if there is one. */
const NAMES = ['best.safetensors', 'last.safetensors'];

/** The file itself; of a run folder its best checkpoint, or the last where there is no best. */
export async function checkpointFile(path: string): Promise<string> {
  let file = path;
  if ((await fileInfo(path))?.isDirectory === true) {
    for (const name of NAMES.toReversed())
      if ((await fileInfo(joinPath(path, name))) !== null) file = joinPath(path, name);
  }
  return file;
}

/**
 * The classifier of a checkpoint file, or of a run folder: then of its best epoch. In a page, `parseCheckpoint` and
 * `new Classifier(device, checkpoint)` do the same with bytes.
 * @throws ModelError when there is no such file, or it is damaged or no checkpoint.
 */
export async function readClassifier(device: Device, path: string): Promise<Classifier> {
  return new Classifier(device, await readCheckpoint(await checkpointFile(path)));
}
