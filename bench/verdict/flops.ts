/**
 * Floating-point operations of a launch, a multiply-add counted as two, from the words of its uniform: as src/kernels
 * counts them for the tuner. Null for kernels whose measure is bytes.
 */
import { resolveType, readWords } from './wgsl/layout.js';
import { parseProgram } from './wgsl/parse.js';
import { numberOf } from './wgsl/values.js';

/** Numbers of a uniform by the names of its struct's fields. */
export type Fields = Readonly<Record<string, number>>;

/** How to read the uniform of a shader; no fields where it has none, or none that is a struct. */
export function uniformReader(code: string): (words: readonly number[]) => Fields {
  const program = parseProgram(code);
  const variable = [...program.variables.values()].find((v) => v.space === 'uniform');
  if (variable === undefined) return () => ({});
  const size = (): number => 0; // sizes of arrays, which come last
  const type = resolveType(program, variable.type, size);
  return (words) => {
    const value = readWords(type, new DataView(Uint32Array.from(words).buffer), 0);
    if (value.is !== 'record') return {};
    const known = [...value.places].flatMap(([name, v]): [string, number][] => {
      const n = numberOf(v);
      return n === null ? [] : [[String(name), n]];
    });
    return Object.fromEntries(known);
  };
}

type Count = (f: Fields) => number;
const product: Count = ({ M, N, K, batch }) => 2 * batch * M * N * K;
/** conv2d/gather.wgsl: depth in fours of channels. */
const gather: Count = (f) => 2 * f.N * f.pH * f.pW * f.groups * f.rows * 4 * f.D * f.taps_y * f.taps_x;
/** conv2d/weight_params.wgsl. */
const weight: Count = (f) => 2 * f.N * f.P * f.groups * f.rows * f.depth * f.taps_y * f.taps_x;
/** conv2d/params.wgsl. */
const plain: Count = (f) => (2 * f.N * f.O * f.oH * f.oW * f.C * f.kH * f.kW) / f.groups;
const gates =
  (count: number): Count =>
  ({ N, H }) =>
    2 * N * H * count * H;
/** recurrent/walk/walk.wgsl: H is a constant there; w_gate is H H / 4. */
const walk =
  (count: number): Count =>
  ({ N, steps, directions, w_gate }) =>
    2 * N * count * 4 * w_gate * steps * directions;

const COUNTS: readonly (readonly [RegExp, Count])[] = [
  [/^matmul_(?!split_sum)/, product],
  [/^conv2d_(?:backward_(?:input|weight)_)?naive/, plain],
  [/^conv2d_(?!backward|quads|weight|depthwise)/, gather],
  [/^conv2d_backward_weight_(?!depthwise)/, weight],
  [/^lstm_step_/, gates(4)],
  [/^lstm_walk/, walk(4)],
  [/^gru_walk/, walk(3)],
  [/^rnn_walk/, walk(1)],
  [/^recurrent_weights$/, (f) => 2 * f.directions * f.depth * f.R * (f.H + f.I + 1)],
  [/^gru_step_/, gates(3)],
  [/^winograd_product/, (f) => 2 * f.products * f.tiles * f.rows * 4 * f.D],
];

export function flopsOf(kernel: string, fields: Fields): number | null {
  const count = COUNTS.find(([pattern]) => pattern.test(kernel))?.[1];
  const flops = count?.(fields) ?? NaN;
  return Number.isFinite(flops) ? flops : null;
}
