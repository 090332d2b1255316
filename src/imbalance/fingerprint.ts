/** What decides the numbers of all cells besides the options. */
import { digest, fileInfo, readBytes } from '#platform';
import type { ImageDataset } from '../data/dataset.js';
import { digestOf } from '../data/images.js';
import type { Device } from '../device/device.js';
import type { ModelConfig } from '../train/config.js';

/**
 * Of the images, the pretrained file, the adapter and the kernels tuned for it, which may add in another order. With
 * none tuned there is no trace of them.
 */
export async function fingerprint(
  { name, choices }: Pick<Device, 'name' | 'choices'>,
  { pretrained }: Pick<ModelConfig, 'pretrained'>,
  data: readonly ImageDataset[],
): Promise<string[]> {
  const images = data.flatMap((d) => [
    digestOf(d.images),
    digest('sha256', new Uint8Array(d.labels.buffer, d.labels.byteOffset, d.labels.byteLength)),
    d.classes.join(),
  ]);
  const file =
    pretrained !== undefined && (await fileInfo(pretrained)) !== null
      ? [digest('sha256', await readBytes(pretrained))]
      : [];
  const tuned =
    choices.tuned.size > 0 ? [digest('sha256', new TextEncoder().encode(JSON.stringify(choices.record())))] : [];
  return [...images, ...file, name, ...tuned];
}
