/** Numbers for tests: drawn from a seed, rounded to f32 so that the GPU and the f64 references see the same ones. */
import type { Device } from '../device/device.js';
import { hostTensor, type HostTensor } from '../kernels/launch/host_tensor.js';
import { tensor, type DType, type Tensor } from '../tensor/tensor.js';

/** Where a tensor's numbers are drawn from. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  /** Points to stay away from: there is no derivative. */
  readonly kinks?: readonly number[];
  /** low, low + 1, …, below high. */
  readonly integers?: true;
  /** All different, and no two closer than (high - low) / size: for maxima, whose derivative jumps at ties. */
  readonly distinct?: true;
}

export const UNIT: Domain = { low: -1, high: 1 };
/** Far enough from a kink for central differences. */
const KINK_GAP = 0.01;

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed from a text (FNV-1a), so that every case has numbers of its own. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

export function drawTensor(shape: readonly number[], domain: Domain, seed: number): HostTensor {
  const random = randomNumbers(seed);
  const x = hostTensor(shape);
  const { low, high, kinks = [] } = domain;
  const width = high - low;
  const n = x.data.length;
  const nearKink = (v: number): boolean => kinks.some((k) => Math.abs(v - k) < KINK_GAP);
  for (let i = 0; i < n; i++) {
    if (domain.integers) x.data[i] = low + Math.floor(random() * width);
    else if (domain.distinct) x.data[i] = Math.fround(low + (width * (i + 0.5)) / n);
    else
      do x.data[i] = Math.fround(low + random() * width);
      while (nearKink(x.data[i]));
  }
  if (domain.distinct) {
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [x.data[i], x.data[j]] = [x.data[j], x.data[i]];
    }
  }
  return x;
}

/** On the GPU, as f32 or u32. */
export function upload(device: Device, x: HostTensor, dtype: DType = 'f32', requiresGrad = false): Tensor {
  const data = dtype === 'f32' ? new Float32Array(x.data) : new Uint32Array(x.data);
  return tensor(device, data, { shape: x.shape, dtype, requiresGrad });
}
