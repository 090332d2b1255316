/** Pictures at the command line: training on folders, what their options refuse, evaluating and predicting. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { decodePng, readPngHeader } from '../support/png.js';
import { fill, inFolder } from '../data/fixtures.js';
import { plain, spread, twoColours } from '../data/picture_files.js';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('pictures at the command line');

test('a folder of pictures: train with augmentation, evaluate, resume, predict', () =>
  inFolder(async (cwd) => {
    const env = { WEFT_CACHE: `${cwd}/cache` };
    await twoColours(`${cwd}/photos/train`, 12);
    await twoColours(`${cwd}/photos/validation`, 4, 12);
    await twoColours(`${cwd}/photos/test`, 4, 16);
    spread(cwd, { 'photos/train/red/broken.jpg': 'words', 'classes.yaml': 'warm: red\ncold: [blue]\n' });
    const options =
      '--image-size 32 --crop 28 --classes classes.yaml --augment flip,resize=0.5,brightness=0.1 --normalize imagenet';
    const trained = await weft(
      `train --data photos --model mlp --epochs 4 --batch 8 --out run ${options} --json`.split(' '),
      { cwd, env },
    );
    assert.is(trained.code, 0, trained.stderr);
    assert.match(
      trained.stderr,
      /left out 1 of 41 pictures that cannot be read: photos\/train\/red\/broken\.jpg is no JPEG/,
    );
    const result = JSON.parse(trained.stdout) as {
      accuracy: number;
      split: string;
      count: number;
      perClass: { class: string }[];
    };
    assert.equal([result.split, result.count, result.perClass.map((c) => c.class)], ['test', 8, ['warm', 'cold']]);
    assert.ok(result.accuracy >= 0.9, `${result.accuracy}`);
    const config = JSON.parse(readFileSync(`${cwd}/run/config.json`, 'utf8')) as Record<string, unknown>;
    assert.equal(
      [config['imageSize'], config['crop'], config['augment'], config['classes'], config['normalize']],
      [32, 28, 'flip,resize=0.5,brightness=0.1', { warm: ['red'], cold: ['blue'] }, 'imagenet'],
    );

    // Neither the class file nor any option is needed any more: the run knows.
    writeFileSync(`${cwd}/classes.yaml`, 'broken');
    const again = await weftJson<{ accuracy: number; count: number }>(['eval', 'run', '--data', 'photos'], {
      cwd,
      env,
    });
    assert.equal([again.accuracy, again.count], [result.accuracy, 8]);
    const held = await weftJson<{ count: number }>(['eval', 'run', '--data', 'photos', '--split', 'validation'], {
      cwd,
      env,
    });
    assert.is(held.count, 8);
    // Other data: their classes are compared by name, before any picture is decoded; they may have some of the model's.
    spread(cwd, { 'some/blue/test.jpg': await plain(40, 40, [10, 20, 230]).jpeg().toBuffer() });
    spread(cwd, { 'named/cold/x.jpg': await plain(40, 40, [10, 20, 230]).jpeg().toBuffer() });
    for (const data of ['some', 'named']) {
      const part = await weftJson<{
        accuracy: number;
        count: number;
        perClass: { class: string; recall: number | null }[];
      }>(['eval', 'run', '--data', data, '--split', 'all'], { cwd, env });
      assert.equal(
        [part.accuracy, part.count, part.perClass.map((c) => [c.class, c.recall])],
        [
          1,
          1,
          [
            ['warm', null],
            ['cold', 1],
          ],
        ],
        data,
      );
    }
    spread(cwd, { 'odd/green/x.jpg': 'words' });
    const odd = await weft(['eval', 'run', '--data', 'odd', '--split', 'all'], { cwd, env });
    assert.is(odd.code, 3);
    assert.match(
      odd.stderr,
      /odd: class green is not among the model's\n {2}fix: use data with the model's classes: warm, cold/,
    );
    const resumed = await weft(['train', '--resume', 'run', '--epochs', '5'], { cwd, env });
    assert.is(resumed.code, 0, resumed.stderr);

    for (const command of [
      'lr-find --model mlp --steps 10',
      'compare --models mlp --epochs 1',
      'vae --latent 2 --hidden 4 --epochs 1',
    ]) {
      const { stderr } = await weft(
        `${command} --data photos --image-size 32 --val-split 0.2 --out ${command.slice(0, 3)}`.split(' '),
        { cwd, env },
      );
      assert.match(stderr, /^--val-split is not used: the data have a validation part of their own$/m, command);
    }

    fill(cwd, {
      'a.jpg': await plain(90, 60, [230, 30, 20]).jpeg().toBuffer(),
      'b.webp': await plain(31, 77, [10, 20, 230]).webp().toBuffer(),
      'c.png': await plain(28, 28, [220, 30, 20]).png().toBuffer(),
      'd.jpg': 'words',
    });
    const { answers: predicted } = await weftJson<{ answers: { file: string; top: { class: string }[] }[] }>(
      ['predict', 'run', 'a.jpg', 'b.webp', 'c.png', '--top', '1'],
      { cwd, env },
    );
    assert.equal(
      predicted.map((p) => p.top[0].class),
      ['warm', 'cold', 'warm'],
    );
    const mixed = await weft('predict run . ?.jpg nothing-*.png --top 1 --out answers.csv --json'.split(' '), {
      cwd,
      env,
    });
    assert.is(mixed.code, 3);
    const { answers } = JSON.parse(mixed.stdout) as {
      answers: { file: string; top?: { class: string }[]; error?: string }[];
    };
    const said = new Map(answers.map((answer) => [answer.file, answer.top?.[0].class ?? answer.error]));
    assert.equal(
      ['a.jpg', 'b.webp', 'c.png'].map((file) => said.get(file)),
      ['warm', 'cold', 'warm'],
    );
    for (const [file, why] of [
      ['d.jpg', /is no JPEG, PNG or WebP/],
      ['nothing-*.png', /no file matches/],
    ] as const)
      assert.match(said.get(file) ?? '', why);
    assert.match(
      readFileSync(`${cwd}/answers.csv`, 'utf8'),
      /^file,class_1,probability_1,error\n[\s\S]*^a\.jpg,warm,0\.\d+,\n/m,
    );
  }));

test('a run on drawn garments: evaluated on those of its seed, predicts JPEG pictures too', () =>
  inFolder(async (cwd) => {
    const trained = await weftJson<{ accuracy: number; loss: number }>(
      'train --data synthetic --seed 6 --model mlp --epochs 1 --val-split 0 --augment shift=2 --out run'.split(' '),
      { cwd },
    );
    const evaluated = await weftJson<{ accuracy: number; loss: number }>('eval run --data synthetic'.split(' '), {
      cwd,
    });
    assert.equal(
      [evaluated.accuracy, evaluated.loss],
      [trained.accuracy, trained.loss],
      'garments are drawn from the seed of the run',
    );
    fill(cwd, { 'a.jpg': await plain(90, 60, [230, 230, 230]).jpeg().toBuffer() });
    const { answers: predicted } = await weftJson<{ answers: { top: { probability: number }[] }[] }>(
      ['predict', 'run', 'a.jpg'],
      { cwd },
    );
    assert.is(predicted[0].top.length, 3);
  }));

test('wrong options and folders are refused, and nothing is written', () =>
  inFolder(async (cwd) => {
    await twoColours(`${cwd}/photos`, 1);
    writeGarments(`${cwd}/grey`, { train: 20, test: 0, seed: 1 });
    fill(cwd, { 'bad.yaml': 'tops: [red, red]\n', 'green.yaml': 'x: [green]\n' });
    spread(cwd, { 'words/a/x.jpg': 'words', 'words/b/y.png': 'words' });
    const env = { WEFT_CACHE: `${cwd}/bad.yaml` }; // no folder: nothing is kept
    const train = 'train --model mlp --out run --data';
    await expectRefusals(cwd, [
      {
        args: `${train} photos --augment flop`,
        code: 2,
        says: [/--augment flop: there is no "flop"/, /flip, shift, rotate/],
        env,
      },
      { args: `${train} photos --augment shift=x`, code: 2, says: [/shift=x is not a whole number from 0/], env },
      { args: `${train} photos --augment crop`, code: 2, says: [/crop has nowhere to move/, /crop=4/], env },
      {
        args: `${train} photos --image-size 32 --crop 33`,
        code: 2,
        says: [/--crop 33 is more than --image-size 32/],
        env,
      },
      {
        args: `${train} photos --image-size 0`,
        code: 2,
        says: [/--image-size "0" is not a whole number of at least 1/],
        env,
      },
      { args: `${train} photos --classes bad.yaml`, code: 2, says: [/bad\.yaml: red is named twice/], env },
      { args: `${train} photos --classes none.yaml`, code: 2, says: [/none\.yaml: no such file/], env },
      { args: `${train} photos --classes green.yaml`, code: 3, says: [/has no class "green"/, /blue, red/], env },
      { args: `${train} photos --crop 65`, code: 3, says: [/--crop 65 is more than its images of 64x64/], env },
      { args: `${train} synthetic --image-size 32`, code: 3, says: [/its images are 28x28/], env },
      {
        args: `${train} grey --normalize imagenet`,
        code: 3,
        says: [/has 1 channels, ImageNet/, /--normalize data/],
        env,
      },
      {
        args: `${train} words`,
        code: 3,
        says: [/words: class a has no training picture that can be read; left out 2 of 2/],
        env,
      },
      { args: 'data show photos --augment shift', code: 2, says: [/shift needs a number/], env },
    ]);
  }));

test('data show --augment draws what training sees, the same for the same seed', () =>
  inFolder(async (cwd) => {
    writeGarments(`${cwd}/garments`, { train: 60, test: 10, seed: 1 });
    const show = (out: string, ...more: string[]): ReturnType<typeof weft> =>
      weft(['data', 'show', 'garments', '--out', out, '--per-class', '3', ...more], { cwd });
    const runs = await Promise.all([
      show('a.png', '--augment', 'rotate=30'),
      show('b.png', '--augment', 'rotate=30'),
      show('c.png'),
      show('d.png', '--crop', '20'),
    ]);
    for (const { code, stderr } of runs) assert.is(code, 0, stderr);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => readFileSync(`${cwd}/${name}.png`));
    assert.ok(a.equals(b));
    assert.not.ok(a.equals(c));
    assert.ok(
      decodePng(a).data.some((v) => v > 100 && v !== 255),
      'it shows something',
    );
    assert.is(readPngHeader(c).width - readPngHeader(d).width, 3 * 2 * 8);
  }));

test.run();
