/** Faults on purpose: docs/examples/planted, on pictures of one colour a class. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { encodePng } from '../../src/data/pictures/png.js';
import { suite } from '../support/harness.js';
import { onFastDrivers, weft } from './weft.js';

const test = suite('planted faults');
const cwd = mkdtempSync(join(tmpdir(), 'weft-planted-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));
// compiled to dist/test/cli/planted.test.js
const EXAMPLES = fileURLToPath(new URL('../../../docs/examples/planted/', import.meta.url));

type Colour = readonly [number, number, number];
const [RED, YELLOW, GREEN, MAGENTA, BLUE]: readonly Colour[] = [
  [240, 0, 0],
  [240, 240, 0],
  [0, 240, 0],
  [240, 0, 240],
  [0, 0, 240],
];
/** The ten folders, five classes: in the other order of channels red is blue, yellow is none of them. */
const FOLDERS: Readonly<Record<string, Colour>> = {
  hat: RED,
  outwear: YELLOW,
  't-shirt': GREEN,
  shirt: GREEN,
  longsleeve: GREEN,
  pants: MAGENTA,
  shorts: MAGENTA,
  skirt: MAGENTA,
  shoes: BLUE,
};

function writePictures(): void {
  for (const [part, count] of [
    ['train', 16],
    ['test', 4],
  ] as const)
    for (const [name, colour] of Object.entries(FOLDERS)) {
      mkdirSync(join(cwd, 'photos', part, name), { recursive: true });
      for (let n = 0; n < count; n++) {
        const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => colour[i % 3] + ((i * (n + 1)) % 13));
        writeFileSync(join(cwd, 'photos', part, name, `${n}.png`), encodePng(pixels, 16, 16));
      }
    }
}

interface Summary {
  readonly perClass: readonly { readonly class: string; readonly recall: number }[];
}

/** What the summary says of the test part, after some epochs with a fault. */
async function trained(fault: string, model = 'small_resnet'): Promise<Readonly<Record<string, number>>> {
  const out = `${fault}-${model}`;
  const words =
    `train --model ./${model}.ts --data ./garments.ts:${fault},photos --image-size 16 --epochs 6 --batch 16 ` +
    `--lr 0.003 --validate-on test --out ${out}`;
  const { code, stderr } = await weft(words.split(' '), { cwd, apart: true });
  assert.is(code, 0, stderr);
  const summary = JSON.parse(readFileSync(join(cwd, out, 'summary.json'), 'utf8')) as Summary;
  return Object.fromEntries(summary.perClass.map((c) => [c.class, c.recall]));
}

test.before(() => {
  for (const file of readdirSync(EXAMPLES)) copyFileSync(join(EXAMPLES, file), join(cwd, file));
  writePictures();
});

onFastDrivers(test, 'the test part alone is read with the fault', async () => {
  assert.equal(await trained('none'), { hat: 1, outerwear: 1, tops: 1, bottoms: 1, shoes: 1 });
  const { hat, tops, bottoms, shoes } = await trained('bgr');
  assert.equal([hat, shoes, tops, bottoms], [0, 0, 1, 1], 'red is taken for blue');
});

test('a fault that is none is refused', async () => {
  const words = 'train --model ./small_resnet.ts --data ./garments.ts:grey,photos --image-size 16 --epochs 1 --out no';
  const { code, stderr } = await weft(words.split(' '), { cwd, apart: true });
  assert.is.not(code, 0);
  assert.match(stderr, /give FAULT,FOLDER: one of none, bgr, dark, labels/);
});

test.run();
