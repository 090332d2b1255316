/** The options of `weft export`. */
import { OWN_MODEL_OPTION, SHARED_OPTIONS, type SpecTable } from './options.js';

export const EXPORT_OPTIONS = {
  model: OWN_MODEL_OPTION,
  format: {
    type: 'string',
    describe: 'onnx: the network itself, for other programs to run; safetensors: its weights, by PyTorch’s names',
    choices: ['onnx', 'safetensors'],
    default: 'onnx',
  },
  out: { type: 'string', describe: 'file to write (default: the run’s name, here)' },
  opset: { type: 'integer', describe: 'version of ONNX’s ops', default: 17, min: 17, below: 21 },
  precision: {
    type: 'string',
    describe: 'how weights are stored; f16: half the bytes, computed in f32 all the same',
    choices: ['f32', 'f16'],
    default: 'f32',
  },
  features: {
    type: 'boolean',
    describe: 'a second output, features: what reaches the last layer, as weft index takes it',
    default: false,
  },
  verify: {
    type: 'boolean',
    describe: 'run the file in ONNX Runtime (package onnxruntime-web) and compare its logits',
    default: false,
  },
  ...SHARED_OPTIONS,
} as const satisfies SpecTable;
