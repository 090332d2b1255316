/**
 * What a training step costs when ranks share its batch: a model of a few numbers, after the alpha-beta model of
 * messages (a message of n bytes takes latency + n / bandwidth) and the costs of all-reduce algorithms under it
 * (Thakur, Rabenseifner, Gropp: "Optimization of collective communication operations in MPICH", 2005). It knows
 * nothing of contention, stragglers or topology: what it says of machines that nobody measured is a prediction.
 */

/** What lies between ranks, seen by each of them. */
export interface Network {
  /** Seconds until a message of no bytes has arrived. */
  readonly latency: number;
  /** Bytes per second. */
  readonly bandwidth: number;
  /** Bytes per second at which a rank adds up what it was sent. */
  readonly addition: number;
}

export const ALGORITHMS = ['ring', 'recursive doubling', 'halving and doubling'] as const;
/** How the sums are made. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** Seconds of an all-reduce of so many bytes. */
export function allReduceSeconds(algorithm: Algorithm, ranks: number, bytes: number, network: Network): number {
  if (ranks === 1) return 0;
  const { latency, bandwidth, addition } = network;
  const rounds = Math.ceil(Math.log2(ranks));
  const share = (ranks - 1) / ranks;
  switch (algorithm) {
    case 'ring': // each rank sends a part of 1/ranks to its neighbour, once around to add up and once to hand out
      return 2 * (ranks - 1) * latency + 2 * share * (bytes / bandwidth) + share * (bytes / addition);
    case 'recursive doubling': // everything, exchanged with a partner twice as far each time
      return rounds * (latency + bytes / bandwidth + bytes / addition);
    case 'halving and doubling': // halves, then halves of those, and back: Rabenseifner's
      return 2 * rounds * latency + 2 * share * (bytes / bandwidth) + share * (bytes / addition);
  }
}

/** The fastest of them, as a good MPI chooses. */
export function bestAllReduce(
  ranks: number,
  bytes: number,
  network: Network,
): { algorithm: Algorithm; seconds: number } {
  const all = ALGORITHMS.map((algorithm) => ({
    algorithm,
    seconds: allReduceSeconds(algorithm, ranks, bytes, network),
  }));
  return all.reduce((best, one) => (one.seconds < best.seconds ? one : best));
}

/** What a step costs on one device, in seconds. */
export interface StepCost {
  /** However small the batch is. */
  readonly fixed: number;
  readonly perImage: number;
  /** Bytes of the gradients. */
  readonly bytes: number;
  /** Reading the gradients from the device, and writing them back. */
  readonly readback: number;
  readonly upload: number;
}

/** How the work is shared. */
export interface Sharing {
  readonly ranks: number;
  /** Images of a step, of all ranks together. */
  readonly batch: number;
  /** Images of a step of the one device that ranks are held against: as many in all, or as each rank has. */
  readonly alone: number;
  /** Local SGD: steps between two exchanges. */
  readonly syncEvery: number;
  /** Parts in which the gradients are added up while the rest is computed. */
  readonly buckets: number;
}

/** Seconds of a step, and where they go. */
export interface Predicted {
  readonly compute: number;
  /** Of reading, adding up and writing, what computing does not hide. */
  readonly exchange: number;
  readonly total: number;
  /** Images per second and rank, against those of one device alone. */
  readonly efficiency: number;
}

/** Of forward and backward, the share that is backward, in which gradients come one after the other. */
const BACKWARD = 2 / 3;

/** @param reduce seconds of an all-reduce of the gradients, where they were measured. */
export function predictStep(
  cost: StepCost,
  { ranks, batch, alone, syncEvery, buckets }: Sharing,
  reduce: number,
): Predicted {
  const compute = cost.fixed + cost.perImage * Math.ceil(batch / ranks);
  const whole = ranks === 1 ? 0 : cost.readback + reduce + cost.upload;
  const hidden = Math.min(whole, BACKWARD * compute) * (1 - 1 / buckets);
  const exchange = (whole - hidden) / syncEvery;
  const total = compute + exchange;
  const perSecondAlone = alone / (cost.fixed + cost.perImage * alone);
  return { compute, exchange, total, efficiency: batch / total / (ranks * perSecondAlone) };
}

/** The least number of local steps between exchanges that comes to an efficiency; null: none does. */
export function localStepsFor(cost: StepCost, sharing: Sharing, reduce: number, efficiency: number): number | null {
  for (let syncEvery = 1; syncEvery <= 4096; syncEvery *= 2)
    if (predictStep(cost, { ...sharing, syncEvery }, reduce).efficiency >= efficiency) return syncEvery;
  return null;
}

/** The line `a + b x` through points, by least squares; neither is below 0. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): { a: number; b: number } {
  const n = points.length;
  const [mx, my] = [0, 1].map((k) => points.reduce((sum, p) => sum + p[k], 0) / n);
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const xy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const b = xx === 0 ? 0 : Math.max(0, xy / xx);
  return { a: Math.max(0, my - b * mx), b };
}

/** Networks by the figures of their makers: nobody has measured Weft on them. */
export const NETWORKS: Readonly<Record<string, Network>> = {
  '1gbe': { latency: 50e-6, bandwidth: 0.118e9, addition: 2e9 },
  '10gbe': { latency: 20e-6, bandwidth: 1.18e9, addition: 2e9 },
  '100gbe': { latency: 5e-6, bandwidth: 11.8e9, addition: 2e9 },
  infiniband: { latency: 1.5e-6, bandwidth: 24e9, addition: 2e9 },
};
