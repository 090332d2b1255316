/** Two runs for the page to show, on grey garments and on two colours; trained once for all files of a process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { encodePng } from '../../src/data/pictures/png.js';
import { weft, weftJson } from '../cli/weft.js';
import { shownClasses } from './browsers.js';

interface Predicted {
  readonly top: readonly { readonly class: string; readonly probability: number }[];
}

/** Where the runs `grey` and `colour`, garment.png and photo.jpg are. */
export const cwd = mkdtempSync(join(tmpdir(), 'weft-browser-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));
export const at = (name: string): string => join(cwd, name);
const RUN = ['--epochs', '2', '--batch', '32', '--model', 'lenet5'];

/** Two colours to tell apart: a run on RGB pictures that trains at once. */
async function colourFolder(folder: string): Promise<void> {
  for (const [name, colour] of [
    ['warm', [200, 90, 40]],
    ['cold', [40, 90, 200]],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const pixels = Uint8Array.from({ length: 3 * 40 * 30 }, (_, j) => colour[j % 3] + 50 * Math.sin(i + j / 17));
      writeFileSync(join(folder, name, `${i}.png`), encodePng(pixels, 40, 30));
    }
  }
}

/** A photograph of two colours, larger than the network's input and with detail in it. */
function photo(): Promise<Buffer> {
  const [width, height] = [300, 411];
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => 120 + 90 * Math.sin(i / 3 / 29 + (i % 3)) * Math.cos(Math.floor(i / 3 / width) / 23),
  );
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

let trained: Promise<void> | null = null;

export function trainRuns(): Promise<void> {
  trained ??= train();
  return trained;
}

async function train(): Promise<void> {
  const { train: garments, test: held } = syntheticGarments({ train: 800, test: 20, seed: 1 });
  const csv = ['label', ...Array.from({ length: 784 }, (_, i) => `pixel${i + 1}`)].join();
  writeFileSync(
    at('garments.csv'),
    [
      csv,
      ...Array.from({ length: garments.count }, (_, n) =>
        [garments.labels[n], ...garments.images.subarray(784 * n, 784 * (n + 1))].join(),
      ),
    ].join('\n'),
  );
  await colourFolder(at('colours'));
  for (const args of [
    ['--data', 'garments.csv', '--out', 'grey'],
    ['--data', 'colours', '--image-size', '32', '--crop', '28', '--out', 'colour'],
  ]) {
    const { code, stderr } = await weft(['train', ...args, ...RUN], { cwd });
    assert.is(code, 0, stderr);
  }
  const pixels = held?.images.subarray(0, 784) ?? new Uint8Array(784);
  writeFileSync(
    at('garment.png'),
    encodePng(
      Uint8Array.from(
        { length: 140 * 140 },
        (_, i) => pixels[Math.floor(i / 140 / 5) * 28 + Math.floor((i % 140) / 5)],
      ),
      140,
      140,
    ),
  );
  writeFileSync(at('photo.jpg'), await photo());
}

/** The picture's classes as the page and as `weft predict` give them: the same three, probabilities within 1e-3. */
export async function expectSame(page: Page, run: string, file: string, more: readonly string[] = []): Promise<void> {
  await page.setInputFiles('#file', file);
  const shown = (await shownClasses(page)).slice(0, 3);
  const words = ['predict', run, file, '--top', String(shown.length), ...more];
  const { answers } = await weftJson<{ answers: Predicted[] }>(words, { cwd, apart: more.length > 0 });
  const [{ top }] = answers;
  assert.equal(
    shown.map((s) => s.class),
    top.map((t) => t.class),
  );
  for (const [i, { probability }] of top.entries())
    assert.ok(
      Math.abs(shown[i].probability - probability) < 1e-3,
      `${file}: ${JSON.stringify(shown)} against ${JSON.stringify(top)}`,
    );
}
