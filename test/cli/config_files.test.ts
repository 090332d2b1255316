/** Configuration files that are wrong, too long or too deep: exit code 2, and where it is. */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals } from './weft.js';

const test = suite('configuration files');

/** A YAML list of nine times the list before it. */
const doubled = (name: string, i: number): string => `${name}: &${name} [${`*${'abcdefghijklmnop'[i]}, `.repeat(9)}]\n`;

test('configuration files', () =>
  inFolder(async (cwd) => {
    fill(cwd, {
      'typo.yaml': 'data: synthetic\nmodel: mlp\nepohcs: 3\n',
      'value.yaml': 'data: synthetic\nmodel: mlp\nlr: fast\n',
      'range.yaml': 'data: synthetic\nmodel: mlp\nval-split: 1.5\n',
      'broken.yaml': 'data: [synthetic\nmodel: mlp\n',
      'twice.yaml': 'lr: 1\nlr: 2\n',
      'list.yaml': '- data\n',
      'good.yaml': 'data: synthetic\nmodel: mlp\nlr: 0.01\n',
      'long.yaml': `data: synthetic\n${'#'.repeat(2 ** 16)}\n`,
      'deep.yaml': `data: ${'['.repeat(2000)}${']'.repeat(2000)}\n`,
      // doubles and doubles
      'aliases.yaml': `a: &a [x, x]\n${[...'bcdefghijklmnop'].map(doubled).join('')}`,
    });
    writeFileSync(`${cwd}/huge.yaml`, '');
    truncateSync(`${cwd}/huge.yaml`, 50e6);
    const before = process.memoryUsage.rss();
    await expectRefusals(cwd, [
      { args: 'train --config long.yaml', code: 2, says: [/--config long\.yaml: .*at most 65536 are read/] },
      { args: 'train --config huge.yaml', code: 2, says: [/--config huge\.yaml: .*at most 65536 are read/] },
      { args: 'train --config deep.yaml', code: 2, says: [/--config deep\.yaml: .*nested/] },
      { args: 'train --config aliases.yaml', code: 2, says: [/--config aliases\.yaml: .*alias/i] },
    ]);
    assert.ok(process.memoryUsage.rss() - before < 2 ** 27, 'sizes are looked at first');
    mkdirSync(`${cwd}/folder`);
    await expectRefusals(cwd, [
      {
        args: 'train --config typo.yaml',
        code: 2,
        says: [/typo\.yaml: unknown option "epohcs"/, /did you mean epochs\?/],
      },
      { args: 'train --config value.yaml', code: 2, says: [/value\.yaml: lr "fast" is not a number/] },
      {
        args: 'train --config range.yaml',
        code: 2,
        says: [/range\.yaml: val-split 1\.5 is not a number of at least 0 and below 1/],
      },
      { args: 'train --config broken.yaml', code: 2, says: [/--config broken\.yaml: line 2: /, /option: value/] },
      { args: 'train --config twice.yaml', code: 2, says: [/--config twice\.yaml: line 2: "\w+" is there twice/] },
      { args: 'train --config list.yaml', code: 2, says: [/list\.yaml: it holds no/] },
      { args: 'train --config absent.yaml', code: 2, says: [/--config absent\.yaml: no such file/] },
      { args: 'train --config folder', code: 2, says: [/--config folder: is a folder, expected a file/] },
      // the command line wins
      { args: 'train --config good.yaml --model cm', code: 2, says: [/--model "cm" is not one of/] },
    ]);
  }));

test.run();
