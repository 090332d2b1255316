/** Which convolutions Winograd's members can compute, which are worth a try, and which of them are defaults. */
import type { Device } from '../../device/device.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import type { Choice } from '../launch/family.js';
import { hasFittingSubgroups } from '../matmul/family.js';
import { hasWindows } from '../launch/windows.js';

/** Products of a tile and pair of channels. */
export function productsOf(M: number): number {
  return (M + 2) ** 2;
}

/** F(2x2, 3x3): 2.25 times fewer multiplications, and errors no larger than those of a plain sum. */
export const F2: Choice = { variant: 'winograd', M: 2 };
/** F(4x4, 3x3): 4 times fewer, and errors 2 to 4 times as large. */
export const F4: Choice = { variant: 'winograd', M: 4 };

/** What is computed: y, dx or dw. */
export type Pass = 'forward' | 'input' | 'weight';

/**
 * Whether the members can run: windows of 3x3, whole fours of channels, subgroups of one known size. The gradient of
 * the weights wants its operands bound whole.
 */
export function canWinograd(device: Device, g: Conv2dGeometry, pass: Pass): boolean {
  const isPlain = g.kH === 3 && g.kW === 3 && [...g.stride, ...g.dilation, g.groups].every((v) => v === 1);
  if (!hasFittingSubgroups(device) || !isPlain || g.C % 4 !== 0 || g.O % 4 !== 0) return false;
  const whole = pass === 'weight' ? g.N * Math.max(g.C * g.H * g.W, g.O * g.oH * g.oW) : 0;
  const weights = productsOf(4) * g.C * g.O;
  if (4 * Math.max(whole, weights) > device.maxBindingBytes) return false;
  return hasWindows(device, g.N, [g.C * g.H * g.W, g.O * g.oH * g.oW]);
}

/**
 * The gradient of the weights sums over all pixels of the batch. From so many on, PyTorch's own sums in f32 are further
 * from f64 than those of F4 (docs/performance/winograd.md); those of y and dx never are.
 */
const F4_PIXELS = 4096;

/** The members that a tuner may choose: those whose errors stay within what PyTorch's own f32 shows. */
export function winogradChoices(device: Device, g: Conv2dGeometry, pass: Pass): Choice[] {
  if (!canWinograd(device, g, pass)) return [];
  return pass === 'weight' && g.N * g.oH * g.oW >= F4_PIXELS ? [F2, F4] : [F2];
}

/**
 * Nanoseconds of a core on lavapipe: a multiplication and addition of the direct kernels, and of these products; the
 * transform of one tile of one channel, and of one window. Least of several, 16 to 512 channels, 8 to 56 pixels.
 */
const DIRECT: Readonly<Record<Pass, number>> = { forward: 0.074, input: 0.076, weight: 0.093 };
const PRODUCT = 0.112;
const TILE: Readonly<Record<number, number>> = { 2: 35, 4: 100 };
const WINDOW: Readonly<Record<number, number>> = { 2: 80, 4: 120 };
/**
 * A default must be expected to win by more than the estimate is worth: it was up to 1.35 times too low. The direct dw
 * is slower within a step than alone; Winograd's won there at shares of 0.78 and 0.86.
 */
const MARGIN: Readonly<Record<Pass, number>> = { forward: 0.7, input: 0.7, weight: 0.88 };

/** The estimated time of a member, as a share of the direct kernel's. */
export function winogradShare({ N, C, O, oH, oW }: Conv2dGeometry, choice: Choice, pass: Pass): number {
  const M = Number(choice['M']);
  const tiles = N * Math.ceil(oH / M) * Math.ceil(oW / M);
  const time = tiles * (productsOf(M) * PRODUCT * C * O + TILE[M] * (C + O)) + WINDOW[M] * C * O;
  return time / (9 * DIRECT[pass] * N * oH * oW * C * O);
}

/** The member to run untuned, where one is expected to win: on software adapters alone, others were not measured. */
export function winogradDefault(device: Device, g: Conv2dGeometry, pass: Pass): Choice | null {
  if (!device.adapter.isSoftware) return null;
  const [best] = winogradChoices(device, g, pass)
    .map((choice) => ({ choice, share: winogradShare(g, choice, pass) }))
    .sort((a, b) => a.share - b.share);
  return best !== undefined && best.share < MARGIN[pass] ? best.choice : null;
}
