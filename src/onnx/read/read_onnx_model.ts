/** Networks of other programs, from their ONNX files. */
import { ModelError } from '../../device/errors.js';
import type { ModelDefinition, ModelInput } from '../../nn/models/registry.js';

import type { OnnxFile } from '../messages.js';
import { normalizationOf, type OnnxNormalization } from '../normalization.js';
import { parseOnnx } from '../parse_onnx.js';
import { OnnxModule } from './onnx_module.js';
import { planOf, type Plan } from './plan.js';

/** A classifier that was read: what `defineModel` takes, and what else the file says. */
export interface ReadOnnxModel extends ModelDefinition {
  readonly input: ModelInput;
  /** Of Weft's own files; null where none are named. */
  readonly classNames: readonly string[] | null;
  /** What its images are normalised with; null where the file does not say. */
  readonly normalization: OnnxNormalization | null;
}

/** Sides of images where a file leaves them open. */
const OPEN_SIDE = 224;

/** @throws ModelError unless the input is a batch of images. */
function inputOf({ file, input, output, head, constants }: Plan): ModelInput {
  const [, channels, height, width] = input.shape;
  if (input.shape.length !== 4 || typeof channels !== 'number')
    throw new ModelError(`${file}: its input ${input.name} is (${input.shape.join(', ')}), no batch of images`, {
      fix: 'give a network of images (N, C, H, W)',
    });
  const side = (size: number | string): number => (typeof size === 'number' ? size : OPEN_SIDE);
  const weight = head === null ? undefined : constants.get(head.weight)?.tensor.shape;
  const last = output.shape.at(-1);
  const classes = weight?.[head?.isTransposed === true ? 1 : 0] ?? last;
  if (typeof classes !== 'number')
    throw new ModelError(`${file}: its output ${output.name} is (${output.shape.join(', ')}): of how many classes?`);
  return { channels, height: side(height), width: side(width), classes };
}

/** The name of a file as a model's: letters, digits, _ and -. */
function nameOf(file: string): string {
  const base = (file.split(/[\\/]/).pop() ?? '').replace(/\.onnx$/i, '').replace(/[^\w-]+/g, '_');
  return /^[a-z]/i.test(base) ? base : `onnx_${base}`;
}

function classNamesOf({ metadata }: OnnxFile): readonly string[] | null {
  try {
    const names: unknown = JSON.parse(metadata['classes'] ?? 'null');
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null;
  } catch {
    return null;
  }
}

/**
 * A classifier of images from an ONNX file, to be trained, evaluated and used like one of Weft's own: `defineModel` of
 * what this gives enters it into the list of models. Its weights start as they are in the file; for other classes the
 * last layer starts anew. What makes probabilities of logits is left out, and so is the normalisation in files of
 * Weft's own.
 * @param file for messages, and for the model's name.
 * @throws ModelError for a damaged file, nodes that Weft does not read, or a network of something else than images.
 */
export function readOnnxModel(bytes: Uint8Array, file: string): ReadOnnxModel {
  const onnx = parseOnnx(bytes, file);
  const plan = planOf(onnx, file);
  const own = inputOf(plan);
  const build = ({ channels, classes }: ModelInput): OnnxModule => {
    if (channels !== own.channels)
      throw new ModelError(`${file} takes images of ${own.channels} channels, these have ${channels}`, {
        fix: 'use images as the network was trained on',
      });
    if (plan.head === null && classes !== own.classes)
      throw new ModelError(`${file} tells ${own.classes} classes apart, these images have ${classes}`, {
        fix: 'its last layer is none that can be made anew: use a network that ends in a linear layer',
      });
    return new OnnxModule(plan, classes);
  };
  return {
    name: nameOf(file),
    description: `from ${file}`,
    head: new OnnxModule(plan, own.classes).headPath ?? '',
    input: own,
    build,
    classNames: classNamesOf(onnx),
    normalization: normalizationOf(onnx, file),
  };
}
