/** What decides the numbers of all cells besides the options. */
import { digest, fileInfo, readBytes } from '#platform';
import type { ImageDataset } from '../data/dataset.js';
import { digestOf } from '../data/images.js';
import type { Device } from '../device/device.js';
import type { ModelConfig } from '../train/config.js';

/** Digests, and the adapter's name. */
export interface Fingerprint {
  /** Of the images, their labels and classes, and of the pretrained file. */
  readonly sources: readonly string[];
  readonly adapter: string;
  /** Of the kernels tuned for it, which may add in another order; null: none are, which leaves no trace. */
  readonly kernels: string | null;
}

const ofText = (text: string): string => digest('sha256', new TextEncoder().encode(text));

export async function fingerprint(
  { name, choices }: Pick<Device, 'name' | 'choices'>,
  { pretrained }: Pick<ModelConfig, 'pretrained'>,
  data: readonly ImageDataset[],
): Promise<Fingerprint> {
  const images = data.flatMap((d) => [
    digestOf(d.images),
    digest('sha256', new Uint8Array(d.labels.buffer, d.labels.byteOffset, d.labels.byteLength)),
    d.classes.join(),
  ]);
  const file =
    pretrained !== undefined && (await fileInfo(pretrained)) !== null
      ? [digest('sha256', await readBytes(pretrained))]
      : [];
  const kernels = choices.tuned.size > 0 ? ofText(JSON.stringify(choices.record())) : null;
  return { sources: [...images, ...file], adapter: name, kernels };
}

/** As the names of stages have it. */
export function fingerprintParts({ sources, adapter, kernels }: Fingerprint): string[] {
  return [...sources, adapter, ...(kernels === null ? [] : [kernels])];
}

/** One digest of the sources. */
export function sourcesDigest({ sources }: Fingerprint): string {
  return ofText(JSON.stringify(sources));
}
