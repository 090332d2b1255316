/** What a run was made from, as digests: other images under the same name, or other weights, are noticed. */
import { fileInfo, readBytes, sha256 } from '#platform';
import type { DatasetSplits, ImageDataset } from '../../data/dataset.js';
import { digestOf } from '../../data/images.js';
import type { Normalization } from '../../data/normalize.js';
import { DataError, ModelError } from '../../device/errors.js';
import type { Checkpoint } from './checkpoint.js';
import type { SourceDigests } from './checkpoint_header.js';
import { inputOf } from '../model.js';
import { ownModulesOf, requireOwnModules, type OwnParts } from '../own_modules.js';
import type { FitConfig, ModelConfig } from '../config.js';
import { weightsFile } from '../published/named_weights.js';
import { worded } from '../../text/wording.js';

/** Of the images in their order, their labels, and what else decides which of them are held back. */
export function imagesDigest({ images, labels, groups, validationStart }: ImageDataset): string {
  const numbers = (of: Uint32Array | undefined): Uint8Array =>
    of === undefined ? new Uint8Array() : new Uint8Array(of.buffer, of.byteOffset, of.byteLength);
  const parts = [digestOf(images), ...[labels, groups].map((of) => sha256([numbers(of)]))];
  return sha256([new TextEncoder().encode(JSON.stringify([...parts, validationStart ?? null]))]);
}

/** Of all that training and testing see: what a plan for several machines says of its data. */
export function splitsDigest({ train, test }: Pick<DatasetSplits, 'train' | 'test'>): string {
  const parts = [imagesDigest(train), test && imagesDigest(test), train.classes];
  return sha256([new TextEncoder().encode(JSON.stringify(parts))]);
}

/** Of a file of weights. @throws ModelError when there is none. */
export async function weightsDigest(file: string): Promise<string> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory)
    throw new ModelError(worded`{pretrained} ${file}: there is no such file`, { fix: 'put it back' });
  return sha256([await readBytes(file)]);
}

/**
 * What a run is made from. Of a resumed run the training images have been compared with these digests already, and the
 * weights that it started from are not read again.
 * @throws DataError when a resumed run has chosen its best epoch by other test images.
 */
export async function provenanceOf(
  config: OwnParts & Pick<ModelConfig, 'pretrained'> & Pick<FitConfig, 'validateOnTest'>,
  data: ImageDataset,
  test: ImageDataset | null,
  resume: Checkpoint | null,
): Promise<SourceDigests> {
  const { pretrained, validateOnTest } = config;
  const before = resume?.header.sources;
  const modules = before?.modules ?? ownModulesOf(config);
  const tested = test && imagesDigest(test);
  if (validateOnTest === true && before !== undefined && before.test !== tested) {
    throw new DataError(`the test images of ${data.name} are not those that ${resume?.file} was validated on`, {
      fix: 'give the test part as it was, or train anew',
    });
  }
  const started =
    resume !== null
      ? before?.pretrained
      : pretrained === undefined
        ? undefined
        : await weightsDigest(weightsFile(pretrained, config.model));
  return {
    train: before?.train ?? imagesDigest(data),
    test: tested,
    ...(started === undefined ? {} : { pretrained: started }),
    ...(modules.length === 0 ? {} : { modules }),
  };
}

/**
 * The digest of the images tells whether they are those that a checkpoint was trained on. Checkpoints of earlier
 * versions have none: there the statistics tell, which depend on every byte of the training images unless they are
 * ImageNet's.
 * @throws DataError when they are not.
 */
export function requireSameData({ header, file }: Checkpoint, data: ImageDataset, normalization: Normalization): void {
  const own = JSON.stringify([header.input, header.classes, header.normalization]);
  const isSame =
    own === JSON.stringify([inputOf(data), data.classes, normalization]) &&
    (header.sources === undefined || header.sources.train === imagesDigest(data));
  if (!isSame)
    throw new DataError(`${data.name} is not what ${file} was trained on: its images, labels or classes differ`, {
      fix: worded`give the run's own data as they were: {data} ${header.config.data}`,
    });
}

/**
 * For a finished run: whether it would be made from the same today. Runs of earlier versions have no digests, and pass.
 * @param load reads the data of the run's configuration.
 * @throws DataError when the images, labels or classes are others; ModelError when the pretrained weights are.
 */
export async function requireSameProvenance(
  { header, file }: Checkpoint,
  load: () => Promise<DatasetSplits>,
): Promise<void> {
  const { config, sources, classes } = header;
  if (sources === undefined) return;
  requireOwnModules(sources.modules ?? [], file);
  const { train, test } = await load();
  const fix = worded`remove the folder of that run, or choose another {out}`;
  if (
    sources.train !== imagesDigest(train) ||
    sources.test !== (test && imagesDigest(test)) ||
    JSON.stringify(classes) !== JSON.stringify(train.classes)
  ) {
    throw new DataError(
      `${config.data} is not what ${file} was trained and measured on: its images, labels or classes differ`,
      { fix },
    );
  }
  if (
    config.pretrained !== undefined &&
    sources.pretrained !== undefined &&
    sources.pretrained !== (await weightsDigest(weightsFile(config.pretrained, config.model)))
  ) {
    throw new ModelError(
      worded`{pretrained} ${config.pretrained} holds other weights than those ${file} started from`,
      {
        fix,
      },
    );
  }
}
