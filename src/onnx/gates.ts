/** The order in which the weights of a recurrent layer have its gates: PyTorch's and Weft's, and ONNX's. */

export type RecurrentType = 'lstm' | 'gru' | 'rnn';

/** For each of ONNX's gates the one of Weft's: LSTM i o f c of i f g o, GRU z r h of r z n. */
export const TO_ONNX: Readonly<Record<RecurrentType, readonly number[]>> = {
  lstm: [0, 3, 1, 2],
  gru: [1, 0, 2],
  rnn: [0],
};

/** For each of Weft's gates the one of ONNX's. */
export const FROM_ONNX: Readonly<Record<RecurrentType, readonly number[]>> = {
  lstm: [0, 2, 3, 1],
  gru: [1, 0, 2],
  rnn: [0],
};

/** Rows (gates H, …) or a bias (gates H) with the gates in another order. */
export function gatesMoved(numbers: Float32Array, order: readonly number[]): Float32Array<ArrayBuffer> {
  const size = numbers.length / order.length;
  const out = new Float32Array(numbers.length);
  for (const [to, from] of order.entries()) out.set(numbers.subarray(from * size, (from + 1) * size), to * size);
  return out;
}
