/** What a diagnosis says: findings, each with what was measured, what that means, and what to try. */
import type { Text } from '../text/wording.js';

/**
 * `problem`: something is wrong, and figures or training suffer. `warning`: it may be. `note`: good to know, and no
 * fault.
 */
export type Severity = 'problem' | 'warning' | 'note';

export const SEVERITIES: readonly Severity[] = ['problem', 'warning', 'note'];

/** What is looked at; each check has findings of its own name. */
export const CHECKS = [
  'norm-statistics',
  'preprocessing',
  'labels',
  'copies',
  'no-learning',
  'rate-too-high',
  'rate-too-low',
  'overfitting',
  'validation-gap',
  'gradients',
  'dead-units',
  'saturation',
  'imbalance',
  'few-images',
] as const;
export type CheckName = (typeof CHECKS)[number];

export interface Finding {
  readonly check: CheckName;
  readonly severity: Severity;
  /** What is found, in a sentence without a full stop. */
  readonly title: string;
  /** What was measured. */
  readonly evidence: string;
  /** What it means. */
  readonly meaning: string;
  /** What to try: commands or settings. */
  readonly advice: Text;
  /** The measured numbers, by name. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** The worst first; of one severity in the order of CHECKS. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const place = ({ severity, check }: Finding): number =>
    SEVERITIES.indexOf(severity) * CHECKS.length + CHECKS.indexOf(check);
  return [...findings].sort((a, b) => place(a) - place(b));
}

/** `12.3 %` of a share. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
