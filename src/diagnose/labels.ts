/**
 * Whether labels fit what images look like to the network: each image's nearest neighbours in the space of its features
 * vote on its class, the image itself aside.
 */
import type { FeatureSet } from '../data/feature_set.js';

/** What the neighbours of a class's images say. */
export interface ClassVotes {
  readonly class: string;
  readonly count: number;
  /** Share of the images whose neighbours vote for their label. */
  readonly agreement: number;
  /** How evenly the others' votes are spread over the other classes: 0 all on one, 1 on all alike. */
  readonly spread: number;
}

/** Neighbours that vote, weighted alike. */
const NEIGHBOURS = 8;

/** Votes on each class, by cosine similarity of the features (N, width). */
export function votesOf({ features, labels, count, width, classes }: FeatureSet): ClassVotes[] {
  const unit = new Float32Array(features);
  for (let n = 0; n < count; n++) {
    const row = unit.subarray(n * width, (n + 1) * width);
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    if (length > 0) row.forEach((v, i) => (row[i] = v / length));
  }
  const tables = classes.map(() => new Float64Array(classes.length));
  for (let a = 0; a < count; a++) tables[labels[a]][voted(a, unit, width, labels, classes.length)]++;
  return classes.map((name, c) => {
    const total = tables[c].reduce((x, y) => x + y, 0);
    const wrong = tables[c].map((v, k) => (k === c ? 0 : v));
    return { class: name, count: total, agreement: total === 0 ? 1 : tables[c][c] / total, spread: evenness(wrong) };
  });
}

/** The class that most neighbours of an image have; of equals the nearest's. */
function voted(a: number, unit: Float32Array, width: number, labels: Uint32Array, classes: number): number {
  const nearest: { similarity: number; label: number }[] = [];
  for (let b = 0; b < labels.length; b++) {
    if (b === a) continue;
    let similarity = 0;
    for (let i = 0; i < width; i++) similarity += unit[a * width + i] * unit[b * width + i];
    if (nearest.length === NEIGHBOURS && similarity <= nearest[NEIGHBOURS - 1].similarity) continue;
    let at = nearest.length;
    while (at > 0 && nearest[at - 1].similarity < similarity) at--;
    nearest.splice(at, 0, { similarity, label: labels[b] });
    nearest.length = Math.min(nearest.length, NEIGHBOURS);
  }
  const votes = new Array<number>(classes).fill(0);
  for (const { label } of nearest) votes[label]++;
  const most = Math.max(...votes);
  return nearest.find(({ label }) => votes[label] === most)?.label ?? labels[a];
}

/** Entropy of counts over that of as many equal ones (there is one that cannot occur): 0 to 1. */
export function evenness(counts: Float64Array): number {
  const total = counts.reduce((x, y) => x + y, 0);
  if (total === 0 || counts.length < 3) return 0;
  const entropy = counts.reduce((sum, v) => (v === 0 ? sum : sum - (v / total) * Math.log(v / total)), 0);
  return entropy / Math.log(counts.length - 1);
}
