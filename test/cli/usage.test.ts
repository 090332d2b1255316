/** Wrong command lines: exit code 2, and words that help. None of these opens a device. */
import { mkdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft } from './weft.js';

const test = suite('usage');

test('wrong commands and options', () =>
  inFolder((cwd) =>
    expectRefusals(cwd, [
      { args: 'trian', code: 2, says: [/no command "trian"/, /did you mean train\?/] },
      { args: '--json models', code: 2, says: [/the command comes first/, /weft models --json/] },
      { args: 'data', code: 2, says: [/which of show, check, download and fetch\?/] },
      { args: 'data shwo x', code: 2, says: [/weft data has no command "shwo"/, /did you mean data show\?/] },
      { args: 'data show', code: 2, says: [/weft data show needs <data>/] },
      { args: 'data download imagenet', code: 2, says: [/"imagenet" is not one of fashion-mnist, mnist/] },
      { args: 'eval', code: 2, says: [/weft eval needs <run>/] },
      { args: 'eval run', code: 7, says: [/run/] },
      {
        args: 'eval run --data synthetic --split tset',
        code: 2,
        says: [/--split "tset" is not one of test, train, validation, all/, /did you mean test\?/],
      },
      { args: 'predict run', code: 2, says: [/weft predict needs <images\.\.>/] },
      { args: 'predict run a.png --top 0', code: 2, says: [/--top "0" is not a whole number of at least 1/] },
      { args: 'trian --data x', code: 2, says: [/no command "trian"/, /did you mean train\?/] },
      { args: 'data chek x', code: 2, says: [/weft data has no command "chek"/, /did you mean data check\?/] },
      { args: 'check x', code: 2, says: [/no command "check"/, /did you mean data check\?/] },
      { args: 'bench kernel', code: 2, says: [/weft bench has no command "kernel"/, /did you mean bench kernels\?/] },
      { args: 'models extra', code: 2, says: [/takes no argument "extra"/] },
      { args: 'train', code: 2, says: [/--data is missing/, /--data synthetic/] },
      { args: 'train --data synthetic', code: 2, says: [/--model is missing/, /weft models/] },
      { args: 'train --data synthetic --model', code: 2, says: [/--model needs a value/] },
      {
        args: 'train --data synthetic --model resnt',
        code: 2,
        says: [/--model "resnt" is not one of mlp, lenet5, cnn/],
      },
      { args: 'train --data synthetic --model cn', code: 2, says: [/did you mean cnn\?/] },
      {
        args: 'train --data synthetic --modle mlp',
        code: 2,
        says: [/weft train takes no option --modle/, /did you mean --model\?/],
      },
      {
        args: 'train --data synthetic --model mlp --lr abc',
        code: 2,
        says: [/--lr "abc" is not a number of at least 0/],
      },
      {
        args: 'train --data synthetic --model mlp --lr -1',
        code: 2,
        says: [/--lr "-1" is not a number of at least 0/],
      },
      { args: 'train --data synthetic --model mlp --lr 1 --lr 2', code: 2, says: [/--lr is given 2 times/] },
      {
        args: 'train --data synthetic --model mlp --nesterov=maybe',
        code: 2,
        says: [/--nesterov takes no value, got "maybe"/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule cosin',
        code: 2,
        says: [/--schedule "cosin" is not one of constant, step/, /did you mean cosine\?/],
      },
      {
        args: 'train --data synthetic --model mlp --milestones 5',
        code: 2,
        says: [/--milestones is for the schedule multistep; the schedule is constant/, /--schedule multistep/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule multistep --milestones 5,3',
        code: 2,
        says: [/--milestones "5,3" is not a list of rising epochs/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule onecycle --warmup 1',
        code: 2,
        says: [/--warmup is for the schedules constant, step/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule step --lr-gamma 0',
        code: 2,
        says: [/gamma 0 of the schedule is not above 0/],
      },
      {
        args: 'train --data synthetic --model mlp --patience 2 --val-split 0',
        code: 2,
        says: [/--patience needs validation images/],
      },
      {
        args: 'train --data synthetic --model mlp --patience 2 --validate-on test',
        code: 2,
        says: [/--patience would choose by the test images/],
      },
      {
        args: 'train --data synthetic --model mlp --schedule plateau --val-split 0',
        code: 2,
        says: [/plateau needs validation images/],
      },
      {
        args: 'train --preset fashion-bets',
        code: 2,
        says: [/--preset "fashion-bets" is not one of fashion-best/, /did you mean fashion-best\?/],
      },
      { args: 'compare', code: 2, says: [/what is to be compared\?/, /--models cnn,lenet5/] },
      { args: 'compare fashon', code: 2, says: [/no comparison "fashon"/, /did you mean fashion\?/] },
      {
        args: 'compare --models mlp,lenet --data synthetic',
        code: 2,
        says: [/no model "lenet"/, /did you mean lenet5\?/],
      },
      { args: 'compare --models mlp', code: 2, says: [/--data is missing/] },
      { args: 'compare --models mlp --data synthetic --seeds 0,x', code: 2, says: [/seeds "0,x"/, /--seeds 0,1,2/] },
      {
        args: 'compare --models mlp --data synthetic --seed 1',
        code: 2,
        says: [/takes no option --seed/, /did you mean --seeds\?/],
      },
      { args: 'compare fashion --config a.yaml', code: 2, says: [/--config a\.yaml: no such file/] },
      {
        args: 'compare fashion --models resnet',
        code: 2,
        says: [/fashion has no entry "resnet"/, /it has cnn, lenet5/],
      },
      {
        args: 'lr-find --data synthetic --model mlp --epochs 3',
        code: 2,
        says: [/weft lr-find takes no option --epochs/],
      },
      {
        args: 'lr-find --data synthetic --model mlp --from 1 --to 0.1',
        code: 2,
        says: [/cannot grow from 1 to 0\.1/, /--from 1e-6/],
      },
      {
        args: 'train --data synthetic --model mlp --momentum 0.5',
        code: 2,
        says: [/--momentum is for sgd, rmsprop, muon; the optimizer is adam/],
      },
      { args: 'train --data synthetic --model mlp extra', code: 2, says: [/takes no argument "extra"/] },
      { args: 'train --config a --config b', code: 2, says: [/--config is given 2 times/] },
      { args: 'doctor --adapter a --adapter b', code: 2, says: [/--adapter is given 2 times/] },
      { args: 'data show synthetic --per-class 1e9', code: 2, says: [/at least 1 and below 1001/] },
      { args: 'train --resume nowhere --lr 1', code: 2, says: [/--lr cannot be changed/] },
      { args: 'train --resume nowhere', code: 7, says: [/nowhere\/last\.safetensors: there is no such file/] },
      { args: 'eval nowhere --data synthetic', code: 7, says: [/nowhere\/best\.safetensors: there is no such file/] },
    ]),
  ));

test('run folders that are in the way', () =>
  inFolder(async (cwd) => {
    fill(cwd, { file: 'x' });
    for (const folder of ['run', 'other']) mkdirSync(`${cwd}/${folder}`);
    fill(`${cwd}/run`, { 'config.json': '{}' });
    fill(`${cwd}/other`, { 'thesis.txt': 'x' });
    await expectRefusals(cwd, [
      { args: 'train --data synthetic --model mlp --out run', code: 2, says: [/run holds a run already/, /--force/] },
      {
        args: 'train --data synthetic --model mlp --out other',
        code: 2,
        says: [/other is not empty and holds no run/],
      },
      {
        args: 'train --data synthetic --model mlp --out other --force',
        code: 2,
        says: [/other is not empty and holds no run/],
      },
      { args: 'train --data synthetic --model mlp --out file', code: 2, says: [/--out file is a file/] },
    ]);
  }));

test('weft alone prints help; spelling of options is forgiven', () =>
  inFolder(async (cwd) => {
    const alone = await weft([], { cwd });
    assert.equal([alone.code, alone.stderr], [0, '']);
    assert.match(alone.stdout, /Usage: weft COMMAND/);
    assert.match(alone.stdout, /npx weftgrad/);
    await expectRefusals(cwd, [
      {
        args: 'train --data synthetic --model mlp --valSplit 2',
        code: 2,
        says: [/--val-split "2" is not a number of at least 0 and below 1/],
      },
      { args: 'train --data synthetic --model mlp --weight_decay=x', code: 2, says: [/--weight-decay "x"/] },
      {
        args: 'train --data synthetic --model mlp --batch-size 64',
        code: 2,
        says: [/takes no option --batch-size/, /did you mean --batch\?/],
      },
      {
        args: 'train --data synthetic --model swin_t',
        code: 2,
        says: [/--model "swin_t" is not one of/, /nearest kin/],
      },
    ]);
  }));

test.run();
