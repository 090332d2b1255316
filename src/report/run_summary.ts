/** The files of a run folder by name, and what summary.json says. */
import type { CalibrationReport } from '../inference/calibrate.js';
import type { EvaluationReport } from '../inference/evaluate_checkpoint.js';
import type { StepTimes } from '../train/parallel/stepper.js';

/** How many images each part has. */
export interface UsedImages {
  readonly training: number;
  /** Held back: the best epoch is chosen by them. */
  readonly validation: number;
  readonly test: number;
}

/** What the end of a run leaves in summary.json. */
export interface RunSummary extends Omit<EvaluationReport, 'confusion'> {
  readonly model: string;
  /** Number of trainable numbers. */
  readonly parameters: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  /**
   * Which images the figures below are of: `test`; `validation` where the data has no test part; `training` where
   * nothing is held back.
   */
  readonly split: string;
  /** null when a resumed run had no step left to do. */
  readonly stepMilliseconds: number | null;
  readonly seconds: number;
  /** Runs of earlier versions have none of these. */
  readonly stepCpuMilliseconds?: number | null;
  /** Of ranks that trained together: where the time of a step goes. */
  readonly stepTimes?: StepTimes;
  /** How long the GPU waited for images that are read when they are needed, and its share of the time of all steps. */
  readonly dataWait?: { readonly seconds: number; readonly share: number };
  readonly images?: UsedImages;
  /** Why the figures may be better, or say less, than they look. */
  readonly warnings?: readonly string[];
  readonly calibration?: CalibrationReport;
  /** SHA-256 of what the run was made from, and of the images that the figures are of, by name. */
  readonly digests?: Readonly<Record<string, string>>;
}

/** Of TensorBoard, which looks for such names. */
export const EVENTS = 'events.out.tfevents.weft';

export const RUN_FILES = [
  'config.json',
  'environment.json',
  'metrics.csv',
  'best.safetensors',
  'last.safetensors',
  'curves.png',
  'confusion_matrix.png',
  'confusion_matrix.csv',
  'confusion_matrix_shares.png',
  'confusion_matrix_shares.csv',
  'reliability.png',
  'predictions.csv',
  'model_card.md',
  'report.html',
  EVENTS,
  'summary.json',
] as const;
export type RunFile = (typeof RUN_FILES)[number];
