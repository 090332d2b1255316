/** The command line of `npm run compare`. */
import * as assert from 'uvu/assert';
import { CONTENDERS, DEFAULT_CONTENDERS } from '../../bench/compare/contenders.js';
import { parseOptions, usage } from '../../bench/compare/options.js';
import { WORKLOADS } from '../../bench/train/workloads.js';
import { suite } from '../support/harness.js';

const test = suite('compare: options');

const NAMES = ['cnn', 'lstm', 'matmul512'];

const parse = (...argv: string[]): ReturnType<typeof parseOptions> => parseOptions(argv, NAMES);

test('without arguments: everything but PyTorch, two rounds, no files', () => {
  assert.equal(parse(), {
    workloads: NAMES,
    contenders: DEFAULT_CONTENDERS,
    rounds: 2,
    budget: 2000,
    timeout: 150,
    json: null,
    csv: null,
  });
  assert.is(DEFAULT_CONTENDERS.includes('torch'), false);
});

test('arguments choose; lists come in the order of the table, each name once', () => {
  const o = parse(
    '--workloads',
    'matmul512,cnn,cnn',
    '--contenders=torch,weft',
    '--rounds',
    '3',
    '--budget-ms=50',
    '--timeout',
    '7',
    '--csv',
    'out.csv',
    '--json',
  );
  assert.equal(o, {
    workloads: ['cnn', 'matmul512'],
    contenders: ['weft', 'torch'],
    rounds: 3,
    budget: 50,
    timeout: 7,
    json: '-',
    csv: 'out.csv',
  });
  assert.is(parse('--json', '--rounds', '1').json, '-');
  assert.is(parse('--json', 'rows.json').json, 'rows.json');
});

test('wrong arguments are refused with what is right', () => {
  const cases: [string[], RegExp][] = [
    [['--workload', 'cnn'], /unknown option --workload/],
    [['cnn'], /cnn is not an option/],
    [['--workloads', 'cnm'], /there is no "cnm"/],
    [['--contenders', 'jax-js'], /there is no "jax-js"/],
    [['--rounds', '0'], /--rounds "0" is not a whole number of at least 1/],
    [['--budget-ms', 'long'], /--budget-ms "long"/],
    [['--rounds'], /--rounds needs a value/],
    [['--rounds', '1', '--rounds', '2'], /given twice/],
    [['--json', '--csv'], /cannot both go to stdout/],
    [['--json='], /--json needs a file/],
  ];
  for (const [argv, message] of cases)
    assert.throws(
      () => parse(...argv),
      (e: Error & { exitCode?: number }) => message.test(e.message) && e.exitCode === 2,
      argv.join(' '),
    );
  try {
    parse('--workloads', 'cnm');
  } catch (error) {
    assert.match((error as { fix?: string }).fix ?? '', /did you mean cnn/);
  }
});

test('the help names every workload and contender', () => {
  const text = usage(WORKLOADS.map((w) => w.name));
  for (const { name } of [...WORKLOADS, ...CONTENDERS]) assert.ok(text.includes(name), name);
});

test.run();
