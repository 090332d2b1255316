/** Data `garments` and a run `quick` on them, which most tests of `weft train` and its neighbours use. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../../src/data/pictures/png.js';
import { writeGarments } from '../garments.js';
import { weft, type Finished } from '../weft.js';

/** Where the data and the run are, for all test files that this process runs. */
export const HOME = mkdtempSync(join(tmpdir(), 'weft-cli-'));

export const cwd = HOME;

/** The training part. */
export const GARMENTS = writeGarments(join(HOME, 'garments'), { train: 2000, test: 300, seed: 3 });

process.on('exit', () => rmSync(HOME, { recursive: true, force: true }));

export const EPOCHS = 4;

let trained: Promise<Finished> | null = null;

/** Trains `quick`, once; what the command said. */
export function quickRun(): Promise<Finished> {
  const settings = `--model mlp --epochs ${EPOCHS} --seed 5 --lr 0.002 --batch 50`;
  trained ??= weft(`train --data garments ${settings} --out quick --json`.split(' '), { cwd });
  return trained;
}

export const RUN_FILES = [
  'best.safetensors',
  'config.json',
  'confusion_matrix.csv',
  'confusion_matrix.png',
  'confusion_matrix_shares.csv',
  'confusion_matrix_shares.png',
  'curves.png',
  'environment.json',
  'last.safetensors',
  'metrics.csv',
  'model_card.md',
  'predictions.csv',
  'reliability.png',
  'report.html',
  'summary.json',
];

export interface Summary {
  readonly accuracy: number;
  readonly loss: number;
  readonly count: number;
  readonly epochs: number;
  readonly parameters: number;
  readonly split: string;
  readonly perClass: readonly { readonly class: string; readonly support: number; readonly recall: number }[];
}

export interface Evaluation extends Summary {
  readonly confusion: readonly (readonly number[])[];
}

export function read(path: string): string {
  return readFileSync(join(HOME, path), 'utf8');
}

/** A picture of a garment: as it is, or enlarged, dark on white, with room around it. */
export function picture(pixels: Uint8Array, enlarged: boolean): Uint8Array {
  if (!enlarged) return encodePng(pixels, 28, 28);
  const [width, height, scale] = [300, 400, 9];
  const out = new Uint8Array(width * height).fill(255);
  for (let y = 0; y < 28 * scale; y++) {
    for (let x = 0; x < 28 * scale; x++)
      out[(y + 70) * width + x + 24] = 255 - pixels[Math.floor(y / scale) * 28 + Math.floor(x / scale)];
  }
  return encodePng(out, width, height);
}
