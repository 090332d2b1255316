/** `--batch auto`: how many images of a step fit. */
import { trainingSplit } from '../data/sampler.js';
import type { ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import type { DataConfig, FitConfig, LoaderConfig, ModelConfig } from '../train/config.js';
import { inputOf } from '../train/model.js';
import { autoBatch } from '../train/step/auto_batch.js';
import { say } from './output.js';

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en-US')} MiB`;

/** The configuration with the batch that fits, of which it says what it was found by. @throws UsageError */
export async function withAutoBatch<C extends LoaderConfig & ModelConfig & DataConfig & FitConfig>(
  device: Device,
  config: C,
  data: ImageDataset,
): Promise<C> {
  const images = trainingSplit(data, config.valSplit, config.seed).train.length;
  const { batch, bytes, memory } = await autoBatch(device, config, inputOf(data), images, process.availableMemory());
  say(
    `--batch auto: ${batch} images a step; it needs about ${megabytes(bytes)}, ` +
      `${(memory.bytesPerImage / 1024).toFixed(0)} KiB an image`,
  );
  return { ...config, batch };
}
