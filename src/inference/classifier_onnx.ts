/** A classifier's checkpoint as an ONNX file. */
import { shapesOnlyDevice } from '../device/shapes_only.js';
import { modelSpec } from '../nn/models/registry.js';
import { exportOnnx, type OnnxOptions } from '../onnx/export_onnx.js';
import { modelOf, stateDictOf, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { CheckpointHeader } from '../train/checkpoint/checkpoint_header.js';

/** What a program has to do with a picture before it gives it to the network, and what the network is. */
export function exportedMetadata({
  model,
  input,
  classes,
  normalization,
  config,
}: CheckpointHeader): Record<string, string> {
  const { channels, height, width } = input;
  // of a grey picture `weft predict` looks for the object first: see data/pictures/predict_image.ts
  const resize = channels === 3 ? { shorterSide: config.imageSize ?? width, centreCrop: width } : {};
  const preprocessing = { layout: 'NCHW', channels, height, width, ...resize, values: '0..1', normalization };
  return { model, classes: JSON.stringify(classes), preprocessing: JSON.stringify(preprocessing) };
}

/**
 * The file takes pixels from 0 to 1 (N, C, H, W) and gives logits (N, classes). No adapter is needed.
 * @param options `features`: what reaches the head is a second output.
 * @throws ModelError when the checkpoint's tensors are not its model's; UsageError as `exportOnnx`.
 */
export async function classifierOnnx(
  checkpoint: Checkpoint,
  { features = false, ...options }: Pick<OnnxOptions, 'opset' | 'precision'> & { readonly features?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { header } = checkpoint;
  const { head } = modelSpec(header.model);
  const device = shapesOnlyDevice();
  try {
    return await exportOnnx(modelOf(checkpoint).to(device), {
      ...options,
      input: header.input,
      normalization: header.normalization,
      weights: stateDictOf(checkpoint),
      metadata: exportedMetadata(header),
      ...(features ? { features: head } : {}),
    });
  } finally {
    device.destroy();
  }
}
