/**
 * Cards for which a time is estimated. Figures are those of the makers' data sheets and of their papers about the
 * architectures; nothing here was measured.
 */

export interface Card {
  readonly name: string;
  /** The family whose compiler speaks for it: RADV's own for AMD's, and for others the nearest in kind. */
  readonly family: string;
  /** Compute units, or streaming multiprocessors. */
  readonly units: number;
  /** f32 multiply-adds a unit makes in a cycle. */
  readonly multiplyAdds: number;
  readonly gigahertz: number;
  /** f16 products with f32 sums by matrix instructions, TFLOP/s; 0 where there are none. */
  readonly matrixTflops: number;
  /** Memory, GB/s. */
  readonly bandwidth: number;
  /** Bytes of workgroup memory that a unit reads in a cycle, and has. */
  readonly ldsBytesPerCycle: number;
  readonly ldsBytes: number;
  /** Bytes that a unit's lanes get from its cache in a cycle. */
  readonly cacheBytesPerCycle: number;
  /** 32-bit registers of a unit, and threads that it holds at most. */
  readonly registers: number;
  readonly threads: number;
}

/** Assumed for all: the makers' papers say 64 to 128. */
const CACHE = { cacheBytesPerCycle: 64 } as const;
const RDNA = { ...CACHE, multiplyAdds: 64, ldsBytesPerCycle: 128, ldsBytes: 65536, threads: 2048 } as const;
const NVIDIA = { ...CACHE, multiplyAdds: 128, ldsBytesPerCycle: 128, registers: 65536 } as const;

/**
 * AMD "RDNA 2" and "RDNA 3" instruction set architecture reference guides, product pages of RX 6900 XT and 7900 XTX;
 * NVIDIA H100, A100 and Ada white papers. RDNA 3's peak on the box counts two multiply-adds a lane and cycle, which the
 * compiler makes use of with subgroups of 32 only; here is half of it.
 */
export const CARDS: readonly Card[] = [
  {
    ...RDNA,
    name: 'RX 7900 XTX',
    family: 'navi31',
    units: 96,
    gigahertz: 2.5,
    matrixTflops: 122.8,
    bandwidth: 960,
    registers: 98304,
  },
  {
    ...RDNA,
    name: 'RX 6900 XT',
    family: 'navi21',
    units: 80,
    gigahertz: 2.25,
    matrixTflops: 0,
    bandwidth: 512,
    registers: 65536,
  },
  {
    ...NVIDIA,
    name: 'H100 SXM',
    family: 'navi31',
    units: 132,
    gigahertz: 1.98,
    matrixTflops: 989,
    bandwidth: 3350,
    ldsBytes: 233472,
    threads: 2048,
  },
  {
    ...NVIDIA,
    name: 'RTX 4090',
    family: 'navi31',
    units: 128,
    gigahertz: 2.52,
    matrixTflops: 165.2,
    bandwidth: 1008,
    ldsBytes: 102400,
    threads: 1536,
  },
];

/** f32 TFLOP/s out of registers. */
export function peakTflops({ units, multiplyAdds, gigahertz }: Card): number {
  return (2 * units * multiplyAdds * gigahertz) / 1000;
}
