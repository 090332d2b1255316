/** LSTM, GRU and RNN nodes as layers of Weft's, whose gates lie in another order. */
import { permute, reshape } from '../../autograd/ops/index.js';
import type { AnyModule } from '../../nn/module.js';
import type { Parameter } from '../../nn/parameter.js';
import { toFloat32 } from '../../nn/state/raw_tensor.js';
import { GRU, LSTM, RNN } from '../../nn/recurrent.js';
import type { Tensor } from '../../tensor/tensor.js';
import { FROM_ONNX, gatesMoved, type RecurrentType } from '../gates.js';
import type { OnnxTensor } from '../messages.js';
import type { NodeCall, Value } from './value.js';

export const RECURRENT_TYPES: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'RNN']);

type Layer = LSTM | GRU | RNN;

/** The weights of a node: W (D, G H, I), R (D, G H, H) and B (D, 2 G H) or none. */
export interface RecurrentWeightsOfNode {
  readonly W: OnnxTensor;
  readonly R: OnnxTensor;
  readonly B: OnnxTensor | null;
}

/** The layer of a node, with its weights as initial values. @throws ModelError for what Weft's layers cannot do. */
export function recurrentLayer(call: NodeCall, { W, R, B }: RecurrentWeightsOfNode, file: string): Layer {
  const type = call.node.type.toLowerCase() as RecurrentType;
  const direction = call.text('direction', 'forward');
  const activations = call.texts('activations');
  const nonlinearity = activations[0]?.toLowerCase() === 'relu' ? 'relu' : 'tanh';
  if (direction === 'reverse') call.refuse('it runs backwards only');
  if (type !== 'rnn' && activations.length > 0 && !['Sigmoid', 'sigmoid'].includes(activations[0]))
    call.refuse(`activations ${activations.join(', ')}`);
  if (call.number('layout', 0) !== 0 || call.number('clip', 0) !== 0) call.refuse('its layout or clip');
  if (type === 'gru' && call.number('linear_before_reset', 0) === 0) call.refuse('linear_before_reset is 0');
  const [D, , I] = W.shape;
  const H = R.shape[2];
  const options = { bidirectional: D === 2, bias: B !== null };
  const layer =
    type === 'lstm'
      ? new LSTM(I, H, options)
      : type === 'gru'
        ? new GRU(I, H, options)
        : new RNN(I, H, { ...options, nonlinearity });
  const parameters = new Map(layer.namedParameters());
  const order = FROM_ONNX[type];
  const start = (name: string, tensor: OnnxTensor, part: number, parts: number): void => {
    const p = parameters.get(name) as Parameter;
    const all = toFloat32(tensor, name, file);
    const size = all.length / parts;
    const own = gatesMoved(all.subarray(part * size, (part + 1) * size), order);
    p.init = (x) => x.write(own);
  };
  for (let d = 0; d < D; d++) {
    const suffix = d === 0 ? 'l0' : 'l0_reverse';
    start(`weight_ih_${suffix}`, W, d, D);
    start(`weight_hh_${suffix}`, R, d, D);
    if (B === null) continue;
    start(`bias_ih_${suffix}`, B, 2 * d, 2 * D);
    start(`bias_hh_${suffix}`, B, 2 * d + 1, 2 * D);
  }
  return layer;
}

/** X (T, N, I) and the initial states -> Y (T, D, N, H), Y_h, and Y_c of an LSTM, (D, N, H) each. */
export function runRecurrent(layer: AnyModule, call: NodeCall): readonly Value[] {
  const x = call.tensor(0);
  const h0 = call.optionalTensor(5);
  if (call.optional(4) !== null) call.refuse('sequences of several lengths');
  const byDirection = (y: Tensor, D: number): Tensor => {
    const [T, N, width] = y.shape;
    return permute(reshape(y, [T, N, D, width / D]), [0, 2, 1, 3]);
  };
  if (layer instanceof LSTM) {
    const c0 = call.optionalTensor(6);
    const { output, h, c } = layer.forward(x, h0 === null || c0 === null ? null : { h: h0, c: c0 });
    return [byDirection(output, h.shape[0]), h, c];
  }
  const { output, h } = (layer as GRU | RNN).forward(x, h0);
  return [byDirection(output, h.shape[0]), h];
}
