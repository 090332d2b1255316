/**
 * Many classes as a user meets them: shoes trained, evaluated and predicted; what is left out of thousands of classes;
 * the bench.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { BenchDocument } from '../../bench/shared/document.js';
import { fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('many classes cli');

interface Figures {
  readonly accuracy: number;
  readonly top5: number;
  readonly top10: number;
}

test('shoes: train, eval and predict name products; summary.json has top-5 and top-10', () =>
  inFolder(async (cwd) => {
    const trained = await weftJson<Figures>(
      [
        'train',
        '--data',
        'shoes:12',
        '--model',
        'mlp',
        '--epochs',
        '6',
        '--val-split',
        '0',
        '--batch',
        '16',
        '--fused-loss',
        'on',
        '--sampling',
        'balanced',
        '--out',
        'run',
      ],
      { cwd },
    );
    const summary = JSON.parse(readFileSync(`${cwd}/run/summary.json`, 'utf8')) as Figures;
    const config = JSON.parse(readFileSync(`${cwd}/run/config.json`, 'utf8')) as {
      fusedLoss: string;
      sampling: string;
    };
    assert.equal([config.fusedLoss, config.sampling], ['on', 'balanced']);
    assert.ok(
      trained.accuracy > 0.5 && trained.accuracy <= trained.top5 && trained.top5 <= trained.top10,
      JSON.stringify([trained.accuracy, trained.top5, trained.top10]),
    );
    const evaluated = await weftJson<Figures>(['eval', 'run', '--data', 'shoes:12'], { cwd });
    assert.equal(
      [evaluated.accuracy, evaluated.top5, evaluated.top10],
      [summary.accuracy, summary.top5, summary.top10],
    );
    const { pictures } = await weftJson<{ pictures: string[] }>(
      ['data', 'show', 'shoes:12', '--pictures', 'shoes', '--per-class', '2'],
      { cwd },
    );
    assert.is(pictures.length, 24);
    const { answers } = await weftJson<{ answers: { file: string; top: { class: string }[] }[] }>(
      ['predict', 'run', ...pictures],
      {
        cwd,
      },
    );
    const right = answers.filter(({ file, top }) =>
      file.startsWith(`shoes/${top[0].class.replaceAll(' ', '-')}-`),
    ).length;
    assert.is(right, Math.round(24 * summary.accuracy), 'the same answers as eval');
    const {
      answers: [together],
    } = await weftJson<{ answers: { files: string[]; top: { probability: number }[] }[] }>(
      ['predict', 'run', ...pictures.slice(0, 2), '--same-product', '--tta', 'flip', '--top', '12'],
      { cwd },
    );
    assert.equal([together.files, together.top.length], [pictures.slice(0, 2), 12]);
    assert.ok(Math.abs(together.top.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5);
    const viewed = await weftJson<Figures & { views: number }>(
      ['eval', 'run', '--data', 'shoes:12', '--tta', 'flip,crops'],
      { cwd },
    );
    assert.ok(viewed.views === 10 && viewed.accuracy > 0.3, JSON.stringify([viewed.views, viewed.accuracy]));
    await expectRefusals(cwd, [
      { args: 'predict run shoes --tta rotate', code: 2, says: [/--tta "rotate" is no list of flip and crops/] },
      { args: 'eval run --data shoes:12 --tta flip,flip', code: 2, says: [/--tta "flip,flip" is no list/] },
    ]);
  }));

test('of more than a thousand classes there is no table and no matrix', () =>
  inFolder(async (cwd) => {
    // three pictures of 4x4 of each class
    const pixels = Array.from({ length: 16 }, (_, i) => `pixel${i + 1}`);
    const rows = Array.from({ length: 3003 }, (_, n) =>
      [n % 1001, ...pixels.map((_, i) => (n * (i + 3)) % 251)].join(),
    );
    fill(cwd, { 'many.csv': `label,${pixels.join()}\n${rows.join('\n')}\n` });
    const { code, stdout, stderr } = await weft(
      'train --data many.csv --model mlp --epochs 1 --val-split 0 --batch 512 --out run'.split(' '),
      { cwd },
    );
    assert.is(code, 0, stderr);
    assert.match(stdout, /top 5 .*top 10 /);
    assert.match(stdout, /too many classes for figures of each/);
    assert.not(existsSync(`${cwd}/run/confusion_matrix.png`));
    assert.match(
      (await weft('eval run --data many.csv --split all --out eval'.split(' '), { cwd })).stderr,
      /no confusion matrix: 1001 classes are more than 1000/,
    );
    assert.match(
      (await weft(['data', 'show', 'shoes:201'], { cwd })).stdout,
      /201 classes; train: 8 to 8 images of each, test: 2 to 2 images of each/,
    );
  }));

test('bench classes: a row for each number of classes and each way', () =>
  inFolder(async (cwd) => {
    const document = await weftJson<BenchDocument>(
      ['bench', 'classes', '--model', 'mlp', '--classes', '64,2048', '--batch', '64', '--seconds', '0', '--out', 'out'],
      { cwd },
    );
    if (document.kind !== 'classes') throw new Error(document.kind);
    assert.equal(
      document.rows.map((r) => [r.classes, r.variant]),
      [
        [64, 'fused'],
        [64, 'apart'],
        [2048, 'fused'],
        [2048, 'apart'],
      ],
    );
    const [, , fused, apart] = document.rows;
    // the logits, but for what their memory serves besides
    assert.ok(apart.stepBytes - fused.stepBytes > 0.9 * 64 * 2048 * 4, `${apart.stepBytes} and ${fused.stepBytes}`);
    assert.equal({ schema: 1, ...JSON.parse(readFileSync(`${cwd}/out/classes.json`, 'utf8')) }, document);
  }));

test('wrong command lines', () =>
  inFolder((cwd) =>
    expectRefusals(cwd, [
      { args: 'train --data shoes:12 --model mlp --sampling even', code: 2, says: [/is not one of all, balanced/] },
      {
        args: 'train --data shoes:12 --model mlp --sampling balanced --oversample a=2',
        code: 2,
        says: [/--oversample has nothing left to balance/],
      },
      {
        args: 'train --data shoes:12 --model mlp --sampling balanced --class-weights balanced',
        code: 2,
        says: [/--class-weights has nothing left to balance/],
      },
      {
        args: 'train --data shoes:12 --model squeezenet1_1 --fused-loss on',
        code: 2,
        says: [/the head of squeezenet1_1 is no linear layer/],
      },
      { args: 'train --data shoes:1 --model mlp', code: 2, says: [/1 products, expected 2 to 65536/] },
      { args: 'bench classes --classes 512;2048', code: 2, says: [/is not whole numbers from 2/] },
      {
        args: 'bench classes --model squeezenet1_1 --classes 16',
        code: 2,
        says: [/the head of squeezenet1_1 is no linear layer/],
      },
    ]),
  ));

test.run();
