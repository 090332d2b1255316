/**
 * Recurrent layers. Weft's op gives (T + states, N, D H): the h of all steps, then the states after the last, (D, N, H)
 * each. ONNX keeps the weights of both directions in one tensor, and the gates in another order.
 */
import { gatesMoved, TO_ONNX, type RecurrentType } from '../gates.js';
import { refuse, type Row, type Rows } from './row.js';

interface LayerArgs {
  /** Directions. */
  readonly D: number;
  readonly hasBias: boolean;
  readonly nonlinearity?: 'tanh' | 'relu';
}

const ONNX_TYPE = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN' } as const;

/** `lstm.weight_ih_l0` becomes lstm.W_l0. */
const nameOf = (key: string, part: string): string =>
  key.includes('weight_ih') ? key.replace('weight_ih', part) : `${key}.${part}`;

const layer =
  (type: RecurrentType): Row =>
  (b, { op, inputs, shapes, args, numbers, key }) => {
    const { D, hasBias, nonlinearity } = args as LayerArgs;
    const parts = hasBias ? 4 : 2;
    const gates = TO_ONNX[type];
    const H = shapes[2][1];
    const each = Array.from({ length: D }, (_, d) => 1 + d * parts);
    /** Of all directions, the inputs at some places of each, with their gates as ONNX has them. */
    const gathered = (places: readonly number[], name: string): string => {
      const list = each.flatMap((first) => places.map((place) => gatesMoved(numbers(first + place), gates)));
      const all = new Float32Array(list.reduce((n, part) => n + part.length, 0));
      let at = 0;
      for (const part of list) {
        all.set(part, at);
        at += part.length;
      }
      const rest = places.length > 1 ? [] : shapes[1 + places[0]].slice(1);
      const shape = [D, ...(rest.length > 0 ? [gates.length * H, ...rest] : [all.length / D])];
      const data = new Uint8Array(all.buffer);
      return b.weight(nameOf(key(1), name), { dtype: 'F32', shape, data });
    };
    const initial = inputs.slice(1 + D * parts);
    const [W, R] = [gathered([0], 'W'), gathered([1], 'R')];
    const given = [inputs[0], W, R, hasBias ? gathered([2, 3], 'B') : '', '', ...initial];
    while (given[given.length - 1] === '') given.pop();
    if (initial.length > 2) refuse(op, `it has ${initial.length} initial states`);
    const outputs = b.nodeOf(ONNX_TYPE[type], type === 'lstm' ? 3 : 2, given, {
      hidden_size: H,
      direction: D === 2 ? 'bidirectional' : 'forward',
      ...(type === 'gru' ? { linear_before_reset: 1 } : {}),
      ...(nonlinearity === 'relu' ? { activations: { texts: new Array<string>(D).fill('Relu') } } : {}),
    });
    // Y (T, D, N, H) -> (T, N, D H)
    const sequence =
      D === 1
        ? b.node('Squeeze', [outputs[0], b.ints([1])])
        : b.node('Reshape', [b.node('Transpose', [outputs[0]], { perm: [0, 2, 1, 3] }), b.ints([0, 0, D * H])]);
    const last = outputs.slice(1).map((state) => b.node('Reshape', [state, b.ints([1, -1, D * H])]));
    return b.node('Concat', [sequence, ...last], { axis: 0 });
  };

export const RECURRENT: Rows = { lstm: layer('lstm'), gru: layer('gru'), rnn: layer('rnn') };
