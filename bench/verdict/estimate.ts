/**
 * How long a card would take, estimated: a roofline with what the compiler and the launch tell. Nothing is measured
 * here, and nothing of it replaces measuring: it is good for the order of kernels and for what limits them.
 *
 *   multiply-adds  operations / peak, over their part of the vector instructions (with the loop around the hot one)
 *   shared memory  bytes that the lanes read of it, times bank conflicts, / what the units read in a cycle
 *   caches         bytes of the sectors that the lanes' loads touch, / what a unit's cache gives in a cycle
 *   memory         bytes bound, each once, / bandwidth
 *
 * All but the last are divided by `balance` (workgroups are dealt to units in whole rounds) and by `hiding` (fewer than
 * four subgroups a SIMD do not hide each other's waiting), the last by the part of the bytes that have to be under way
 * to keep memory busy. The largest counts, and what a launch costs.
 */
import { multiplyAddShare, type Mix } from './assembly.js';
import { peakTflops, type Card } from './cards.js';
import type { FamilyRows, KernelRow, LaunchRow, StepRow } from './rows.js';

/** Threads of a unit that hide each other's waiting: four subgroups on each of its SIMDs, AMD's and NVIDIA's alike. */
const THREADS_TO_HIDE = 512;
/** Between the begin of a load and its answer, assumed for all cards; and what a thread has under way if not known. */
const LATENCY_SECONDS = 500e-9;
const BYTES_UNDER_WAY = 16;
/** Of the whole card: a subgroup's vec4s. A kernel of a few threads binds more than it reads. */
const LEAST_UNDER_WAY = 1024;
/** Of a dispatch that waits for the one before it, as all of Weft's do: assumed for all cards. */
export const LAUNCH_MS = 0.004;

export type Bound = 'multiply-adds' | 'shared memory' | 'caches' | 'memory' | 'launch';

export interface Estimate {
  /** Of one launch. */
  readonly ms: number;
  readonly bound: Bound;
  /** Workgroups over the units' whole rounds, and how far waiting is hidden: 1 is best. */
  readonly balance: number;
  readonly hiding: number;
}

/** Workgroups that a unit holds, by registers, workgroup memory and threads. */
export function residentWorkgroups(card: Card, { vgprs, threads, lds }: KernelRow): number {
  const byRegisters = Math.floor(card.registers / (Math.max(1, vgprs) * threads));
  const byMemory = lds === 0 ? Infinity : Math.floor(card.ldsBytes / lds);
  return Math.max(1, Math.min(byRegisters, byMemory, Math.floor(card.threads / threads)));
}

export function estimateLaunch(card: Card, kernel: KernelRow, { workgroups, bytes, flops }: LaunchRow): Estimate {
  const { threads, hot, whole } = kernel;
  const rounds = Math.ceil(workgroups / card.units);
  const balance = workgroups / (card.units * rounds);
  const resident = Math.min(residentWorkgroups(card, kernel), rounds) * threads;
  const hiding = Math.min(1, resident / THREADS_TO_HIDE);
  const cycles = card.units * card.gigahertz * 1e9 * balance * hiding;
  const mix: Mix | null = hot?.nest ?? hot;
  let [computing, sharing, caching] = [0, 0, 0];
  if (flops !== null && mix !== null && mix.products > 0) {
    const products = flops / 2;
    const ofMatrices = (card.matrixTflops * 1e12) / 2 / (card.units * card.gigahertz * 1e9);
    const perInstruction = mix.products / mix.multiplyAdds; // a packed one makes two
    const rate = mix.matrix ? ofMatrices : card.multiplyAdds * perInstruction * multiplyAddShare(mix);
    // what is no matrix's product is done by the ordinary units meanwhile
    const beside = mix.matrix ? (products * (mix.otherVector / mix.products)) / card.multiplyAdds : 0;
    computing = Math.max(products / rate, beside) / cycles;
    const read = (products * mix.ldsLoadBytes * (kernel.bankConflict ?? 1)) / mix.products;
    sharing = read / card.ldsBytesPerCycle / cycles;
    const loaded = (products * mix.memoryLoadBytes * (kernel.fetched ?? 1)) / mix.products;
    caching = loaded / card.cacheBytesPerCycle / cycles;
  } else if (whole !== null) {
    const instructions = workgroups * threads * (whole.multiplyAdds + whole.otherVector);
    computing = instructions / card.multiplyAdds / cycles;
  }
  const loads = hot !== null && hot.memoryLoads > 0 ? hot : (whole ?? mix);
  const underWay = Math.min(64, Math.max(4, loads?.memoryLoadBytes || BYTES_UNDER_WAY));
  const inFlight = Math.max(LEAST_UNDER_WAY, Math.min(workgroups * threads, resident * card.units) * underWay);
  const busy = Math.min(1, inFlight / (card.bandwidth * 1e9 * LATENCY_SECONDS));
  const moving = bytes / (card.bandwidth * 1e9 * busy);
  const seconds = Math.max(computing, sharing, caching, moving);
  const ms = 1000 * seconds + LAUNCH_MS;
  const bound: Bound =
    1000 * seconds < LAUNCH_MS
      ? 'launch'
      : seconds === computing
        ? 'multiply-adds'
        : seconds === sharing
          ? 'shared memory'
          : seconds === caching
            ? 'caches'
            : 'memory';
  return { ms, bound, balance, hiding };
}

export interface StepEstimate {
  readonly card: Card;
  readonly ms: number;
  readonly flops: number;
  /** Of the time that the counted operations take at the card's f32 peak. */
  readonly shareOfPeak: number;
  /** Milliseconds by what limits them, and by kernel, the largest first. */
  readonly byBound: ReadonlyMap<Bound, number>;
  readonly byKernel: readonly (readonly [string, number])[];
}

const add = <K>(map: Map<K, number>, key: K, n: number): void => void map.set(key, (map.get(key) ?? 0) + n);

/** Launches whose kernel does not compile are left out. */
export function estimateStep(card: Card, { kernels }: FamilyRows, { launches }: StepRow): StepEstimate {
  const rows = new Map(kernels.filter((k) => k.failure === null).map((k) => [k.key, k]));
  const byBound = new Map<Bound, number>();
  const byKernel = new Map<string, number>();
  let [ms, flops] = [0, 0];
  for (const launch of launches) {
    const kernel = rows.get(launch.key);
    if (kernel === undefined) continue;
    const one = estimateLaunch(card, kernel, launch);
    ms += launch.count * one.ms;
    flops += launch.count * (launch.flops ?? 0);
    add(byBound, one.bound, launch.count * one.ms);
    add(byKernel, kernel.kernel, launch.count * one.ms);
  }
  const shareOfPeak = ms === 0 ? 0 : flops / (peakTflops(card) * 1e9) / ms;
  return { card, ms, flops, shareOfPeak, byBound, byKernel: [...byKernel].sort((a, b) => b[1] - a[1]) };
}
